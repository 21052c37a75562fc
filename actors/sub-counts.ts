/**
 * What a move of a sub-transaction changes in the counts of its run.
 *
 *   queued ─▶ sent        queued −1, active +1
 *   waiting ─▶ sent       waiting −1, active +1, retried +1
 *   sent ─lost─▶ waiting  active −1, waiting +1, lost +1
 */
import type { SubTransactionEvent } from '../machines/sub-transaction.ts';
import { countedAs, type JobCounts, type SubRow } from './records.ts';
import { isInFlight } from './sub-indexes.ts';

export type CountChange = Partial<Record<keyof JobCounts, number>>;

/** @param before undefined: it is new */
export function countChange(
  before: SubRow | undefined,
  after: SubRow,
  event?: SubTransactionEvent,
): CountChange {
  const change: CountChange = {};
  const add = (name: keyof JobCounts, n: number) => (change[name] = (change[name] ?? 0) + n);
  if (before) add(countedAs[before.state], -1);
  add(countedAs[after.state], 1);
  const isNext = before && after.context.attempt > before.context.attempt;
  // What was given out and never started is not done again.
  if (isNext && before.context.attempt > 0 && before.context.cause !== 'neverStarted')
    add('retried', 1);
  // What is told of an attempt that was given up before confirms a loss that is counted already.
  if (event?.type === 'lost' && before && isInFlight(before)) add('lost', 1);
  return change;
}
