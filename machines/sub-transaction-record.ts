/**
 * What the controller keeps of one sub-transaction, and how each event changes it.
 *
 * The statechart beside it (sub-transaction.ts) says *when* a change happens; here is *what* changes, as
 * functions that return the fields to set. All of it is plain JSON: state and record together are a row
 * of the store, and a row is all that an actor needs to go on.
 *
 *   attempt     sentAt ──▶ receivedAt ──▶ startedAt ──▶ lastPulseAt … ──▶ endedAt (of the sub-transaction)
 *   budgets     retries (it failed)   losses (it was lost)   deaths (an agent died holding it)
 *   guard       held: the last attempt's end is not confirmed, nothing is given out before heldUntil
 */
import { delayBeforeRetry, type FailureCause, type RetryPolicy } from './retry.ts';

/** The states of a sub-transaction. */
export type SubTransactionState =
  | 'queued'
  | 'sent'
  | 'received'
  | 'inProgress'
  | 'idle'
  | 'waiting'
  | 'parked'
  | 'cancelling'
  | 'done'
  | 'failed'
  | 'cancelled';

/** The states that never change any more. */
export const TERMINAL: readonly SubTransactionState[] = ['done', 'failed', 'cancelled'];

/** How often it is tried, and when it counts as idle. */
export interface SubTransactionPolicy extends RetryPolicy {
  /** Milliseconds without a pulse after which it is idle and asked again. */
  readonly idleMs: number;
}

/** Why it is where it is. `idle` to `parked`: of the last attempt; the rest: of the sub-transaction's end. */
export type SubTransactionCause =
  | FailureCause
  | 'idle'
  | 'lost'
  | 'poison'
  | 'killed'
  | 'neverStarted'
  | 'late'
  | 'accepted'
  | 'givenUp'
  | 'noAgent'
  | 'cancelled';

/** Instants in ms on the controller's clock. */
export interface SubTransactionContext {
  /** Journal position at which it was accepted; (birth, attempt) is the fence. */
  readonly birth: number;
  readonly policy: SubTransactionPolicy;
  /** Number of the present or last attempt; 0 before the first hand-out. */
  readonly attempt: number;
  /** Who has the present or last attempt, and in which boot. */
  readonly agent: string | null;
  readonly boot: number | null;
  readonly retries: number;
  readonly losses: number;
  readonly deaths: number;
  /** The attempt of the last death: a death that is told twice counts once. */
  readonly deathOf: number | null;
  readonly sentAt: number | null;
  readonly receivedAt: number | null;
  readonly startedAt: number | null;
  readonly lastPulseAt: number | null;
  readonly endedAt: number | null;
  /** When to send it `timeout`; null: never. */
  readonly deadlineAt: number | null;
  /** The end of the last attempt is not confirmed: nothing is given out until then. */
  readonly held: boolean;
  /** End of the guard as far as known; null when not held. */
  readonly heldUntil: number | null;
  /** Questions sent for this attempt. */
  readonly asks: number;
  readonly cause: SubTransactionCause | null;
}

/** What a sub-transaction begins with. */
export interface SubTransactionInput {
  readonly birth: number;
  readonly policy: SubTransactionPolicy;
  readonly at: number;
}

interface At {
  readonly at: number;
}

/** What names the attempt it is about; those about another one than the current change nothing. */
interface OfAttempt extends At {
  readonly attempt: number;
}

/** `by` says who asked for it; it goes into history. */
interface ByPerson extends At {
  readonly by: string;
}

/** What happens to a sub-transaction. `at`: instant in ms on the controller's clock. */
export type SubTransactionEvent =
  | ({ readonly type: 'assign'; readonly agent: string; readonly boot: number } & At)
  | ({ readonly type: 'received' } & OfAttempt)
  | ({ readonly type: 'inProgress' } & OfAttempt)
  | ({ readonly type: 'done' } & OfAttempt)
  | ({ readonly type: 'failed'; readonly cause: FailureCause } & OfAttempt)
  /** Killed for another reason than a cancel: the lease ended, or a verdict. */
  | ({ readonly type: 'killed' } & OfAttempt)
  | ({ readonly type: 'neverStarted' } & OfAttempt)
  /** `death`: the agent died while it ran. `releaseAt`: the guard's end; null when the end is confirmed. */
  | ({
      readonly type: 'lost';
      readonly death: boolean;
      readonly releaseAt: number | null;
    } & OfAttempt)
  /** The guard is over, or the end is confirmed by other means. */
  | ({ readonly type: 'release' } & At)
  /** The guard begins anew (a new term), or the agent still reports it as running. */
  | ({ readonly type: 'hold'; readonly until: number } & At)
  | ({ readonly type: 'timeout' } & At)
  /** Its process class has no agents, or none for longer than work of it may wait. */
  | ({ readonly type: 'unplaced' } & At)
  /** The sweep asks again. */
  | ({ readonly type: 'ask' } & At)
  | ({ readonly type: 'cancel' } & ByPerson)
  | ({ readonly type: 'retry' } & ByPerson)
  | ({ readonly type: 'accept' } & ByPerson)
  | ({ readonly type: 'giveUp' } & ByPerson);

/** The event of that type, or of one of those types. */
export type EventOf<T extends SubTransactionEvent['type']> = Extract<
  SubTransactionEvent,
  { type: T }
>;

type Change = Partial<SubTransactionContext>;

const released = { held: false, heldUntil: null } as const;

export function beginning({ birth, policy }: SubTransactionInput): SubTransactionContext {
  return {
    birth,
    policy,
    attempt: 0,
    agent: null,
    boot: null,
    retries: 0,
    losses: 0,
    deaths: 0,
    deathOf: null,
    sentAt: null,
    receivedAt: null,
    startedAt: null,
    lastPulseAt: null,
    endedAt: null,
    deadlineAt: null,
    ...released,
    asks: 0,
    cause: null,
  };
}

export function handOut(was: SubTransactionContext, event: EventOf<'assign'>): Change {
  return {
    attempt: was.attempt + 1,
    agent: event.agent,
    boot: event.boot,
    sentAt: event.at,
    receivedAt: null,
    startedAt: null,
    lastPulseAt: null,
    deadlineAt: event.at + was.policy.idleMs,
    ...released,
    asks: 0,
    cause: null,
  };
}

/** A pulse renews the deadline and fills in what it implies: what is in progress was received. */
export function notePulse(
  was: SubTransactionContext,
  event: EventOf<'received' | 'inProgress'>,
): Change {
  return {
    receivedAt: was.receivedAt ?? event.at,
    startedAt: event.type === 'inProgress' ? (was.startedAt ?? event.at) : was.startedAt,
    lastPulseAt: event.at,
    deadlineAt: event.at + was.policy.idleMs,
    cause: null,
  };
}

/** The task failed and is tried again after a delay. */
export function waitAfterFailure(was: SubTransactionContext, event: EventOf<'failed'>): Change {
  const retries = was.retries + 1;
  return {
    retries,
    deadlineAt: event.at + delayBeforeRetry(was.policy, retries, was),
    ...released,
    cause: event.cause,
  };
}

/** How often an agent has died holding it, counting this end. */
export function deathsAfter(was: SubTransactionContext, event: EventOf<'lost' | 'killed'>): number {
  return was.deaths + (isDeath(event) ? 1 : 0);
}

const isDeath = (event: EventOf<'lost' | 'killed'>) => event.type === 'lost' && event.death;

/** The deaths, counting this end. */
function deathsWith(was: SubTransactionContext, event: EventOf<'lost' | 'killed'>): Change {
  if (!isDeath(event)) return {};
  return { deaths: deathsAfter(was, event), deathOf: event.attempt };
}

/** The agent tells that it died of an attempt that was given up, for its silence, before. */
export function isLateDeath(was: SubTransactionContext, event: EventOf<'lost'>): boolean {
  const { death, releaseAt, attempt } = event;
  return death && releaseAt === null && was.cause === 'lost' && was.deathOf !== attempt;
}

/** The guard of an attempt that ended like this: running on after `lost`, over after `killed`. */
function guardAfter(event: EventOf<'lost' | 'killed'>): Change {
  const heldUntil = event.type === 'lost' ? event.releaseAt : null;
  return { held: heldUntil !== null, heldUntil };
}

/** The attempt is gone and the work is given out again, once the guard is over. */
export function waitAfterLoss(
  was: SubTransactionContext,
  event: EventOf<'lost' | 'killed'>,
): Change {
  const releaseAt = event.type === 'lost' ? event.releaseAt : null;
  return {
    losses: was.losses + 1,
    ...deathsWith(was, event),
    deadlineAt: Math.max(event.at, releaseAt ?? event.at),
    ...guardAfter(event),
    cause: event.type,
  };
}

/** The attempt is gone and a person decides. */
export function park(
  was: SubTransactionContext,
  event: EventOf<'lost' | 'killed'>,
  poison: boolean,
): Change {
  return {
    ...deathsWith(was, event),
    deadlineAt: null,
    ...guardAfter(event),
    cause: poison ? 'poison' : event.type,
  };
}

/** A person decides on a step of it. */
export function parkUndecided(): Change {
  return { deadlineAt: null, ...released, cause: 'onceUnknown' };
}

/** It never ran: no budget is spent and no guard is needed. */
export function waitUnstarted(event: EventOf<'neverStarted'>): Change {
  return { deadlineAt: event.at, ...released, cause: 'neverStarted' };
}

/** The agent tells what was held against its silence: the guard is over, and a death is counted. */
export function confirmLoss(was: SubTransactionContext, event: EventOf<'lost'>): Change {
  return {
    ...(isLateDeath(was, event) ? deathsWith(was, event) : {}),
    ...release(was, event.at),
  };
}

/** The end is confirmed: what waits may go on at once, what is parked stays. */
export function release(was: SubTransactionContext, at: number): Change {
  return { ...released, deadlineAt: was.deadlineAt === null ? null : at };
}

export function hold(was: SubTransactionContext, event: EventOf<'hold'>): Change {
  return {
    held: true,
    heldUntil: Math.max(was.heldUntil ?? event.until, event.until),
    deadlineAt: was.deadlineAt === null ? null : Math.max(was.deadlineAt, event.until),
  };
}

/** An operator's retry: all budgets begin anew; a guard that still runs is waited for. */
export function retryAnew(was: SubTransactionContext): Change {
  return { retries: 0, losses: 0, deaths: 0, deadlineAt: was.heldUntil };
}

export function end(event: SubTransactionEvent): Change {
  return { endedAt: event.at, deadlineAt: null, ...released };
}
