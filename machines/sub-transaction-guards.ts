/**
 * When a sub-transaction may change: the guards of its statechart (sub-transaction.ts).
 *
 * Each is a question about one event and the record as it is before that event. What concerns an attempt
 * asks first whether it is the current one, so that an older or unknown attempt never changes anything.
 */
import { assertEvent } from 'xstate';
import { isPoison, mayLose, mayRetry } from './retry.ts';
import {
  deathsAfter,
  isLateDeath,
  type SubTransactionContext,
  type SubTransactionEvent,
} from './sub-transaction-record.ts';

interface Given {
  context: SubTransactionContext;
  event: SubTransactionEvent;
}

/** True for the attempt that was given out last; never before the first. */
function isCurrent({ context, event }: Given): boolean {
  return 'attempt' in event && event.attempt === context.attempt && context.attempt > 0;
}

export const guards = {
  isCurrent,
  isDue: ({ context, event }: Given) =>
    context.deadlineAt !== null && event.at >= context.deadlineAt,
  isHeld: ({ context }: Given) => context.held,
  wasGivenOut: ({ context }: Given) => context.attempt > 0,
  wasStarted: (given: Given) => isCurrent(given) && given.context.startedAt !== null,
  wasLost: (given: Given) => isCurrent(given) && given.context.cause === 'lost',
  isUndecided: (given: Given) => {
    assertEvent(given.event, 'failed');
    return isCurrent(given) && given.event.cause === 'onceUnknown';
  },
  mayTryAgain: (given: Given) => {
    assertEvent(given.event, 'failed');
    const { policy, retries } = given.context;
    return isCurrent(given) && mayRetry(policy, retries, given.event.cause);
  },
  isPoisonNow: (given: Given) => {
    assertEvent(given.event, ['lost', 'killed']);
    return isCurrent(given) && isPoison(deathsAfter(given.context, given.event));
  },
  mayBeLostAgain: (given: Given) =>
    isCurrent(given) && mayLose(given.context.policy, given.context.losses),
  endIsOpen: (given: Given) => isCurrent(given) && given.context.held,
  isPoisonAfterAll: (given: Given) => {
    const { context, event } = given;
    assertEvent(event, 'lost');
    return isCurrent(given) && isLateDeath(context, event) && isPoison(deathsAfter(context, event));
  },
  lossIsConfirmed: (given: Given) => {
    const { context, event } = given;
    assertEvent(event, 'lost');
    const isNews = context.held || isLateDeath(context, event);
    return isCurrent(given) && event.releaseAt === null && isNews;
  },
};
