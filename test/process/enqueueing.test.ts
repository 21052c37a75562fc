/**
 * A controller that is killed in the midst of enqueueing: no item of the source is lost, none is there twice,
 * and none is invented.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { key, type JobRow } from '../../actors/records.ts';
import { workOf } from '../../actors/sheet-rows.ts';
import { rowsAfter } from '../../actors/sheet-listing.ts';
import { openLmdbStore } from '../../store/lmdb.ts';

const COUNT = 100_000;
/** Where it is killed: at the first word of having taken as much over. */
const KILLED_AT = [1, 30_000];
const WITHIN_MS = 120_000;

let directory: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-enqueueing-'));
});

afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

/** Lets it go on until it has said that so much is taken over, and kills it then. Returns how far it was at first. */
async function killedAt(least: number): Promise<number> {
  const loader = fileURLToPath(new URL('../load-typescript.js', import.meta.url));
  const program = fileURLToPath(new URL('./enqueue-and-wait.ts', import.meta.url));
  child = spawn(process.execPath, ['--import', loader, program, directory, String(COUNT)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let takenBefore = NaN;
  for await (const line of createInterface({ input: child.stdout! })) {
    const [word, n] = [line.split(' ')[0], Number(line.split(' ')[1])];
    if (word === 'taken') takenBefore = n;
    else if (n >= least || word === 'all') break;
  }
  child.kill('SIGKILL');
  await exited;
  return takenBefore;
}

it(
  'goes on where it was, and has every item once',
  async () => {
    const taken: number[] = [];
    for (const least of [...KILLED_AT, COUNT]) taken.push(await killedAt(least));
    const store = await openLmdbStore(directory);
    const seen = new Uint8Array(COUNT);
    const ids = new Set<string>();
    for (const row of rowsAfter(store, 0)) {
      seen[workOf(store, row.birth)!.input as number]!++;
      ids.add(row.id);
    }
    const { counts, context } = store.get(key.job('many')) as unknown as JobRow;
    await store.close();
    expect(taken[0]).toBe(0);
    expect(taken[1]).toBeGreaterThan(0);
    expect(seen.every((times) => times === 1)).toBe(true);
    expect(ids.size).toBe(COUNT);
    expect(counts.queued).toBe(COUNT);
    expect(context.sourceEnded).toBe(true);
  },
  WITHIN_MS,
);
