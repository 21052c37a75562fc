/**
 * How a sub-transaction has ended, as it is on record. A row of its own is written for what the heartbeat
 * record does not say: a result, or why there is none. Most tasks that are done have nothing more to say.
 */
import type { Store } from '../store/store.ts';
import { key, type OutcomeRow } from './records.ts';
import { subOf } from './sheet-rows.ts';

/** The outcome; undefined while there is none. */
export function outcomeRowOf(store: Pick<Store, 'get'>, birth: number): OutcomeRow | undefined {
  const written = store.get(key.outcome(birth)) as OutcomeRow | undefined;
  if (written) return written;
  const row = subOf(store, birth);
  if (!row) return undefined;
  const { state, context } = row;
  // Cancelled with its run, before anything had touched it.
  if (state === 'cancelled')
    return { state, cause: state, message: state, detail: null, at: context.endedAt! };
  if (state !== 'done') return undefined;
  return { state, result: null, at: context.endedAt!, late: context.cause === 'late' };
}
