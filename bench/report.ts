/**
 * What was measured, as one JSON document, and the same as tables for people. A ratio is ours ÷ theirs,
 * pair by pair: of tasks per second more than 1 is good, of latency and CPU less than 1.
 */
import type { Mode, Numbers } from './arguments.ts';
import type { Contender } from './contenders.ts';
import type { ProfileSummary } from './profile.ts';
import type { Reconciliation } from './reconcile.ts';
import type { Round } from './rounds.ts';
import { areKnown, percentile, ratiosOf, spreadOf, type Spread } from './statistics.ts';

export interface Machine {
  readonly node: string;
  readonly processors: string;
  readonly filesystem: string;
  readonly lifeline: string;
  readonly bullmq: string;
  readonly redis: string;
  readonly nats: string;
}

export interface Report {
  readonly machine: Machine;
  readonly numbers: Numbers;
  readonly throughput: Section<'perSecond'>[];
  readonly latency: Section<'p50Ms' | 'p99Ms'>[];
  readonly reconciliation: readonly Reconciliation[];
  readonly profiles: {
    readonly mode: Mode;
    readonly process: string;
    readonly costs: ProfileSummary;
  }[];
}

/** One kind of measurement in one mode. */
export interface Section<Figure extends string> {
  readonly mode: Mode;
  readonly rows: readonly Row<Figure>[];
}

export interface Row<Figure extends string> {
  readonly contender: string;
  readonly durability: string;
  readonly processes: string;
  readonly figures: Readonly<Record<Figure | 'cpuMsPerTask', Measured | null>>;
}

export interface Measured {
  readonly rounds: readonly number[];
  readonly spread: Spread;
  /** Ours ÷ theirs; null for ours. */
  readonly ratio: Spread | null;
}

/** @param measured rounds of each contender; ours is the first; a value is milliseconds for all tasks */
export function throughputSection(
  mode: Mode,
  contenders: readonly Contender[],
  measured: readonly (readonly Round<number>[])[],
  tasks: number,
): Section<'perSecond'> {
  return section(mode, contenders, measured, tasks, {
    perSecond: ({ value }) => (tasks * 1000) / value,
  });
}

/** @param measured rounds of each contender; ours is the first; a value is the latency of each task in ms */
export function latencySection(
  mode: Mode,
  contenders: readonly Contender[],
  measured: readonly (readonly Round<readonly number[]>[])[],
  tasks: number,
): Section<'p50Ms' | 'p99Ms'> {
  return section(mode, contenders, measured, tasks, {
    p50Ms: ({ value }) => percentile(value, 0.5),
    p99Ms: ({ value }) => percentile(value, 0.99),
  });
}

function section<T, Figure extends string>(
  mode: Mode,
  contenders: readonly Contender[],
  measured: readonly (readonly Round<T>[])[],
  tasks: number,
  figures: Record<Figure, (round: Round<T>) => number>,
): Section<Figure> {
  const cpu = ({ cpuMs }: Round<T>) => (cpuMs === null ? null : cpuMs / tasks);
  const all = Object.entries({ ...figures, cpuMsPerTask: cpu }) as [
    Figure | 'cpuMsPerTask',
    (round: Round<T>) => number | null,
  ][];
  const rows = contenders.map(({ name: contender, durability, processes }, index) => {
    const of = (figure: (round: Round<T>) => number | null) =>
      measuredOf(measured[index]!.map(figure), index === 0 ? null : measured[0]!.map(figure));
    const named = Object.fromEntries(all.map(([name, figure]) => [name, of(figure)]));
    return { contender, durability, processes, figures: named as Row<Figure>['figures'] };
  });
  return { mode, rows };
}

function measuredOf(
  rounds: readonly (number | null)[],
  ours: readonly (number | null)[] | null,
): Measured | null {
  if (!areKnown(rounds) || (ours !== null && !areKnown(ours))) return null;
  return {
    rounds,
    spread: spreadOf(rounds),
    ratio: ours === null ? null : ratiosOf(ours, rounds),
  };
}
