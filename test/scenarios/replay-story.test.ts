/**
 * The standard story with all kinds of trouble, recorded and replayed: the same is decided, in each life of
 * each node, whatever is kept out of the recording; and what is decided otherwise is shown where it begins.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replay, type Replayed } from '../../scenarios/replay.ts';
import { cut, type Incident } from '../../scenarios/tape/cut.ts';
import type { Redaction } from '../../scenarios/tape/hidden.ts';
import { openRecording } from '../../scenarios/tape/recording.ts';
import type { Json } from '../../scenarios/tape/spelling.ts';
import { lineOf, parseLine, unsealed, type TapeLine } from '../../scenarios/tape/tape-line.ts';
import { live, stage } from '../actors/story.ts';

let directory = '';
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'lifeline-replay-'))));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function record(
  name: string,
  {
    redaction = 'values',
    settings = {},
    capBytes = 2 ** 30,
  }: { redaction?: Redaction; settings?: object; capBytes?: number } = {},
): Promise<string> {
  const file = join(directory, name);
  const cluster = stage(settings);
  const recording = openRecording({
    file,
    capBytes,
    redaction,
    key: new TextEncoder().encode('a key of the test'),
    id: name,
    version: '0.0.0',
    clock: cluster.clock,
    refused: (error) => {
      throw error;
    },
  });
  cluster.tap = recording.tap;
  await live(cluster);
  recording.close();
  return file;
}

describe('a recording of the standard story', () => {
  it.each([
    ['values', {}],
    ['none', {}],
    ['values', { termLeaseMs: 30_000 }],
  ] as const)('is decided again as it was: %s, %o', async (redaction, settings) => {
    const file = await record(`${redaction}-${JSON.stringify(settings).length}`, {
      redaction,
      settings,
    });
    const { lanes, divergence, notes } = await replay(file);
    expect(divergence).toBeUndefined();
    expect(notes).toEqual([]);
    expect(lanes.map(({ lane, lives, skipped }) => [lane, lives, skipped]).sort()).toEqual([
      ['a1', 2, 0],
      ['a2', 2, 0],
      ['controller', 2, 0],
    ]);
    for (const { turns } of lanes) expect(turns).toBeGreaterThan(10);
  });

  it('is decided again from where its lives were frozen, when its beginning has gone', async () => {
    const file = await record('rotated', { capBytes: 200_000 });
    expect(existsSync(`${file}.7`)).toBe(true);
    const { lanes, divergence, notes } = await replay(file);
    expect(divergence?.text).toBeUndefined();
    expect(notes.filter((note) => !/turns are of a life whose beginning/.test(note))).toEqual([]);
    const sum = (what: 'turns' | 'skipped') => lanes.reduce((all, lane) => all + lane[what], 0);
    expect(sum('turns')).toBeGreaterThan(20);
    expect(sum('skipped')).toBeLessThan(sum('turns'));
    expect(readFileSync(`${file}.7`, 'utf8')).not.toContain('"segment":1,');
  });

  it('carries nothing that handlers were given or have said', async () => {
    const file = await record('hidden');
    const text = readFileSync(file, 'utf8');
    expect(text).not.toMatch(/All work|one line|attempt 1\\n/);
    expect(text).not.toContain(Buffer.from('All work and no').toString('base64').slice(0, 16));
  });

  it.each([{ id: 's1' }, { job: 'j' }, { id: 's6' }])('can be cut: %o', async (incident) => {
    const file = await record(`of-${Object.values(incident)[0]}`);
    const out = `${file}-cut`;
    const notes: string[] = [];
    writeFileSync(
      out,
      cut([file], incident, (text) => notes.push(text)),
    );
    expect(notes).toEqual([]);
    const [whole, part] = [await replay(file), await replay(out)];
    expect([part.divergence, ...part.notes]).toEqual([undefined]);
    const turns = ({ lanes }: Replayed) => lanes.reduce((sum, lane) => sum + lane.turns, 0);
    expect(turns(part)).toBeGreaterThan(5);
    expect(turns(part)).toBeLessThan(turns(whole));
    expect(readFileSync(out, 'utf8')).toContain(`"of":${JSON.stringify(incident)}`);
  });

  it('says when there is nothing to cut', async () => {
    const file = await record('nothing');
    const cutting = (incident: Incident) => () => cut([file], incident, () => {});
    expect(cutting({ id: 'nobody' })).toThrow(
      'No turn of these recordings names the sub-transaction "nobody".',
    );
    expect(cutting({ fromMs: 0, toMs: 1 })).toThrow('Nothing was recorded in that time;');
  });

  it.each([
    ['a deadline', 'a1', (body: Body) => body.due, () => ['other'], /^due\[0\]$/],
    ['a fact', 'controller', (body: Body) => body.entries, factOf('done'), /^entries\[0\]\.state$/],
    ['a row', 'controller', subsOf, rowOf('parked'), /^writes\.sub\/\d+\[0\]\.state$/],
    ['a write', 'a2', (body: Body) => body.writes, () => [], /^writes\.[a-z]+\//],
    ['a frame', 'controller', (body: Body) => body.later, () => [], /^later\[0\]$/],
  ] as const)('shows the first thing that is decided otherwise: %s', async (...told) => {
    const [name, lane, part, change, path] = told;
    const file = await record(name.replace(' ', '-'), { redaction: 'none' });
    const at = edit(file, (line) => {
      if (line.lane !== lane || line.word !== 'turn') return undefined;
      const was = part(line.body as Body);
      if (was === undefined) return undefined;
      const changed = change(was as never);
      return { ...line, body: JSON.parse(swap(line.body, was, changed)) as Json };
    });
    const { divergence } = await replay(file);
    expect(divergence).toMatchObject({ lane, line: at });
    expect(divergence?.path).toMatch(path);
    expect(divergence?.text).toContain(`${lane}, turn ${divergence?.turn} (${file}:${at}, 2026`);
    expect(divergence?.text).toMatch(/then +│ now/);
  });

  it('is decided as it was where facts say more of themselves by now', async () => {
    const file = await record('less-told');
    edit(file, (line) => {
      const { entries } = line.body as Body;
      const told = entries?.findIndex((entry) => {
        const fact = entry as readonly Json[];
        return fact[1] === 'agent.boot' && fact[12] !== null;
      });
      if (told === undefined || told < 0) return undefined;
      const less = (entries![told] as readonly Json[]).with(12, null);
      return { ...line, body: { ...(line.body as Body), entries: entries!.with(told, less) } };
    });
    expect((await replay(file)).divergence).toBeUndefined();
  });
});

type Body = Partial<Record<'due' | 'entries' | 'writes' | 'later', readonly Json[]>>;

/** The part of a turn that writes a row of a sub-transaction. */
const subsOf = ({ writes }: Body) =>
  writes?.find((write) => /^sub\//.test((write as readonly string[])[0]!)) as Json[] | undefined;

const rowOf = (state: string) => (write: readonly [string, readonly Json[]]) => [
  write[0],
  write[1].with(6, state),
];

const factOf = (state: string) => (entries: readonly (readonly Json[])[]) =>
  entries.map((entry) => entry.with(9, state));

const swap = (body: Json, was: unknown, is: unknown) =>
  JSON.stringify(body).replace(JSON.stringify(was), () => JSON.stringify(is));

/** Changes the first line of a recording that can be changed so. Returns its number. */
function edit(file: string, change: (line: TapeLine) => TapeLine | undefined): number {
  const lines = readFileSync(file, 'utf8').split('\n');
  for (const [i, line] of lines.entries()) {
    const changed = i < 2 || line === '' ? undefined : change(parseLine(unsealed(line)!, file, i));
    if (!changed) continue;
    lines[i] = lineOf(changed);
    writeFileSync(file, lines.join('\n'));
    return i + 1;
  }
  throw new Error('There is no such line.');
}
