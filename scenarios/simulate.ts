/**
 * A batch of seeds, and what it amounts to: what was found, how fast it went, which faults took effect, and
 * what was never reached although the batch was large enough for it.
 *
 *   seed ──playSeed──▶ SeedResult ──▶ Tally ──▶ Report
 */
import { missing } from './marks.ts';
import { run } from './run.ts';
import { planOf } from './swarm.ts';

/** What became of one seed; plain data, so that it can come from another process. */
export interface SeedResult {
  readonly seed: number;
  readonly violation?: Found;
  readonly digest: string;
  readonly simulatedMs: number;
  readonly turns: number;
  readonly marks: readonly string[];
  readonly faults: Readonly<Record<string, number>>;
}

/** What a checker has found. */
export interface Found {
  readonly checker: string;
  readonly atMs: number;
  readonly says: string;
}

/** What a batch of seeds amounts to. */
export interface Report {
  readonly seeds: number;
  /** Of the seeds that found something, in order. */
  readonly failures: readonly SeedResult[];
  readonly simulatedMs: number;
  readonly turns: number;
  /** How often each kind of fault took effect, most first. */
  readonly faults: Readonly<Record<string, number>>;
  /** Marks that no seed has reached. */
  readonly missed: readonly string[];
  /** Nothing was found, and a batch of this size has reached all there is. */
  readonly isClean: boolean;
}

/** A batch of that many seeds reaches everything, or proves nothing. */
const ENOUGH_SEEDS = 300;

/** Draws the plan of a seed and runs it. */
export async function playSeed(seed: number): Promise<SeedResult> {
  const { violation, digest, simulatedMs, turns, marks, faults } = await run(planOf(seed));
  const found = violation && {
    checker: violation.checker,
    atMs: violation.atMs,
    says: violation.message,
  };
  return {
    seed,
    ...(found ? { violation: found } : {}),
    digest,
    simulatedMs,
    turns,
    marks: [...marks],
    faults,
  };
}

/** Plays `seeds` seeds from `from` on, one after the other, in this process. */
export async function simulate(options: {
  readonly from: number;
  readonly seeds: number;
  readonly onSeed?: (result: SeedResult) => void;
}): Promise<Report> {
  const tally = new Tally();
  for (let seed = options.from; seed < options.from + options.seeds; seed++) {
    const result = await playSeed(seed);
    tally.add(result);
    options.onSeed?.(result);
  }
  return tally.report();
}

export class Tally {
  #seeds = 0;
  #simulatedMs = 0;
  #turns = 0;
  readonly #failures: SeedResult[] = [];
  readonly #faults = new Map<string, number>();
  readonly #marks = new Set<string>();

  add(result: SeedResult): void {
    this.#seeds++;
    this.#simulatedMs += result.simulatedMs;
    this.#turns += result.turns;
    if (result.violation) this.#failures.push(result);
    for (const mark of result.marks) this.#marks.add(mark);
    for (const [kind, count] of Object.entries(result.faults))
      this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + count);
  }

  report(): Report {
    const missed = missing(this.#marks);
    const faults = [...this.#faults].sort(
      ([one, a], [other, b]) => b - a || (one < other ? -1 : 1),
    );
    return {
      seeds: this.#seeds,
      failures: this.#failures.toSorted((one, other) => one.seed - other.seed),
      simulatedMs: this.#simulatedMs,
      turns: this.#turns,
      faults: Object.fromEntries(faults),
      missed,
      isClean: this.#failures.length === 0 && (missed.length === 0 || this.#seeds < ENOUGH_SEEDS),
    };
  }
}
