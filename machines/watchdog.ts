/**
 * Which sub-transactions a sweep asks again.
 *
 * A sweep walks what is tracked in order of deadline and stops at the first that is not due: its cost is
 * the number due, not the number tracked. Asked are those that were never received and those that fell
 * idle, and those being cancelled (their kill is asked for again), as long as their agent is connected; a
 * re-send is a question and starts nothing twice. What is due but cannot be asked stays where it is: the
 * return of its agent, or its loss, decides.
 */
import type { SubTransactionState } from './sub-transaction-record.ts';

/** A sub-transaction as the sweep sees it. */
export interface Tracked {
  readonly key: string;
  /** Since when it is overdue, or will be. */
  readonly deadlineAt: number;
  readonly state: SubTransactionState;
  readonly agentConnected: boolean;
}

/** What a sweep found. */
export interface Sweep {
  /** Keys to ask again, in order of deadline. */
  readonly ask: readonly string[];
  /** How many were due and looked at. */
  readonly due: number;
}

const ASKED: ReadonlySet<SubTransactionState> = new Set(['sent', 'idle', 'cancelling']);

/** In order of deadline, which of `tracked` are asked again. */
export function overdue(
  tracked: Iterable<Tracked>,
  options: {
    readonly at: number;
    /** Asks at most this many; the next sweep takes the rest. */
    readonly limit: number;
  },
): Sweep {
  const ask: string[] = [];
  let due = 0;
  if (options.limit <= 0) return { ask, due };
  for (const each of tracked) {
    if (each.deadlineAt > options.at) break;
    due += 1;
    if (isAsked(each)) ask.push(each.key);
    if (ask.length >= options.limit) break;
  }
  return { ask, due };
}

function isAsked(tracked: Tracked): boolean {
  return tracked.agentConnected && ASKED.has(tracked.state);
}
