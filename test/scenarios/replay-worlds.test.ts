/**
 * Twelve worlds with all their faults, each seat recorded: what is recorded is decided again as it was, by
 * each life of each seat, without the world. Worlds of many hours are left out: they repeat themselves.
 *
 *   planOf(seed) ─▶ run ──tap of each seat──▶ a recording each ─▶ replay ─▶ no divergence
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIRST_LINE } from '../../scenarios/format/problem.ts';
import { replay } from '../../scenarios/replay.ts';
import { run } from '../../scenarios/run.ts';
import { planOf } from '../../scenarios/swarm.ts';
import { cut } from '../../scenarios/tape/cut.ts';
import { createHide } from '../../scenarios/tape/hidden.ts';
import { machinesDigest } from '../../scenarios/tape/machines-digest.ts';
import { createRecorder } from '../../scenarios/tape/recorder.ts';
import { lineOf, madeLine } from '../../scenarios/tape/tape-line.ts';

let directory = '';
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'lifeline-worlds-'))));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const hide = createHide('values', new TextEncoder().encode('a key of the test'));

/** Lines of each recording. */
const lengths = new Map<string, number>();

/** So many lines, and each life is frozen. */
const CHECKPOINT_EVERY = 40;

/** Runs the plan of a seed. Returns a recording of each seat, or the second half of each. */
async function record(seed: number, isWhole: boolean): Promise<readonly string[]> {
  const tapes = new Map<string, string[]>();
  await run(planOf(seed), {
    checkers: [],
    marks: false,
    tap(seat) {
      const tape = tapes.get(seat) ?? [];
      tapes.set(seat, tape);
      const recorder = createRecorder((lane, word, body) => {
        tape.push(lineOf({ atMs: tape.length, lane, word, body }));
        if (tape.length % CHECKPOINT_EVERY === 0) recorder.checkpoint();
      }, hide);
      return recorder;
    },
  });
  return [...tapes].map(([seat, whole]) => {
    const file = join(directory, `${seed}-${seat}`);
    const lines = whole.slice(isWhole ? 0 : whole.length / 2);
    lengths.set(file, whole.length);
    const began = new Date(0).toISOString();
    const about = { lifeline: '0.0.0', machines: machinesDigest(), redaction: 'values' };
    const made = madeLine({ recording: file, segment: 1, began, ...about });
    writeFileSync(file, [FIRST_LINE, made, ...lines, ''].join('\n'));
    return file;
  });
}

/** Longer than that, and a world lasts for hours. */
const TIMEOUT_MAX_MS = 600_000;

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed)
  .filter((seed) => (planOf(seed).setting.settings.timeoutMs ?? 0) <= TIMEOUT_MAX_MS)
  .slice(0, 14);

describe('recordings of worlds', () => {
  it.each([
    { from: 0, isWhole: true },
    { from: 3, isWhole: false },
    { from: 6, isWhole: true },
    { from: 9, isWhole: false },
  ])(
    'are decided again as they were: three seeds from number $from, whole: $isWhole',
    async (told) => {
      const { from, isWhole } = told;
      let [turns, skipped] = [0, 0];
      for (const seed of SEEDS.slice(from, from + 3)) {
        const files = await record(seed, isWhole);
        const { lanes, divergence, notes } = await replay(files);
        expect(divergence?.text, `seed ${seed}`).toBeUndefined();
        expect(notes.length > 0).toBe(lanes.some((lane) => lane.skipped > 0));
        for (const lane of lanes) [turns, skipped] = [turns + lane.turns, skipped + lane.skipped];
        for (const file of files) rmSync(file);
      }
      expect(turns).toBeGreaterThan(1_000);
      expect(skipped > 0).toBe(!isWhole);
      expect(skipped).toBeLessThan(turns / 10);
    },
  );

  it('can be cut anywhere: the middle of two seeds', async () => {
    let turns = 0;
    for (const seed of SEEDS.slice(12)) {
      for (const file of await record(seed, true)) {
        const length = lengths.get(file)!;
        const [fromMs, toMs] = [length / 3, (2 * length) / 3];
        const left: string[] = [];
        writeFileSync(
          file,
          cut([file], { fromMs, toMs }, (text) => left.push(text)),
        );
        const { lanes, divergence, notes } = await replay(file);
        expect(divergence?.text, `seed ${seed}`).toBeUndefined();
        expect([...left, ...notes]).toEqual([]);
        for (const lane of lanes) turns += lane.turns;
      }
    }
    expect(turns).toBeGreaterThan(500);
  });
});
