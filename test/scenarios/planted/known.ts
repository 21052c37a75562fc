/**
 * At which seed each planted bug is found, and by which checker: found.json, written by `npm run planted --
 * --find` and read by the test.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Known {
  readonly name: string;
  /** Null: it is found in a scenario of its own. */
  readonly seed: number | null;
  readonly checker: string;
  /** Seeds that were played until it was found. */
  readonly seeds: number;
  /** Simulated time of all of them, in s. */
  readonly simulatedS: number;
}

const FILE = fileURLToPath(new URL('found.json', import.meta.url));

export function readKnown(): Map<string, Known> {
  const all = JSON.parse(readFileSync(FILE, 'utf8')) as readonly Known[];
  return new Map(all.map((known) => [known.name, known]));
}

/** @param all in the order of the table */
export function writeKnown(all: readonly Known[]): void {
  const lines = all.map((known) => `  ${JSON.stringify(known)}`);
  writeFileSync(FILE, `[\n${lines.join(',\n')}\n]\n`);
}
