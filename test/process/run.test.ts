/** `lifeline run`: a thousand lines from stdin, read back one by one; single commands; decisions later. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listSubTransactions, showSubTransaction } from '../../actors/queries.ts';
import { readLog } from '../../actors/read-log.ts';
import { createRecordReader } from '../../handlers/log-records.ts';
import { openLmdbStore } from '../../store/lmdb.ts';
import { linesOf, makeGate, openGate, until } from './gate.ts';
import { lifeline, lifelineJson, start } from './lifeline.ts';

const LINES = 1_000;
/** These end with exit code 3. */
const isBad = (n: number) => n % 250 === 17;

let directory: string;
const at = (name: string) => join(directory, name);
const data = () => ['--data', at('data')];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-run-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const shell = (script: string, ...args: string[]) => ({
  handler: 'shell',
  input: { command: 'sh', args: ['-c', script, 'sh', ...args] },
});

function work(): string {
  const line = (n: number) => {
    const script = `echo "out $1"; echo "err $1" >&2; exit ${isBad(n) ? 3 : 0}`;
    return JSON.stringify({ ...shell(script, String(n)), id: `line-${n}` });
  };
  return Array.from({ length: LINES }, (_, n) => line(n)).join('\n');
}

describe('lifeline run -', () => {
  it('is done anew as the next run, ids and all', async () => {
    const work = join(directory, 'again.ndjson');
    const lines = ['true', 'false'].map((command) =>
      JSON.stringify({ handler: 'shell', input: { command }, id: `again-${command}` }),
    );
    writeFileSync(work, lines.join('\n'));
    const argv = ['run', work, '--job', 'again', '--data', join(directory, 'again')];
    for (const generation of [1, 2]) {
      expect(await lifeline(argv)).toMatchObject({ code: 1 });
      const shown = await lifeline([
        'show',
        'again-true',
        '--data',
        join(directory, 'again'),
        '--json',
      ]);
      expect(JSON.parse(shown.out)).toMatchObject({ state: 'done', generation });
    }
    const missing = await lifeline(['list', '--data', '/proc/nope/here']);
    expect(missing).toMatchObject({ code: 3 });
    const nowhere = await lifeline(['run', '--data', '/proc/nope/here', '--', 'true']);
    expect(nowhere).toMatchObject({ code: 2 });
    expect(nowhere.err).toContain('The data directory /proc/nope/here');
  });

  it('does a thousand lines and says which failed', async () => {
    const { code, out } = await lifeline(
      ['run', '-', ...data(), '--job', 'lines', '--slots', '4'],
      {
        stdin: work(),
      },
    );
    expect(out).toContain('lines: 996 of 1,000 tasks done, 4 failed, in ');
    expect(out).toContain('failed  line-17  error: exit code 3: err 17\n');
    expect(code).toBe(1);
  });

  it('keeps output, exit code and log of each', async () => {
    const store = await openLmdbStore(join(at('data'), 'controller'));
    try {
      const found = [...listSubTransactions(store, { job: 'lines' })];
      expect(found).toHaveLength(LINES);
      for (const { id, state } of found) {
        const n = Number(id.slice('line-'.length));
        expect(state).toBe(isBad(n) ? 'failed' : 'done');
        const { result, failure } = showSubTransaction(store, id);
        const exitCode = failure === null ? result : failure.detail;
        expect(exitCode).toMatchObject({ exitCode: isBad(n) ? 3 : 0 });
        const log = readLog(store, id);
        expect(log.complete).toBe(true);
        const reader = createRecordReader();
        const records = [...log.chunks].flatMap((chunk) => reader.push(chunk));
        const written = (stream: string) =>
          Buffer.concat(
            records.filter((r) => r.stream === stream).map(({ bytes }) => bytes),
          ).toString();
        expect([written('out'), written('err')]).toEqual([`out ${n}\n`, `err ${n}\n`]);
      }
    } finally {
      await store.close();
    }
  });

  it('shows them by command', async () => {
    expect(await lifeline(['log', 'line-5', ...data()])).toMatchObject({
      code: 0,
      out: 'out 5\n',
      err: 'err 5\n',
    });
    const shown = await lifelineJson(['show', 'line-17', ...data()]);
    expect(shown).toMatchObject({
      kind: 'subTransaction',
      state: 'failed',
      failure: { message: 'exit code 3: err 17', detail: { exitCode: 3, stderrTail: 'err 17\n' } },
    });
    const explained = await lifeline(['explain', 'line-17', ...data()]);
    expect(explained.out).toContain('exit code 3');
    const history = await lifeline(['history', ...data(), '--kind', 'failed', '--json']);
    const facts = history.out.trimEnd().split('\n');
    expect(facts.map((line) => (JSON.parse(line) as { id: string }).id).sort()).toEqual([
      'line-17',
      'line-267',
      'line-517',
      'line-767',
    ]);
    expect(await lifeline(['show', 'nobody', ...data()])).toMatchObject({ code: 4, out: '' });
  });

  it('takes up what was decided in between', async () => {
    const again = await lifelineJson<{ id: string; state: string }>([
      'retry',
      'line-17',
      ...data(),
    ]);
    expect(again.state).toBe('queued');
    const cancelled = await lifeline(['retry', 'line-267', ...data(), '--json']);
    const { id: second } = JSON.parse(cancelled.out) as { id: string };
    expect(await lifeline(['cancel', second, ...data()])).toMatchObject({
      code: 0,
      out: `"${second}" is cancelled.\n`,
    });
    expect(await lifeline(['run', ...data(), '--', 'true'])).toMatchObject({ code: 0 });
    const shown = await lifelineJson(['show', again.id, ...data()]);
    expect(shown).toMatchObject({ state: 'failed', retryOf: 'line-17', attempt: 1 });
  });
});

describe('lifeline run -- CMD', () => {
  it('prints what the command prints, and nothing else to stdout', async () => {
    const script = 'printf "a\\0b"; echo oops >&2';
    const argv = ['run', '--data', at('one'), '--log-level', 'error', '--', 'sh', '-c', script];
    expect(await lifeline(argv)).toMatchObject({ code: 0, out: 'a\0b', err: 'oops\n' });
  });

  it('fails with the command', async () => {
    const { code, err } = await lifeline(['run', '--data', at('one'), '--', 'sh', '-c', 'exit 9']);
    expect(code).toBe(1);
    expect(err).toMatch(/^failed {2}run-[0-9a-f]{8}-\S+ {2}error: exit code 9$/m);
  });

  it('fails for a command that is not there', async () => {
    const { code, err } = await lifeline(['run', '--data', at('one'), '--', 'no-such-command']);
    expect(code).toBe(1);
    expect(err).toContain('The command "no-such-command" was not found.');
  });

  it('retries as often as it is told', async () => {
    const argv = ['run', '--data', at('one'), '--retries', '2', '--job', 'thrice'];
    const { code, out } = await lifeline([...argv, '--json', '--', 'false']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ state: 'finished', failed: 1, retried: 2 });
  });

  it('ends what runs too long', async () => {
    const argv = ['run', '--data', at('one'), '--task-timeout', '300ms', '--json'];
    const { code, out } = await lifeline([...argv, '--', 'sleep', '1000']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ unwell: [{ state: 'failed', cause: 'timedOut' }] });
  });
});

describe('a run under way', () => {
  it('tells other commands, which may decide, and takes no other work', async () => {
    makeGate(at('gate'));
    const held = ['--data', at('held')];
    const script = `echo waiting > ${at('ledger')}; read key < ${at('gate')}`;
    const holder = start(['run', ...held, '--job', 'held', '--', 'sh', '-c', script]);
    await until('the task waits', () => linesOf(at('ledger')).length === 1);
    expect(await lifelineJson(['list', ...held])).toMatchObject({
      singlepass: [{ name: 'held', state: 'running', total: 1 }],
    });
    expect((await lifeline(['list', ...held])).out).not.toContain('Nothing runs now');
    expect((await lifeline(['ps', ...held])).out).toMatch(
      /^held-\S+ +held +shell +\w+ +agent-\d /m,
    );
    expect(await lifeline(['cancel', 'x', ...held])).toMatchObject({ code: 4, out: '' });
    const other = await lifeline(['run', ...held, '--', 'true']);
    expect(other).toMatchObject({ code: 2, out: '' });
    expect(other.err).toMatch(/^lifeline: The data directory .* is in use by another .*\n$/);

    const watching = start(['watch', 'held', ...held]);
    await new Promise<void>((resolve) => {
      const look = () => watching.said().err.includes('0 of 1 done') && resolve();
      watching.child.stderr!.on('data', look);
    });
    const closeGate = openGate(at('gate'), 1);
    expect(await holder.ended).toMatchObject({ code: 0 });
    closeGate();
    // Its controller has ended with it: the end is read from the directory.
    expect(await watching.ended).toMatchObject({ code: 0 });
    expect(watching.said().out).toContain('held: 1 of 1 task done, in ');
  });
});
