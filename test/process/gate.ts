/**
 * Tasks that can be seen and held up from a test: they write into a ledger, and wait at a gate, which is a
 * FIFO. Whether a process lives is read from /proc, without touching it.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { vi } from 'vitest';

const WITHIN = { timeout: 120_000, interval: 20 };

export const makeGate = (path: string): void => void execFileSync('mkfifo', [path]);

/** Lets so many through, those who wait and those who come. Returns what takes the keys away again. */
export function openGate(path: string, keys: number): () => void {
  // Reading and writing at once never waits for another end.
  const gate = openSync(path, 'r+');
  writeSync(gate, 'go\n'.repeat(keys));
  return () => closeSync(gate);
}

export const linesOf = (path: string): readonly string[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];

/** Resolves when the condition holds. */
export const until = (what: string, condition: () => boolean): Promise<void> =>
  vi.waitFor(() => {
    if (!condition()) throw new Error(`It does not hold yet: ${what}.`);
  }, WITHIN);

/** Processes that have the word in their command line. */
export function processesWith(word: string): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
    } catch {
      return false;
    }
  });
}
