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
import { readKnown, writeKnown } from './known.ts';
import type { Planted } from './planted.ts';
import { tableOf } from './table.ts';

/** Real time after which a run counts as a loop without end. */
const WITHIN_MS = 60_000;

const { values, positionals } = parseArgs({
  options: { find: { type: 'boolean' }, seeds: { type: 'string', default: '300' } },
  allowPositionals: true,
});
const processes = availableParallelism();
const game = openGame(processes);
const known = readKnown();
const cleanness = new Map<number | string, Promise<boolean>>();
const chosen = bugs.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const seeds = Number(values.seeds);
let nobody = 0;
await Promise.all(Array.from({ length: processes }, goThrough(chosen.values())));
game.close();
process.stdout.write(`${tableOf(chosen, known)}\n`);
process.exitCode = nobody > 0 ? 1 : 0;

/** Takes one bug after the other, of those that others have not taken. */
function goThrough(left: IterableIterator<Planted>): () => Promise<void> {
  return async () => {
    for (const bug of left) {
      const isFound = await (values.find ? find(bug) : replay(bug));
      if (!isFound) nobody++;
    }
  };
}

/** Plays it with its known seed. */
async function replay(bug: Planted): Promise<boolean> {
  const found = known.get(bug.name);
  if (!found) return false;
  const verdict = await game.play(bug, [found.seed ?? scenarioOf(bug.name)], WITHIN_MS);
  if (verdict.checker === found.checker) return true;
  known.delete(bug.name);
  say(`${bug.name}: ${verdict.checker ?? 'nothing'} is found at its seed, not ${found.checker}`);
  return false;
}

/** Looks for a seed at which it shows and the product itself is clean. */
async function find(bug: Planted): Promise<boolean> {
  known.delete(bug.name);
  let simulatedMs = 0;
  for (let left = plansFor(bug); left.length > 0;) {
    const verdict = await game.play(bug, left, Math.max(WITHIN_MS, left.length * 5_000));
    const { checker, seed, says, realMs } = verdict;
    simulatedMs += verdict.simulatedMs;
    if (checker === undefined) break;
    if (seed < 0) {
      say(`${bug.name}: ${checker}: ${says}`);
      return false;
    }
    const at = bug.isScripted ? 0 : left.indexOf(seed);
    if (await isClean(left[at]!)) {
      const simulatedS = Math.round(simulatedMs / 1_000);
      const where = bug.isScripted ? { seed: null, seeds: 1 } : { seed, seeds: seed + 1 };
      known.set(bug.name, { name: bug.name, ...where, checker, simulatedS });
      write();
      say(`${bug.name}: ${seed}, ${checker}: ${says} (${Math.round(realMs)} ms)`);
      return true;
    }
    left = left.slice(at + 1);
  }
  write();
  say(`${bug.name}: not found`);
  return false;
}

/** What may show it: its scenario, or the seeds in which what it needs happens. */
function plansFor({ name, isScripted, needs }: Planted): readonly (number | string)[] {
  if (isScripted) return [scenarioOf(name)];
  const all = Array.from({ length: seeds }, (_, seed) => seed);
  if (!needs) return all;
  return all.filter((seed) => planOf(seed).steps.some(({ action }) => needs.includes(action.do)));
}

/** Whether the product as it is has nothing to be found there. */
function isClean(plan: number | string): Promise<boolean> {
  const asked =
    cleanness.get(plan) ??
    game.play(undefined, [plan], WITHIN_MS).then(({ checker, says }) => {
      if (checker !== undefined) say(`not clean: ${plan}: ${checker}: ${says}`);
      return checker === undefined;
    });
  cleanness.set(plan, asked);
  return asked;
}

function write(): void {
  writeKnown(bugs.flatMap(({ name }) => known.get(name) ?? []));
}

function say(line: string): void {
  process.stderr.write(`${line.split('\n', 1)[0]!.slice(0, 240)}\n`);
}
