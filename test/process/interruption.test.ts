/**
 * A run that is cut short, by SIGKILL and by SIGINT, and the same command again. What ran how often is
 * read from a ledger that the tasks themselves write.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linesOf, makeGate, openGate, processesWith, until } from './gate.ts';
import { lifeline, start } from './lifeline.ts';

const LINES = 60;
/** Two agents with two slots each: when these wait, nothing else can run. */
const isHeld = (n: number) => n >= 20 && n < 24;
const HELD = 4;

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-interruption-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** A work file whose tasks write into a ledger; four of them wait until `open` is there. */
function prepare(name: string) {
  const at = (file: string) => join(directory, `${name}-${file}`);
  const ledger = at('ledger');
  makeGate(at('gate'));
  const script = `echo "begin $1 $LIFELINE_ATTEMPT" >> ${ledger}
if [ "$2" = held ] && [ ! -e ${at('open')} ]; then read key < ${at('gate')}; fi
echo "end $1 $LIFELINE_ATTEMPT" >> ${ledger}`;
  const line = (n: number) => {
    const args = ['-c', script, `ledger-of-${name}`, String(n), isHeld(n) ? 'held' : 'free'];
    return JSON.stringify({ handler: 'shell', input: { command: 'sh', args }, id: `${name}-${n}` });
  };
  writeFileSync(at('work'), Array.from({ length: LINES }, (_, n) => line(n)).join('\n'));
  const argv = ['run', at('work'), '--data', at('data'), '--slots', '2', '--agents', '2'];
  return {
    argv: [...argv, '--job', name],
    data: at('data'),
    begun: () => linesOf(ledger).filter((text) => text.startsWith('begin')),
    ended: () => linesOf(ledger).filter((text) => text.startsWith('end')),
    openForAll: () => writeFileSync(at('open'), ''),
    letHeldThrough: () => openGate(at('gate'), HELD),
    /** All slots are held up, and nothing else is under way. */
    untilHeld: () =>
      until('four tasks wait and the others before them have ended', () => {
        const waiting = linesOf(ledger).filter((text) => /^begin 2[0-3] /.test(text)).length;
        return waiting === HELD;
      }),
  };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** Ledger lines as they should be, in any order. */
const sorted = (lines: readonly string[]) => [...lines].sort();
const expected = (word: string, which: readonly number[], attempt: number) =>
  which.map((n) => `${word} ${n} ${attempt}`);

const all = numbers(0, LINES);
const free = all.filter((n) => !isHeld(n));
const held = all.filter(isHeld);

/**
 * What only waited at an agent is sent anew as another attempt, when that died or had no slot for a while: of what is
 * free no attempt counts, and of what was held, which time it was that it began.
 */
const whatWasHeld = (begun: readonly string[]) => (line: string) => {
  const [word, n, attempt] = line.split(' ') as [string, string, string];
  if (!isHeld(Number(n))) return `${word} ${n}`;
  const earlier = begun.filter((one) => {
    const [, other, before] = one.split(' ');
    return other === n && Number(before) < Number(attempt);
  });
  return `${word} ${n} ${earlier.length + 1}`;
};
const once = (word: string) => free.map((n) => `${word} ${n}`);

describe('a run that was killed', () => {
  it('goes on where it was; what was running is parked', async () => {
    const run = prepare('park');
    const first = start(run.argv);
    await run.untilHeld();
    expect(first.child.kill('SIGKILL')).toBe(true);
    expect(await first.ended).toMatchObject({ signal: 'SIGKILL' });
    await until('no task has outlived it', () => processesWith('ledger-of-park').length === 0);
    expect(sorted(run.begun())).toEqual(sorted(expected('begin', numbers(0, 24), 1)));

    const another = ['run', '--data', run.data, '--job', 'park', '--', 'true'];
    expect(await lifeline(another)).toMatchObject({ code: 2, out: '' });

    const second = await lifeline(run.argv);
    expect(second.err).toContain('Going on with run 1 of "park"');
    expect(second.out).toContain('park: 56 of 60 tasks done, 4 parked, in ');
    expect(second.out).toContain('parked  park-20  lost');
    expect(second.out).toContain('decide with `lifeline retry park-20`');
    expect(second.code).toBe(1);
    expect(sorted(run.begun())).toEqual(sorted(expected('begin', all, 1)));
    expect(sorted(run.ended())).toEqual(sorted(expected('end', free, 1)));

    const accepted = await lifeline(['accept', 'park-20', '--data', run.data, '--json']);
    expect(JSON.parse(accepted.out)).toMatchObject({ id: 'park-20', state: 'done' });
    const givenUp = await lifeline(['give-up', 'park-21', '--data', run.data]);
    expect(givenUp).toMatchObject({ code: 0, out: '"park-21" counts as failed.\n' });
    const twice = await lifeline(['accept', 'park-21', '--data', run.data]);
    expect(twice.code).toBe(2);
    expect(twice.err).toContain('"park-21" is failed; only a parked one can be decided on');
  });

  it('goes on where it was; what was running is done again where that is allowed', async () => {
    const run = prepare('again');
    const argv = [...run.argv, '--on-unknown', 'retry'];
    const first = start(argv);
    await run.untilHeld();
    first.child.kill('SIGKILL');
    await first.ended;
    await until('no task has outlived it', () => processesWith('ledger-of-again').length === 0);
    run.openForAll();
    const second = await lifeline(argv);
    expect(second.out).toContain('again: 60 of 60 tasks done, 4 retried, in ');
    expect(second.code).toBe(0);
    const told = whatWasHeld(run.begun());
    const began = sorted(run.begun().map(told));
    const twice = expected('begin', held, 2);
    expect(began).toEqual(sorted([...once('begin'), ...expected('begin', held, 1), ...twice]));
    const ends = sorted(run.ended().map(told));
    expect(ends).toEqual(sorted([...once('end'), ...expected('end', held, 2)]));

    const third = await lifeline(['list', '--data', run.data, '--json']);
    expect(JSON.parse(third.out)).toMatchObject({
      singlepass: [],
      finished: [{ name: 'again', generation: 1, total: 60, done: 60, remaining: 0 }],
    });
  });
});

describe('a run that was interrupted', () => {
  it('lets end what runs, and goes on by the same command', async () => {
    const run = prepare('calm');
    const first = start(run.argv);
    await run.untilHeld();
    first.child.kill('SIGINT');
    await new Promise<void>((resolve) => {
      first.child.stderr!.on('data', (text: Buffer) => {
        if (text.includes('Interrupted: what runs may end first')) resolve();
      });
    });
    run.openForAll();
    const closeGate = run.letHeldThrough();
    const { code, err } = await first.ended;
    closeGate();
    expect(err).toContain('lifeline: Interrupted; the same command goes on with "calm"');
    expect(code).toBe(130);
    const byThen = run.ended().length;
    expect(byThen).toBeGreaterThanOrEqual(24);
    expect(byThen).toBe(run.begun().length);

    expect(await lifeline(run.argv)).toMatchObject({ code: 0 });
    expect(sorted(run.begun())).toEqual(sorted(expected('begin', all, 1)));
    expect(sorted(run.ended())).toEqual(sorted(expected('end', all, 1)));
  });

  it('ends at once when it is told twice', async () => {
    const run = prepare('hasty');
    const first = start(run.argv);
    await run.untilHeld();
    first.child.stderr!.on('data', (text: Buffer) => {
      if (text.includes('Interrupted: what runs may end first')) first.child.kill('SIGTERM');
    });
    first.child.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ code: 130, signal: null });
    await until('no task has outlived it', () => processesWith('ledger-of-hasty').length === 0);
    expect(run.ended()).toHaveLength(20);
  });
});
