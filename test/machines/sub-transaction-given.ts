/** What the tests of a sub-transaction share: policies, events and an actor that was handed out once. */
import { expect } from 'vitest';
import {
  subTransaction,
  TERMINAL,
  type SubTransactionContext,
  type SubTransactionEvent,
  type SubTransactionPolicy,
  type SubTransactionState,
} from '../../machines/sub-transaction.ts';
import { observe } from './observe.ts';

export const policy: SubTransactionPolicy = {
  maxRetries: 1,
  delaysMs: [500],
  onUnknown: 'retry',
  maxLosses: 3,
  idleMs: 120_000,
};
export const parking: SubTransactionPolicy = { ...policy, onUnknown: 'park', maxRetries: 0 };

export const at = 1_000;
export const until = 63_000;
export const by = 'ann';

export function ofAttempt(attempt: number): SubTransactionEvent[] {
  return [
    { type: 'received', attempt, at },
    { type: 'inProgress', attempt, at },
    { type: 'done', attempt, at },
    { type: 'failed', attempt, cause: 'error', at },
    { type: 'failed', attempt, cause: 'refused', at },
    { type: 'failed', attempt, cause: 'onceUnknown', at },
    { type: 'killed', attempt, at },
    { type: 'neverStarted', attempt, at },
    { type: 'lost', attempt, death: true, releaseAt: null, at },
    { type: 'lost', attempt, death: false, releaseAt: until, at },
    { type: 'lost', attempt, death: false, releaseAt: null, at },
  ];
}

export function events({ context }: { context: SubTransactionContext }): SubTransactionEvent[] {
  return [
    { type: 'assign', agent: 'a1', boot: 1, at },
    ...ofAttempt(context.attempt),
    { type: 'release', at },
    { type: 'hold', until, at },
    { type: 'timeout', at: context.deadlineAt ?? at },
    { type: 'unplaced', at },
    { type: 'ask', at },
    { type: 'cancel', by, at },
    { type: 'retry', by, at },
    { type: 'accept', by, at },
    { type: 'giveUp', by, at },
  ];
}

const ARMED: readonly SubTransactionState[] = ['sent', 'received', 'inProgress', 'waiting'];

export function keepsItsRules(snapshot: {
  value: SubTransactionState;
  context: SubTransactionContext;
}) {
  const { value, context } = snapshot;
  expect(context.heldUntil !== null).toBe(context.held);
  if (context.held) expect(['waiting', 'parked']).toContain(value);
  expect(context.deadlineAt !== null, value).toBe(ARMED.includes(value));
  expect(context.endedAt !== null).toBe(TERMINAL.includes(value));
  expect(context.retries).toBeLessThanOrEqual(context.policy.maxRetries);
  expect(context.losses).toBeLessThanOrEqual(context.policy.maxLosses);
}

/** Handed out once, then the given events. */
export function given(by: SubTransactionPolicy, ...then: SubTransactionEvent[]) {
  const observed = observe(subTransaction, { birth: 7, policy: by, at: 0 });
  observed.send({ type: 'assign', agent: 'a1', boot: 3, at: 0 });
  then.forEach((event) => observed.send(event));
  return observed;
}

export const attempt = 1;
export const received = { type: 'received', attempt, at } as const;
export const inProgress = { type: 'inProgress', attempt, at } as const;
export const done = { type: 'done', attempt, at } as const;
export const error = { type: 'failed', attempt, cause: 'error', at } as const;
export const killed = { type: 'killed', attempt, at } as const;
export const neverStarted = { type: 'neverStarted', attempt, at } as const;
export const lost = { type: 'lost', attempt, death: false, releaseAt: until, at } as const;
export const death = { type: 'lost', attempt, death: true, releaseAt: null, at } as const;
export const cancel = { type: 'cancel', by, at } as const;
export const retry = { type: 'retry', by, at } as const;
