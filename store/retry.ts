/**
 * Tries an operation on the store again until it is done: the retry of the typed keys.
 *
 *   plan ──▶ append ──▶ done
 *    ▲         │ conflict (somebody else wrote): at once
 *    └─────────┘ failure (the disk refused): after a pause, 10 times ──▶ MaxRetriesError
 *
 * A plan reads and decides anew at each try. When a failure leaves open whether the batch was applied, the
 * next plan is told so; it looks whether it is done already.
 */
import { type Batch, type Store, StoreConflict, StoreFailed, type Write } from './store.ts';

/** What is asked of a clock: wake me once, in so many ms. */
export interface RetryClock {
  after(afterMs: number, wake: () => void): unknown;
}

/** How often an operation on the store is tried, and how far apart. */
export interface RetryOptions {
  readonly clock: RetryClock;
  /** Tries after the first one. Default 10. */
  readonly retries?: number;
  /** Pause before each of them, in ms. Default 1000. */
  readonly retryDelayMs?: number;
  /**
   * Appends in the caller's order of things, for a store that has another writer in this process. It must
   * reject as `Store.append` does. Default: this is the store's only writer, and appends itself.
   */
  readonly append?: (batch: Batch) => Promise<void>;
}

/** The disk failed at every try. */
export class MaxRetriesError extends Error {
  override readonly name = 'MaxRetriesError';
  readonly retryable = false;
}

/** What an operation wants written, and its result when that is done. No writes: done already. */
export interface Step<R> {
  readonly writes: readonly Write[];
  readonly result: R;
}

/**
 * Reads the store and says what to write; asked again at each try. `inDoubt`: what was planned last may
 * have been applied, so look first.
 */
export type Plan<R> = (inDoubt: boolean) => Step<R>;
export type Run = <R>(key: string, plan: Plan<R>) => Promise<R>;

/** Conflicts in a row after which something other than bad luck is the matter. */
const CONFLICTS_MAX = 100;

export function createRetry(store: Store, options: RetryOptions): Run {
  const { clock, retries = 10, retryDelayMs = 1000 } = options;
  const append =
    options.append ?? ((batch: Batch) => store.append(batch, { expect: store.position() }));

  return async (key, plan) => {
    let failures = 0;
    let conflicts = 0;
    let inDoubt = false;
    for (;;) {
      try {
        const { writes, result } = plan(inDoubt);
        inDoubt = false;
        if (writes.length > 0) await append({ entries: [], writes });
        return result;
      } catch (error) {
        if (error instanceof StoreConflict && ++conflicts <= CONFLICTS_MAX) continue;
        if (!(error instanceof StoreFailed)) throw error;
        inDoubt ||= error.outcome === 'unknown';
        if (++failures > retries) throw maxRetries(key, failures, retryDelayMs, error);
      }
      await new Promise<void>((wake) => clock.after(retryDelayMs, wake));
    }
  };
}

function maxRetries(key: string, tries: number, delayMs: number, cause: Error): MaxRetriesError {
  return new MaxRetriesError(
    `max retries: the key ${JSON.stringify(key)} failed ${tries} times, ${delayMs} ms apart; the last time: ${cause.message}`,
    { cause },
  );
}
