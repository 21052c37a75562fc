/**
 * An agent's right to keep running tasks, from one controller.
 *
 *   stamp        + 2 × period (20 s)            + timeout (60 s)
 *   │    held    │            late              │  expired*
 *   └────────────┴──────────────────────────────┘
 *        ▲               │
 *        └── newer echo ─┘
 *
 * It runs from the *sending* of the newest beat that the controller has echoed (`stamp`, R11); the
 * controller counts from its receipt, so the agent always stops first. An echo never shortens a lease
 * under the same timing, renews nothing when it is older than the timeout, and cannot bring back a lease
 * that is over: the boot ends with it (R1).
 *
 * Effects (empty here, given by `provide`): beatFaster, endBoot (kills at once, before any record, R8).
 */
import { assertEvent, assign, setup } from 'xstate';
import { lateAfterMs, type Timing } from './timing.ts';

/** Instants in ms on the agent's clock. */
export interface LeaseContext {
  /** When the newest echoed beat was sent. */
  readonly stamp: number;
  readonly timing: Timing;
  /** When to send it `timeout`; null: never. */
  readonly deadlineAt: number | null;
}

/** What a lease begins with. */
export interface LeaseInput {
  readonly stamp: number;
  readonly timing: Timing;
  readonly at: number;
}

/** What happens to a lease. `at`: instant in ms on the agent's clock. */
export type LeaseEvent =
  /** The controller has echoed the beat sent at `stamp`, under `timing`. */
  | { readonly type: 'echo'; readonly at: number; readonly stamp: number; readonly timing: Timing }
  | { readonly type: 'timeout'; readonly at: number };

/** The states of a lease. */
export type LeaseState = 'held' | 'late' | 'expired';

interface Given {
  context: LeaseContext;
  event: LeaseEvent;
}

/** Of an echo's timing and the one held, the one with the higher version. */
function newerTiming({ context, event }: Given): Timing {
  if (event.type !== 'echo' || event.timing.version < context.timing.version) return context.timing;
  return event.timing;
}

function renews({ context, event }: Given): boolean {
  assertEvent(event, 'echo');
  const isOver = event.at >= context.stamp + context.timing.timeoutMs;
  const isFresh = event.at - event.stamp < newerTiming({ context, event }).timeoutMs;
  return !isOver && event.stamp > context.stamp && isFresh;
}

const base = setup({
  types: { context: {} as LeaseContext, events: {} as LeaseEvent, input: {} as LeaseInput },
  guards: {
    renewsInTime: (given) => {
      assertEvent(given.event, 'echo');
      return renews(given) && given.event.at < given.event.stamp + lateAfterMs(newerTiming(given));
    },
    renews,
    isDue: ({ context, event }) => context.deadlineAt !== null && event.at >= context.deadlineAt,
    isOver: ({ context, event }) => event.at >= context.stamp + context.timing.timeoutMs,
  },
  actions: {
    renew: assign(({ context, event }) => {
      assertEvent(event, 'echo');
      return { stamp: event.stamp, timing: newerTiming({ context, event }) };
    }),
    armLate: assign(({ context }) => ({ deadlineAt: context.stamp + lateAfterMs(context.timing) })),
    armEnd: assign(({ context }) => ({ deadlineAt: context.stamp + context.timing.timeoutMs })),
    disarm: assign({ deadlineAt: null }),
    beatFaster: () => {},
    endBoot: () => {},
  },
});

/** An agent's right to keep running tasks. */
export const lease = base.createMachine({
  id: 'lease',
  initial: 'held',
  context: ({ input: { stamp, timing } }) => ({ stamp, timing, deadlineAt: null }),
  states: {
    held: {
      description: 'Echoed within two periods (20 s): tasks run and start.',
      entry: 'armLate',
      on: {
        echo: [
          {
            guard: 'renewsInTime',
            actions: ['renew', 'armLate'],
            description: 'A newer beat is echoed: the lease runs from its sending.',
          },
          {
            guard: 'renews',
            target: 'late',
            actions: 'renew',
            description: 'A newer beat is echoed, but it was sent two periods (20 s) ago or more.',
          },
        ],
        timeout: [
          {
            guard: 'isOver',
            target: 'expired',
            description: 'At the timeout (60 s) after the sending of the newest echoed beat.',
          },
          {
            guard: 'isDue',
            target: 'late',
            description: 'After two periods (20 s): two beats are unanswered.',
          },
        ],
      },
    },
    late: {
      description: 'Two beats unanswered: the agent beats every second.',
      entry: ['armEnd', 'beatFaster'],
      on: {
        echo: [
          {
            guard: 'renewsInTime',
            target: 'held',
            actions: 'renew',
            description: 'A newer beat is echoed: the lease is held again.',
          },
          {
            guard: 'renews',
            actions: ['renew', 'armEnd'],
            description: 'A newer beat is echoed, but it was sent two periods (20 s) ago or more.',
          },
        ],
        timeout: {
          guard: 'isOver',
          target: 'expired',
          description: 'At the timeout (60 s) after the sending of the newest echoed beat.',
        },
      },
    },
    expired: {
      type: 'final',
      description: 'The boot is over: all its tasks are killed at once.',
      entry: ['disarm', 'endBoot'],
    },
  },
});
