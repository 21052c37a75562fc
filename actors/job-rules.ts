/**
 * What a job is started with beside its source: where it may run, how much of it at once, when it runs
 * again, and what runs before and after it. Plain data, kept in the row of each run and in the command
 * that starts it, so that any controller can go on with it.
 */
import type { Value } from '../store/store.ts';

/** A handler that is run once per run, before its first task or after its last one. */
export interface JobHook {
  readonly handler: string;
  /** Given to it beside the run's own data. */
  readonly input: Value;
}

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
