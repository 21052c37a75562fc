/**
 * The hooks of a run: ordinary handlers that are run once before its first task, or once after its last one,
 * as sub-transactions of the run that are not counted in it.
 *
 *   preJob   done ─▶ tasks are given out      failed, parked ─▶ the run is stopped
 *   postJob  done, failed, parked ─▶ the run is over
 *
 * A completion hook is never started twice: no retry, no second attempt after a loss. Nobody can have a hook
 * done again, only decide what one counts as whose outcome is unknown.
 */
import type { Policy } from '../handlers/handler.ts';
import type { SubTransactionState } from '../machines/sub-transaction.ts';
import type { Value } from '../store/store.ts';
import { checkValue } from '../transport/value.ts';
import type { HookKind, JobHook } from './job-rules.ts';
import type { JobRow, SubRow } from './records.ts';
import type { NewWork } from './sub-transaction.ts';

/** A hook of one run. */
export interface HookRun {
  readonly birth: number;
  readonly id: string;
  readonly state: SubTransactionState;
  readonly cause: string | null;
}

/** Those that have begun. */
export type HookRuns = { readonly [K in HookKind]?: HookRun };

const SETTLED = new Set<string>(['done', 'failed', 'cancelled', 'parked']);

/** It has not come to rest. */
export const isLive = (hook: HookRun | undefined): boolean =>
  hook !== undefined && !SETTLED.has(hook.state);

/** Of a run, those that have begun and not come to rest. */
export const liveHooks = ({ hooks = {} }: Pick<JobRow, 'hooks'>): readonly HookRun[] =>
  [hooks.preJob, hooks.postJob].filter((hook) => hook !== undefined).filter(isLive);

/** What a run keeps of the sub-transaction that is one of its hooks. */
export const hookRunOf = ({ birth, id, state, context }: SubRow): HookRun => ({
  birth,
  id,
  state,
  cause: context.cause,
});

const POLICY: Policy = {
  maxRetries: 0,
  delaysMs: [],
  timeoutMs: 3_600_000,
  onUnknown: 'park',
  maxLosses: 0,
};

/** The work of a hook: what it was started with, and how the run is getting on. */
export function hookWork(
  row: JobRow,
  kind: HookKind,
  { handler, input }: JobHook,
  id: string,
): NewWork {
  const { name: job, generation, counts, by } = row;
  const told: Value = { job, generation, counts: { ...counts }, input };
  const bytes = checkValue(told, 'input');
  return { id, job, generation, handler, input: told, bytes, policy: POLICY, by, hook: kind };
}
