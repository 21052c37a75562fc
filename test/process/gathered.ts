/** A child process and what it says, for tests that wait for a sentence of it. */
import type { ChildProcess } from 'node:child_process';
import type { Ended } from './lifeline.ts';

export interface Gathered {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with what the first group of the pattern matches on stdout (all of it where there is none). Rejects when the process ends without. */
  says(pattern: RegExp): Promise<string>;
}

/** @param child with pipes for stdout and stderr */
export function gathered(child: ChildProcess): Gathered {
  let out = '';
  let err = '';
  const looks = new Set<() => void>();
  child.stdout!.setEncoding('utf8').on('data', (piece: string) => {
    out += piece;
    for (const look of looks) look();
  });
  child.stderr!.setEncoding('utf8').on('data', (piece: string) => (err += piece));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
  const says = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(out);
        if (!found) return;
        looks.delete(look);
        resolve(found[1] ?? found[0]);
      };
      looks.add(look);
      look();
      void ended.then(({ code }) => reject(new Error(`It ended with ${code} first: ${out}${err}`)));
    });
  return { child, ended, says };
}
