/**
 * `lifeline simulate`: for whoever doubts it. The real controller and agents, in virtual time, under faults
 * that are drawn from seeds; each run is held to every promise there is.
 *
 *   seeds ──▶ child processes ──▶ report │ a seed that fails ──▶ shrunk ──▶ a scenario file
 *
 * It needs no data directory and no broker, and touches nothing but the file it writes.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tally, type SeedResult } from '../scenarios/simulate.ts';
import { smallestOf } from '../scenarios/smallest.ts';
import { exitCodes, usage } from './failure.ts';
import { jsonDocument } from './json.ts';
import { newId } from './new-id.ts';
import { playSeeds } from './seed-processes.ts';
import { seedsFrom, simulationLines, type Shrunk } from './simulation-report.ts';
import type { Call, Verb } from './verb.ts';

const DEFAULT_SEEDS = 1_000;
const MOST_SEEDS = 10_000_000;
/** The last seed is below 2^31. */
const SEED_BOUND = 2 ** 31;

/** Of each kind of finding the first is made small; of so many kinds at most. */
const SHRUNK_MOST = 3;
const SHRINK_WITHIN_MS = 60_000;

export const simulate: Verb = {
  name: 'simulate',
  arguments: '',
  summary:
    'put the real controller and agents through faults in virtual time, and check every promise',
  notes: `
A seed that breaks a promise is made small and written as a scenario file, into scenarios/recorded where there is such a directory, else here.
  lifeline simulate --seeds 5000
  lifeline simulate --seeds 1 --seed 42     the same run again`,
  settings: [],
  options: [
    ['--seeds <N>', `how many to play (default ${DEFAULT_SEEDS})`],
    ['--seed <S>', 'the first of them (default: a fresh one)'],
  ],
  async run(call) {
    const seeds = wholeOption(call, 'seeds', 1, MOST_SEEDS) ?? DEFAULT_SEEDS;
    const bound = SEED_BOUND - seeds;
    const from = wholeOption(call, 'seed', 0, bound) ?? parseInt(newId().slice(0, 8), 16) % bound;
    call.screen.line(
      `${seedsFrom(seeds, from)}: lifeline simulate --seeds ${seeds} --seed ${from}`,
    );
    const signal = call.interruption();
    const beganMs = call.clock.elapsed();
    const tally = new Tally();
    const progress = showProgress(call, seeds);
    await playSeeds(wholeNumbers(from, seeds), (result) => progress(tally, result), signal);
    call.screen.bar(null);
    if (signal.aborted) return exitCodes.interrupted;
    const tookMs = call.clock.elapsed() - beganMs;
    const report = tally.report();
    const shrunk = await shrinkSome(call, report.failures);
    if (call.values.json)
      call.print(jsonDocument({ from, version: call.version, tookMs, ...report, shrunk }));
    else for (const line of simulationLines({ from, tookMs, report, shrunk })) call.print(line);
    return report.isClean ? exitCodes.done : exitCodes.someFailed;
  },
};

function* wholeNumbers(from: number, count: number): Generator<number, undefined> {
  for (let i = 0; i < count; i++) yield from + i;
}

function wholeOption(
  { options }: Call,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const typed = options[name];
  if (typed === undefined) return undefined;
  const number = typeof typed === 'string' && /^\d+$/.test(typed) ? Number(typed) : NaN;
  if (number >= least && number <= most) return number;
  throw usage(`--${name} must be a whole number from ${least} to ${most}, not ${String(typed)}.`);
}

/** A bar on a terminal, and each finding as it comes. */
function showProgress({ screen }: Call, seeds: number) {
  let played = 0;
  let failed = 0;
  return (tally: Tally, result: SeedResult) => {
    tally.add(result);
    played++;
    if (result.violation) {
      failed++;
      screen.line(`seed ${result.seed}: ${result.violation.checker}: ${result.violation.says}`);
    }
    screen.bar(`${played} of ${seeds} seeds played, ${failed} failed`);
  };
}

/** Makes the first failure of each checker small and writes it down. */
async function shrinkSome(call: Call, failures: readonly SeedResult[]): Promise<Shrunk[]> {
  const firsts = new Map<string, SeedResult>();
  for (const failure of failures) {
    const { checker } = failure.violation!;
    if (checker !== 'process' && !firsts.has(checker)) firsts.set(checker, failure);
  }
  const shrunk: Shrunk[] = [];
  for (const { seed } of [...firsts.values()].slice(0, SHRUNK_MOST)) {
    call.screen.line(`making seed ${seed} small …`);
    const untilMs = call.clock.elapsed() + SHRINK_WITHIN_MS;
    const small = await smallestOf(seed, { isSpent: () => call.clock.elapsed() > untilMs });
    if (!small) continue;
    const file = join(existsSync(RECORDED) ? RECORDED : '.', small.name);
    writeFileSync(file, small.text);
    shrunk.push({ seed, checker: small.checker, file });
  }
  return shrunk;
}

const RECORDED = join('scenarios', 'recorded');
