/**
 * How often work is given out again, and how long it waits before that.
 *
 * Two budgets: `maxRetries` for what the task itself said (it failed), `maxLosses` for what befell it
 * (agent or connection gone), the latter only where an unknown outcome may be run again. A task that
 * was running while two agents died is poison: it goes to a person, whatever is left of its budgets.
 *
 * Jitter comes from a hash of the fence, so that a replay needs no generator.
 */
import { InvalidSetting, LONGEST_MS } from './timing.ts';

/** How often and when the attempts of one sub-transaction are repeated. */
export interface RetryPolicy {
  /** Retries after the first failure; n means at most n + 1 failed attempts. */
  readonly maxRetries: number;
  /** Milliseconds before retry 1, 2, 3 …; the last one repeats. Empty: no delay. */
  readonly delaysMs: readonly number[];
  /** Moves each delay by up to this fraction, up or down. Absent: not at all. */
  readonly jitter?: number;
  /** What to do with an attempt whose outcome nobody knows: give it out again, or park it for a person. */
  readonly onUnknown: 'retry' | 'park';
  /** How many attempts may be lost before the work is parked; counts only where `onUnknown` is `retry`. */
  readonly maxLosses: number;
}

/** Names one attempt for ever: the birth of its sub-transaction and the attempt's number. */
export interface Fence {
  readonly birth: number;
  readonly attempt: number;
}

/**
 * What a task can say when it ends badly. `refused`: this work can never be done, so it is not tried again.
 * `onceUnknown`: nobody knows whether a step of it was done, which is not to be done twice.
 */
export type FailureCause = 'error' | 'timedOut' | 'refused' | 'onceUnknown';

/** Agents that may die while they hold the same work. */
const DEATHS_OF_POISON = 2;

/** Bounds that keep a row of the store small. */
const MOST_ATTEMPTS = 1_000_000;
const MOST_DELAYS = 100;

/** Whether work that failed `retries` times before may be tried again after this failure. */
export function mayRetry(policy: RetryPolicy, retries: number, cause: FailureCause): boolean {
  return cause !== 'refused' && retries < policy.maxRetries;
}

/** Whether work that was lost `losses` times before may be given out again after this loss. */
export function mayLose(policy: RetryPolicy, losses: number): boolean {
  return policy.onUnknown === 'retry' && losses < policy.maxLosses;
}

/** Whether work has ended too many agents, this one included. */
export function isPoison(deaths: number): boolean {
  return deaths >= DEATHS_OF_POISON;
}

/**
 * Milliseconds to wait before retry number `retry` (1, 2, 3 …): a whole number from 0 to 2^31 − 1.
 *
 * @param fence the attempt that failed; the same fence always gives the same jitter
 */
export function delayBeforeRetry(
  policy: Pick<RetryPolicy, 'delaysMs' | 'jitter'>,
  retry: number,
  fence: Fence,
): number {
  const delayMs = policy.delaysMs[Math.min(retry, policy.delaysMs.length) - 1] ?? 0;
  const shift = (policy.jitter ?? 0) * (2 * fractionOf(fence) - 1);
  return Math.min(LONGEST_MS, Math.round(delayMs * (1 + shift)));
}

/**
 * Returns `policy` when every number in it can be used.
 *
 * @throws {InvalidSetting} one sentence naming the number and its bounds
 */
export function checkPolicy<P extends RetryPolicy>(policy: P): P {
  checkCount(policy.maxRetries, 'number of retries (maxRetries)');
  checkCount(policy.maxLosses, 'number of losses (maxLosses)');
  if (policy.delaysMs.length > MOST_DELAYS) {
    throw new InvalidSetting(
      `A policy takes at most ${MOST_DELAYS} delays, not ${policy.delaysMs.length}: the last one repeats.`,
    );
  }
  policy.delaysMs.forEach((delayMs, index) => {
    if (!Number.isInteger(delayMs) || delayMs < 0 || delayMs > LONGEST_MS) {
      throw new InvalidSetting(
        `The delay before retry ${index + 1} must be a whole number of milliseconds from 0 to ` +
          `${LONGEST_MS}, not ${delayMs}.`,
      );
    }
  });
  const jitter = policy.jitter ?? 0;
  if (!(jitter >= 0 && jitter <= 1)) {
    throw new InvalidSetting(`The jitter must be a fraction from 0 to 1, not ${jitter}.`);
  }
  return policy;
}

function checkCount(count: number, what: string): void {
  if (Number.isInteger(count) && count >= 0 && count <= MOST_ATTEMPTS) return;
  throw new InvalidSetting(
    `The ${what} must be a whole number from 0 to ${MOST_ATTEMPTS}, not ${count}.`,
  );
}

/** A number from 0 to 1 (exclusive) that looks like chance but belongs to the fence (MurmurHash3's mixing). */
function fractionOf(fence: Fence): number {
  let hash = 0;
  for (const word of [fence.birth, Math.floor(fence.birth / 2 ** 32), fence.attempt]) {
    hash = mix(hash ^ word);
  }
  return (hash >>> 0) / 2 ** 32;
}

function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) + 0x9e3779b9;
}
