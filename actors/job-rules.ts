/**
 * What a job is started with beside its source: where it may run, how much of it at once, when it runs
 * again, and what runs before and after it. Plain data, kept in the row of each run and in the command
 * that starts it, so that any controller can go on with it.
 */
import { InvalidSetting } from '../machines/timing.ts';
import type { Value } from '../store/store.ts';
import { parseId } from '../transport/ids.ts';
import { checkValue } from '../transport/value.ts';
import { nearest } from './nearest.ts';
import { checkTicks } from './ticks.ts';

/** A handler that is run once per run, before its first task or after its last one. */
export interface JobHook {
  readonly handler: string;
  /** Given to it beside the run's own data. */
  readonly input: Value;
}

export type HookKind = 'preJob' | 'postJob';

/** When a periodic job runs again. `timeZone`: an IANA name. */
export type Tick =
  { readonly everyMs: number } | { readonly cron: string; readonly timeZone: string };

/** What may become of ticks that fell into a time without a controller: none of them, or one at once. */
export type Misfire = 'skip' | 'once';

/** Everything may be left out. */
export interface JobRules {
  /** Default: the process class of each handler's configuration, else `default`. */
  readonly processClass?: string;
  /** Attempts of a run that may be out at agents at once. Default: as many as there is room for. */
  readonly maxActive?: number;
  /** Default: none; the job is a single pass. */
  readonly ticks?: readonly Tick[];
  /** Default `skip`. */
  readonly misfire?: Misfire;
  readonly preJob?: JobHook;
  readonly postJob?: JobHook;
}

export type JobHooks = Pick<JobRules, HookKind>;

const HOOK_BYTES = 64 * 1_024;

const NAMES: readonly (keyof JobRules)[] = [
  'processClass', 'maxActive', 'ticks', 'misfire', 'preJob', 'postJob',
]; // prettier-ignore

/**
 * The rules that somebody has given, checked.
 *
 * @param at now
 * @throws {InvalidSetting} {InvalidId} {ValueRefused} one sentence that says what to write
 */
export function checkRules(given: object, at: number): JobRules {
  const odd = Object.keys(given).find((name) => !(NAMES as readonly string[]).includes(name));
  if (odd !== undefined) {
    const meant = nearest(odd, NAMES);
    const hint = meant === undefined ? `use ${NAMES.join(', ')}` : `do you mean "${meant}"?`;
    throw new InvalidSetting(`A job has no "${odd.slice(0, 80)}"; ${hint}`);
  }
  const { processClass, maxActive, ticks, misfire, preJob, postJob } = given as JobRules;
  if (maxActive !== undefined && (!Number.isSafeInteger(maxActive) || maxActive < 1)) {
    throw new InvalidSetting(`maxActive must be a whole number from 1 on, not ${maxActive}.`);
  }
  if (misfire !== undefined && !['skip', 'once'].includes(misfire)) {
    throw new InvalidSetting(`misfire must be skip or once, not ${JSON.stringify(misfire)}.`);
  }
  if (misfire !== undefined && !ticks?.length) {
    throw new InvalidSetting('misfire is of jobs that run again: give an interval or a cron, too.');
  }
  return {
    ...(processClass === undefined ? {} : { processClass: parseId(processClass, 'process class') }),
    ...(maxActive === undefined ? {} : { maxActive }),
    ...(ticks === undefined || ticks.length === 0 ? {} : { ticks: checkTicks(ticks, at) }),
    ...(misfire === undefined ? {} : { misfire }),
    ...(preJob === undefined ? {} : { preJob: checkHook(preJob, 'preJob') }),
    ...(postJob === undefined ? {} : { postJob: checkHook(postJob, 'postJob') }),
  };
}

function checkHook({ handler, input = null }: JobHook, kind: HookKind): JobHook {
  const bytes = checkValue(input, `input of ${kind}`);
  if (bytes > HOOK_BYTES) {
    throw new InvalidSetting(
      `The input of ${kind} has ${bytes} bytes: at most ${HOOK_BYTES} are possible.`,
    );
  }
  return { handler: parseId(handler, `handler of ${kind}`), input };
}

export const hooksIn = ({ preJob, postJob }: JobRules): JobHooks => ({
  ...(preJob && { preJob }),
  ...(postJob && { postJob }),
});

/** Whether two runs would go by the same rules. */
export const sameRules = (a: JobRules, b: JobRules): boolean =>
  NAMES.every((name) => JSON.stringify(a[name] ?? null) === JSON.stringify(b[name] ?? null));
