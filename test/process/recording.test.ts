/**
 * A controller and two agents over NATS, recorded while one is cut off and the other is killed; and what they
 * recorded, decided again without NATS: by this lifeline, by one whose comments have changed, and by one whose
 * machine has.
 *
 *   controller --record ── NATS ── cable, held for a while ── a1 --record
 *                            └──── killed by SIGKILL, begun again ── a2 --record
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replay, type Replayed } from '../../scenarios/replay.ts';
import { lineOf, parseLine, unsealed } from '../../scenarios/tape/tape-line.ts';
import { openCable, type Cable } from '../chaos/cable.ts';
import { openCopies, type Copies, type Edit } from '../scenarios/planted/copy.ts';
import { linesOf, makeGate, openGate } from './gate.ts';
import { lifeline } from './lifeline.ts';
import { end, openNodes, QUICK, type Nodes } from './nodes.ts';
import { connected, facts, submitAgain, whenDone } from './told.ts';

const SECRET = 'the-secret-of-the-recording';
const LONG_SECRET = 'a line of the log that nobody is to read'.repeat(40);

let nodes: Nodes;
let cable: Cable | undefined;
let copies: Copies;
const recordings = () => ['controller', 'a1', 'a2'].map((name) => nodes.at(`${name}.scenario`));

/** All that happens while it is recorded. */
async function incident(): Promise<void> {
  const record = (name: string) => ['--record', nodes.at(`${name}.scenario`)];
  const controller = await nodes.controller(...QUICK, ...record('controller'));
  cable = await openCable(nodes.nats.port);
  const behindCable = ['--nats', `nats://127.0.0.1:${cable.port}`];
  const a1 = await nodes.agent('a1', '--allow-shell', ...behindCable, ...record('a1'));
  const a2 = await nodes.agent('a2', '--allow-shell', ...record('a2'));
  await connected(nodes, 'a1', 'a2');
  const [gate, ledger] = [nodes.at('gate'), nodes.at('ledger')];
  makeGate(gate);
  const script = `echo ${LONG_SECRET}; echo begin $LIFELINE_ID >> $2; read key < $1`;
  const tasks = ['t1', 't2', 't3', 't4'];
  for (const id of tasks) await submitAgain(nodes, id, script, gate, ledger, SECRET);
  await nodes.until('all run', () => linesOf(ledger).length === tasks.length);
  cable.set({ to: 'hold', from: 'hold' });
  await nodes.until('it is missed', async () => {
    const suspects = await facts(nodes, 'agent.suspect');
    return suspects.some(({ agent }) => agent === 'a1');
  });
  await end(a2, 'SIGKILL');
  cable.heal();
  const again = await nodes.agent('a2', '--allow-shell', ...record('a2'));
  await connected(nodes, 'a1', 'a2');
  const close = openGate(gate, 2 * tasks.length);
  for (const id of tasks) await whenDone(nodes, id);
  close();
  for (const node of [again, a1, controller]) await end(node);
}

beforeAll(async () => {
  nodes = await openNodes();
  copies = openCopies(['scenarios/replay.ts']);
  await incident();
});

afterAll(async () => {
  copies.remove();
  await nodes.close();
  await cable?.close();
});

/** The line with another fact in it, and a sum that is right. */
function changed(line: string): string {
  const text = unsealed(line)!.replace('"agent.suspect"', '"agent.doubted"');
  return lineOf(parseLine(text, '', 0));
}

/** What a lifeline with these edits says to the recordings. */
async function replayedBy(name: string, edits: readonly Edit[]): Promise<Replayed> {
  const url = copies.plant(name, edits)('scenarios/replay.ts');
  const script = `
    import { replay } from ${JSON.stringify(url)};
    console.log(JSON.stringify(await replay(${JSON.stringify(recordings())})));`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--input-type=module', '--eval', script],
  ]);
  return JSON.parse(stdout) as Replayed;
}

const MACHINE = 'machines/sub-transaction.ts';

describe('a recording of a cut link and a killed agent', () => {
  it('is decided again as it was, without NATS', async () => {
    const { lanes, divergence, notes } = await replay(recordings());
    expect(divergence?.text).toBeUndefined();
    expect(lanes.map(({ lane, lives, skipped }) => [lane, lives, skipped])).toEqual([
      ['controller', 1, 0],
      ['a1', 1, 0],
      ['a2', 2, 0],
    ]);
    for (const { turns } of lanes) expect(turns).toBeGreaterThan(10);
    // The one that was killed may have been writing.
    expect(notes.filter((note) => !note.includes('torn'))).toEqual([]);
  });

  it('keeps what the killed process recorded as the older file of the same name', () => {
    const [, , a2] = recordings();
    expect(existsSync(`${a2}.1`)).toBe(true);
    expect(readFileSync(`${a2}.1`, 'utf8')).not.toMatch(/ \* end /);
    expect(readFileSync(a2!, 'utf8')).toMatch(/ \* end \{\} #[0-9a-f]{8}\n$/);
  });

  it('holds nothing that was handed in or logged', () => {
    for (const file of [...recordings(), `${recordings()[2]}.1`]) {
      const text = readFileSync(file, 'utf8');
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(LONG_SECRET.slice(0, 20));
      expect(text).not.toContain(Buffer.from(LONG_SECRET).toString('base64').slice(0, 24));
    }
  });

  it('is played, cut and checked by the commands', async () => {
    const play = await lifeline(['scenario', 'play', ...recordings()]);
    expect(play).toMatchObject({ code: 0 });
    expect(play.out).toMatch(/^ +controller +a1 +a2$/m);
    expect(play.out).toMatch(/ a1 suspect /);
    const cutTo = (name: string, ...what: readonly string[]) => [
      ...['scenario', 'cut', ...recordings(), ...what, '-o', nodes.at(name)],
    ];
    expect(await lifeline(cutTo('cut/t1.scenario', '--id', 't1'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('does not exist') as string,
    });
    mkdirSync(nodes.at('cut'));
    expect(await lifeline(cutTo('cut/t1.scenario', '--id', 't1'))).toMatchObject({ code: 0 });
    expect(await lifeline(cutTo('cut/time.scenario', '--from', '3s', '--to', '6s'))).toMatchObject({
      code: 0,
    });
    expect(await lifeline(cutTo('cut/none.scenario', '--job', 'none'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('names the job "none"') as string,
    });
    const checked = await lifeline(['scenario', 'check', nodes.at('cut')]);
    expect(checked).toMatchObject({ code: 0, err: '' });
    expect(checked.out.match(/^ok /gm)).toHaveLength(2);
    // A turn that was decided otherwise then.
    const [controller] = recordings();
    const lines = readFileSync(controller!, 'utf8').split('\n');
    const n = lines.findIndex((line) => line.includes('"agent.suspect"'));
    lines[n] = changed(lines[n]!);
    writeFileSync(nodes.at('changed.scenario'), lines.join('\n'));
    const other = await lifeline(['scenario', 'play', nodes.at('changed.scenario')]);
    expect(other.code).toBe(1);
    expect(other.out).toContain(`changed.scenario:${n + 1}`);
    expect(other.out).toMatch(/then +│ now\n +"agent.doubted" +│ "agent.suspect"/);
  });

  it('is decided alike by a lifeline whose words have changed', async () => {
    const find = 'Handed out; the agent has not said a word about it yet.';
    const { divergence, notes } = await replayedBy('words', [
      { file: MACHINE, find, put: 'Given out, and nothing heard.' },
    ]);
    expect(divergence).toBeUndefined();
    expect(notes.join()).not.toContain('machines have changed');
  });

  it('shows where a lifeline whose machine has changed first decides otherwise', async () => {
    const find = "assign: { target: 'sent', actions: 'handOut', description: 'An agent gets it.' }";
    const put = find.replace('sent', 'received');
    const { divergence, notes } = await replayedBy('machine', [{ file: MACHINE, find, put }]);
    expect(notes.join()).toContain('The machines have changed since this was recorded');
    expect(divergence).toMatchObject({
      file: nodes.at('controller.scenario'),
      lane: 'controller',
      path: expect.stringMatching(/^entries\[\d\]\.state$/) as string,
      expected: 'sent',
      actual: 'received',
    });
    expect(divergence?.text).toMatch(/then +│ now\n +"sent" +│ "received"/);
  });
});
