/**
 * Plays planted bugs by hand and prints their table:
 *
 *   npm run planted                                 each with its known seed
 *   npm run planted -- --find [--seeds N] [name …]  walks seeds from 0 on until it is found, and writes found.json
 *
 * A seed at which the product itself is not clean proves nothing and is passed over. Ends with 1 when a bug
 * is not found.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { planOf } from '../../../scenarios/swarm.ts';
import { bugs } from './bugs.ts';
import { openGame, scenarioOf } from './game.ts';
import { readKnown, writeKnown, type Known } from './known.ts';
import type { Planted } from './planted.ts';
import { tableOf } from './table.ts';

/** Real time after which a run counts as a loop without end. */
const WITHIN_MS = 60_000;

const { values, positionals } = parseArgs({
  options: { find: { type: 'boolean' }, seeds: { type: 'string', default: '300' } },
  allowPositionals: true,
});
const game = openGame(availableParallelism());
const known = readKnown();
const chosen = bugs.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const nobody = await (values.find ? find(Number(values.seeds)) : replay());
game.close();
process.stdout.write(`${tableOf(chosen, known)}\n`);
process.exitCode = nobody > 0 ? 1 : 0;

/** Plays each with its known seed. Returns how many are not found. */
async function replay(): Promise<number> {
  const found = await Promise.all(
    chosen.map(async (bug) => {
      const found = known.get(bug.name);
      const plan = found?.seed ?? (bug.isScripted ? scenarioOf(bug.name) : 0);
      const verdict = await game.play(bug, [plan], WITHIN_MS);
      if (found && verdict.checker === found.checker) return true;
      known.delete(bug.name);
      return false;
    }),
  );
  return found.filter((isFound) => !isFound).length;
}

function holds(seed: number, needs: readonly string[]): boolean {
  return planOf(seed).steps.some(({ action }) => needs.includes(action.do));
}

/** Looks for a seed for each. Returns how many have none. */
async function find(seeds: number): Promise<number> {
  const clean = await cleanSeeds(seeds);
  const found = await Promise.all(chosen.map((bug) => findOne(bug, clean)));
  write();
  return found.filter((isFound) => !isFound).length;
}

async function cleanSeeds(seeds: number): Promise<readonly number[]> {
  const all = Array.from({ length: seeds }, (_, seed) => seed);
  const clean: number[] = [];
  for (let left = all; left.length > 0;) {
    const verdict = await game.play(undefined, left, seeds * WITHIN_MS);
    const played = verdict.checker === undefined ? left.length : left.indexOf(verdict.seed);
    clean.push(...left.slice(0, played));
    if (verdict.checker !== undefined)
      say(`seed ${verdict.seed} is not clean: ${verdict.checker}: ${verdict.says}`);
    left = left.slice(played + 1);
  }
  return clean;
}

async function findOne(bug: Planted, clean: readonly number[]): Promise<boolean> {
  const { isScripted, needs } = bug;
  const apt = isScripted
    ? [scenarioOf(bug.name)]
    : needs
      ? clean.filter((seed) => holds(seed, needs))
      : clean;
  const verdict = await game.play(bug, apt, Math.max(WITHIN_MS, apt.length * 2_000));
  const { checker, seed, simulatedMs, says } = verdict;
  known.delete(bug.name);
  if (checker === undefined || seed < 0) {
    say(`${bug.name}: ${checker ?? `not found at ${apt.length} of ${clean.length} seeds`}`);
    return false;
  }
  const simulatedS = Math.round(simulatedMs / 1_000);
  const one: Known = isScripted
    ? { name: bug.name, seed: null, checker, seeds: 1, simulatedS }
    : { name: bug.name, seed, checker, seeds: clean.indexOf(seed) + 1, simulatedS };
  known.set(bug.name, one);
  write();
  say(`${bug.name}: seed ${seed}, ${checker}: ${says} (${Math.round(verdict.realMs)} ms)`);
  return true;
}

function write(): void {
  writeKnown(bugs.flatMap(({ name }) => known.get(name) ?? []));
}

function say(line: string): void {
  process.stderr.write(`${line.split('\n', 1)[0]!.slice(0, 240)}\n`);
}
