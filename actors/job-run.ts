/**
 * A run of a job as it stands in its row: what it begins with, what is left of it, and what a tick means for it.
 *
 *   JobSpec ─▶ newRun ─▶ row of run 1 ─ tick ─▶ the same with FRESH: row of run 2 ─▶ …
 */
import type { Value } from '../store/store.ts';
import { liveHooks } from './job-hooks.ts';
import type { JobHooks, JobRules } from './job-rules.ts';
import { NO_COUNTS, remainingOf, type JobRow } from './records.ts';
import { Refused } from './refused.ts';
import { ticksPassed, type Passed } from './ticks.ts';

export interface JobSpec {
  readonly name: string;
  readonly source: string;
  readonly spec: Value;
  /** Default: none; of a run that is gone on with: those that it has. */
  readonly rules?: JobRules;
  /** What the handler of all its items brings along; counts where the rules say nothing. */
  readonly hooks?: JobHooks;
  /** Goes on with this run only, and begins none. */
  readonly resumes?: number;
  /** Its source is read again from the start: more may come of one that had ended. */
  readonly rereads: boolean;
  readonly by: string;
}

/** A tick that is so much late or less is no missed one: a controller may be started anew meanwhile. */
const MISFIRE_MS = 60_000;

/** What each run has at its start, whatever the one before had. */
export const FRESH = {
  cursor: null, counts: NO_COUNTS, hooks: {}, stoppedBy: null, pruned: 0,
} as const; // prettier-ignore

export function newRun(
  { name, source, spec, hooks, rules, by }: JobSpec,
  begun: Pick<JobRow, 'generation' | 'firstBirth' | 'startFact' | 'state' | 'context'>,
): JobRow {
  const { startedAt } = begun.context;
  const run = { name, ...begun, source, spec, rules: { ...hooks, ...rules }, by };
  return { ...run, ...FRESH, firstAt: startedAt, startedAt, endedAt: null };
}

/** It takes work. */
export const isOpen = ({ state }: Pick<JobRow, 'state'>): boolean =>
  state === 'starting' || state === 'running';

/** Its source may be begun again, or will be with the next tick; a tick may have come meanwhile. */
export const mayGoOn = (row: JobRow | undefined, generation: number): boolean =>
  row !== undefined &&
  (row.generation === generation || (row.context.periodic && row.generation > generation)) &&
  (isOpen(row) || row.state === 'resting');

/** What of a run has not come to rest, its hooks included. */
export const remainingWith = (row: JobRow): number =>
  remainingOf(row.counts) + liveHooks(row).length;

/** The ticks that have passed, and whether they count as missed: nobody was there when they came. */
export function lookAtTick(
  { context, rules, firstAt, startedAt }: JobRow,
  at: number,
): { readonly passed: Passed; readonly isMissed: boolean } {
  const { ticks = [], misfire = 'skip' } = rules;
  const passed = ticksPassed(ticks, firstAt ?? startedAt, { due: context.deadlineAt!, at });
  return { passed, isMissed: misfire === 'skip' && at - passed.lastAt! > MISFIRE_MS };
}

export const noJob = (name: string): Refused =>
  new Refused(
    'unknown',
    `There is no job "${name}"; \`lifeline list\` shows those that are known.`,
  );
