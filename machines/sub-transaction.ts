/**
 * One sub-transaction, as the controller tracks it from its acceptance to its end.
 *
 *   queued ─assign▶ sent ─▶ received ─▶ inProgress ─▶ done*
 *     ▲              │          │           │    └──▶ failed*
 *     │              └────┬─────┴───────────┘
 *     │                   ├─ idleMs (120 s) without a pulse ─▶ idle ─ a pulse ─▶ received, inProgress
 *     │                   ├─ failed, lost, killed, neverStarted ─▶ waiting or parked
 *     │                   └─ cancel ─▶ cancelling ─ its end ─▶ cancelled* (or done*)
 *     ├── timeout ── waiting ◀── budget left            queued ─ hold ─▶ waiting: it still runs somewhere
 *     └── retry ──── parked  ◀── outcome unknown, or poison       accept ─▶ done*   giveUp ─▶ failed*
 *                                                     queued ─ no agent for too long ─▶ failed*
 *                                                     waiting, queued ─ a second death ─▶ parked
 *
 * An event that names an attempt counts only for the current one. A `done` of the current attempt is
 * accepted until the next one is handed out, marked late (R17). Nothing is given out while `held`: the
 * last attempt may still run. A cancel is a state, so that loss and restart cannot forget it (R15). Work is
 * given up on silence; that its agent died is told later, and counts until the next attempt is handed out.
 *
 * Effects (empty here, given by `provide`): askAgent, killAttempt, putInQueue, settle.
 */
import { assertEvent, assign, setup } from 'xstate';
import { guards } from './sub-transaction-guards.ts';
import {
  beginning,
  confirmLoss,
  end,
  handOut,
  hold,
  notePulse,
  park,
  parkUndecided,
  release,
  retryAnew,
  waitAfterFailure,
  waitAfterLoss,
  waitUnstarted,
  type SubTransactionContext,
  type SubTransactionEvent,
  type SubTransactionInput,
} from './sub-transaction-record.ts';

export {
  TERMINAL,
  type SubTransactionCause,
  type SubTransactionContext,
  type SubTransactionEvent,
  type SubTransactionInput,
  type SubTransactionPolicy,
  type SubTransactionState,
} from './sub-transaction-record.ts';

const base = setup({
  types: {
    context: {} as SubTransactionContext,
    events: {} as SubTransactionEvent,
    input: {} as SubTransactionInput,
  },
  guards,
  actions: {
    handOut: assign(({ context, event }) => {
      assertEvent(event, 'assign');
      return handOut(context, event);
    }),
    notePulse: assign(({ context, event }) => {
      assertEvent(event, ['received', 'inProgress']);
      return notePulse(context, event);
    }),
    noteLastPulse: assign(({ event }) => ({ lastPulseAt: event.at })),
    fallIdle: assign({ deadlineAt: null, cause: 'idle' }),
    countQuestion: assign(({ context }) => ({ asks: context.asks + 1 })),
    waitAfterFailure: assign(({ context, event }) => {
      assertEvent(event, 'failed');
      return waitAfterFailure(context, event);
    }),
    nameFailure: assign(({ event }) => {
      assertEvent(event, 'failed');
      return { cause: event.cause };
    }),
    waitAfterLoss: assign(({ context, event }) => {
      assertEvent(event, ['lost', 'killed']);
      return waitAfterLoss(context, event);
    }),
    parkLost: assign(({ context, event }) => {
      assertEvent(event, ['lost', 'killed']);
      return park(context, event, false);
    }),
    parkPoison: assign(({ context, event }) => {
      assertEvent(event, ['lost', 'killed']);
      return park(context, event, true);
    }),
    parkUndecided: assign(parkUndecided),
    waitUnstarted: assign(({ event }) => {
      assertEvent(event, 'neverStarted');
      return waitUnstarted(event);
    }),
    confirmLoss: assign(({ context, event }) => {
      assertEvent(event, 'lost');
      return confirmLoss(context, event);
    }),
    releaseHold: assign(({ context, event }) => release(context, event.at)),
    holdBack: assign(({ event }) => {
      assertEvent(event, 'hold');
      return { held: true, heldUntil: event.until, deadlineAt: event.until };
    }),
    holdOn: assign(({ context, event }) => {
      assertEvent(event, 'hold');
      return hold(context, event);
    }),
    disarm: assign({ deadlineAt: null }),
    leaveWaiting: assign({ deadlineAt: null, held: false, heldUntil: null }),
    retryAnew: assign(({ context }) => retryAnew(context)),
    nameLate: assign({ cause: 'late' }),
    nameCancelled: assign({ cause: 'cancelled' }),
    nameAccepted: assign({ cause: 'accepted' }),
    nameGivenUp: assign({ cause: 'givenUp' }),
    nameUnplaced: assign({ cause: 'noAgent' }),
    nameDone: assign({ cause: null }),
    end: assign(({ event }) => end(event)),
    askAgent: () => {},
    killAttempt: () => {},
    putInQueue: () => {},
    settle: () => {},
  },
});

const doneInTime = {
  guard: 'isCurrent',
  target: 'done',
  actions: 'nameDone',
  description: 'The agent reports the result of the current attempt.',
} as const;

const doneLate = {
  guard: 'isCurrent',
  target: 'done',
  actions: 'nameLate',
  description: 'The result of the last attempt arrives before the next one is handed out (R17).',
} as const;

const afterFailure = [
  {
    guard: 'isUndecided',
    target: 'parked',
    actions: 'parkUndecided',
    description: 'A step that is done once may have been done: a person decides.',
  },
  {
    guard: 'mayTryAgain',
    target: 'waiting',
    actions: 'waitAfterFailure',
    description: 'It failed and may be tried again, after the delay of its policy.',
  },
  {
    guard: 'isCurrent',
    target: 'failed',
    actions: 'nameFailure',
    description: 'It failed and no retry is left, or it refused the work.',
  },
] as const;

const afterLoss = [
  {
    guard: 'isPoisonNow',
    target: 'parked',
    actions: 'parkPoison',
    description: 'Two agents died while they held it: a person decides.',
  },
  {
    guard: 'mayBeLostAgain',
    target: 'waiting',
    actions: 'waitAfterLoss',
    description: 'The attempt is gone; the work is given out again when the guard is over.',
  },
  {
    guard: 'isCurrent',
    target: 'parked',
    actions: 'parkLost',
    description: 'The attempt is gone and may not be run again unasked: a person decides.',
  },
] as const;

const inFlight = {
  done: doneInTime,
  failed: afterFailure,
  killed: afterLoss,
  lost: afterLoss,
  neverStarted: {
    guard: 'isCurrent',
    target: 'waiting',
    actions: 'waitUnstarted',
    description: 'It never ran: given out again at once, no budget is spent.',
  },
  cancel: {
    target: 'cancelling',
    actions: ['disarm', 'killAttempt'],
    description: 'The agent is told to kill it.',
  },
} as const;

const fallsIdle = {
  guard: 'isDue',
  target: 'idle',
  actions: 'fallIdle',
  description: 'After idleMs (120 s by default) without a pulse.',
} as const;

const startsRunning = {
  guard: 'isCurrent',
  target: 'inProgress',
  actions: 'notePulse',
  description: 'The agent says that it runs.',
} as const;

const renews = {
  guard: 'isCurrent',
  actions: 'notePulse',
  description: 'A pulse: idleMs (120 s by default) begin anew.',
} as const;

const endIsConfirmed = {
  guard: 'endIsOpen',
  actions: 'releaseHold',
  description: 'The end of the last attempt is confirmed: the guard is over.',
} as const;

/** The agent comes back after it was given up, and tells what became of the attempt. */
const lossIsConfirmed = [
  {
    guard: 'isPoisonAfterAll',
    target: 'parked',
    actions: 'parkPoison',
    description: 'It was a death, told late, and the second one: a person decides.',
  },
  {
    guard: 'lossIsConfirmed',
    actions: 'confirmLoss',
    description: 'The loss is confirmed: the guard is over, and a death is counted.',
  },
] as const;

const guardIsOver = {
  guard: 'isHeld',
  actions: 'releaseHold',
  description: 'The last attempt is surely over: nothing holds the next one back.',
} as const;

const guardBegins = {
  actions: 'holdOn',
  description: 'The last attempt may still run: the guard begins (anew).',
} as const;

const cancelAtOnce = {
  target: 'cancelled',
  actions: 'nameCancelled',
  description: 'Nothing is given out any more; what may still run is killed by the verdict.',
} as const;

const cancelConfirmed = {
  guard: 'isCurrent',
  target: 'cancelled',
  actions: 'nameCancelled',
  description: 'The attempt has ended, or is gone, without a result.',
} as const;

const stillAlive = {
  guard: 'isCurrent',
  actions: 'noteLastPulse',
  description: 'It still runs: the kill is on its way.',
} as const;

/** One unit of work, from its acceptance to its end. */
export const subTransaction = base.createMachine({
  id: 'subTransaction',
  initial: 'queued',
  context: ({ input }) => beginning(input),
  states: {
    queued: {
      description: 'Waits for an agent with a free slot.',
      on: {
        assign: { target: 'sent', actions: 'handOut', description: 'An agent gets it.' },
        done: doneLate,
        lost: lossIsConfirmed,
        hold: {
          guard: 'wasGivenOut',
          target: 'waiting',
          actions: 'holdBack',
          description: 'An agent still runs its last attempt: evidence beats clocks (C10).',
        },
        unplaced: {
          target: 'failed',
          actions: 'nameUnplaced',
          description: 'Its process class has no agent for it, and it may wait no longer.',
        },
        cancel: cancelAtOnce,
      },
    },
    sent: {
      description: 'Handed out; the agent has not said a word about it yet.',
      on: {
        ...inFlight,
        received: { ...renews, target: 'received', description: 'The agent has it.' },
        inProgress: startsRunning,
        timeout: fallsIdle,
        ask: { actions: ['countQuestion', 'askAgent'], description: 'Asked again: same fence.' },
      },
    },
    received: {
      description: 'The agent has it; it waits for a slot or has just begun.',
      on: { ...inFlight, received: renews, inProgress: startsRunning, timeout: fallsIdle },
    },
    inProgress: {
      description: 'It runs; a pulse comes every 10 s by default.',
      on: { ...inFlight, received: renews, inProgress: renews, timeout: fallsIdle },
    },
    idle: {
      description: 'No pulse for idleMs (120 s by default): every sweep asks again.',
      on: {
        ...inFlight,
        received: [
          { ...startsRunning, guard: 'wasStarted', description: 'It speaks again and runs.' },
          { ...renews, target: 'received', description: 'It speaks again and has not started.' },
        ],
        inProgress: startsRunning,
        ask: { actions: ['countQuestion', 'askAgent'], description: 'Asked again: same fence.' },
      },
    },
    waiting: {
      description: 'Waits for its next attempt: a delay, or the guard of the last attempt.',
      on: {
        done: doneLate,
        failed: endIsConfirmed,
        killed: endIsConfirmed,
        lost: lossIsConfirmed,
        neverStarted: endIsConfirmed,
        release: guardIsOver,
        hold: guardBegins,
        timeout: {
          guard: 'isDue',
          target: 'queued',
          actions: ['leaveWaiting', 'putInQueue'],
          description: 'The delay, or the guard (62 s after the last word), is over.',
        },
        cancel: cancelAtOnce,
      },
    },
    parked: {
      description: 'A person decides: its outcome is unknown, or it is poison.',
      on: {
        done: doneLate,
        failed: afterFailure,
        killed: endIsConfirmed,
        lost: lossIsConfirmed,
        neverStarted: [{ ...inFlight.neverStarted, guard: 'wasLost' }, endIsConfirmed],
        release: guardIsOver,
        hold: guardBegins,
        retry: [
          {
            guard: 'isHeld',
            target: 'waiting',
            actions: 'retryAnew',
            description: 'Tried again, with fresh budgets, when the guard is over.',
          },
          {
            target: 'queued',
            actions: ['retryAnew', 'putInQueue'],
            description: 'Tried again at once, with fresh budgets.',
          },
        ],
        accept: { target: 'done', actions: 'nameAccepted', description: 'A person says: done.' },
        giveUp: { target: 'failed', actions: 'nameGivenUp', description: 'A person gives it up.' },
        cancel: cancelAtOnce,
      },
    },
    cancelling: {
      description: 'The kill is asked of the agent, on every new link, until it has ended.',
      on: {
        done: { ...doneInTime, description: 'It was done before the kill came.' },
        failed: cancelConfirmed,
        killed: cancelConfirmed,
        neverStarted: cancelConfirmed,
        lost: cancelConfirmed,
        received: stillAlive,
        inProgress: stillAlive,
        ask: { actions: 'killAttempt', description: 'The kill is asked for again.' },
      },
    },
    done: { type: 'final', description: 'Has its result.', entry: ['end', 'settle'] },
    failed: { type: 'final', description: 'Ended without a result.', entry: ['end', 'settle'] },
    cancelled: { type: 'final', description: 'Cancelled.', entry: ['end', 'settle'] },
  },
});
