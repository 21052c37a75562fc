/**
 * The life of a controller: one term.
 *
 *   recovering ──recovered──▶ active ──drain──▶ draining ── settled, or withinMs over ──▶ stopped*
 *       │                        │   handOver ──▶ │  ▲                                      ▲
 *       │                        │                └──┘ handOver                            │
 *       └────────────────────────┴───── stop ─────┴────────────────────────────────────────┘
 *
 * Nothing is given out and no beat is echoed before `active`; nothing is given out from `draining` on, while
 * what is handed in is recorded and waits for the next term. A drain alone has no end: `handOver` gives it one.
 *
 * Effects (empty here, given by `provide`): activate, stopGivingOut, letGo.
 */
import { assertEvent, assign, setup } from 'xstate';

/** Instants in ms on the controller's clock. */
export interface ControllerContext {
  readonly startedAt: number;
  readonly activeAt: number | null;
  readonly endedAt: number | null;
  /** When to send it `timeout`: the end of the handover; null: never. */
  readonly deadlineAt: number | null;
}

/** What a term begins with. */
export interface ControllerInput {
  readonly at: number;
}

/** What happens to a controller. `at`: instant in ms on its clock. */
export type ControllerEvent =
  /** The journal has been read and the actors in flight made. */
  | { readonly type: 'recovered'; readonly at: number }
  /** Give nothing out any more. */
  | { readonly type: 'drain'; readonly at: number }
  /** Stop when agents have answered what they were asked, or after `withinMs`. */
  | { readonly type: 'handOver'; readonly at: number; readonly withinMs: number }
  /** Agents have answered. */
  | { readonly type: 'settled'; readonly at: number }
  | { readonly type: 'timeout'; readonly at: number }
  | { readonly type: 'stop'; readonly at: number };

/** The states of a controller. */
export type ControllerState = 'recovering' | 'active' | 'draining' | 'stopped';

const base = setup({
  types: {
    context: {} as ControllerContext,
    events: {} as ControllerEvent,
    input: {} as ControllerInput,
  },
  guards: {
    isDue: ({ context, event }) => context.deadlineAt !== null && event.at >= context.deadlineAt,
    isHandingOver: ({ context }) => context.deadlineAt !== null,
  },
  actions: {
    noteActive: assign(({ event }) => ({ activeAt: event.at })),
    armEnd: assign(({ event }) => {
      assertEvent(event, 'handOver');
      return { deadlineAt: event.at + event.withinMs };
    }),
    end: assign(({ event }) => ({ endedAt: event.at, deadlineAt: null })),
    activate: () => {},
    stopGivingOut: () => {},
    letGo: () => {},
  },
});

const stops = { target: 'stopped', description: 'Stopped at once.' } as const;

const nothingToEnd = {
  target: 'stopped',
  description: 'This term has given nothing out: no need to wait.',
} as const;

/** One term of a controller. */
export const controller = base.createMachine({
  id: 'controller',
  initial: 'recovering',
  context: ({ input }) => ({
    startedAt: input.at,
    activeAt: null,
    endedAt: null,
    deadlineAt: null,
  }),
  states: {
    recovering: {
      description: 'Reads the journal and takes the next term; answers nobody.',
      on: {
        recovered: {
          target: 'active',
          actions: 'noteActive',
          description: 'All that was in flight is known again.',
        },
        drain: nothingToEnd,
        handOver: nothingToEnd,
        stop: stops,
      },
    },
    active: {
      description: 'Gives out work and echoes beats.',
      entry: 'activate',
      on: {
        drain: { target: 'draining', description: 'Nothing is given out any more.' },
        handOver: {
          target: 'draining',
          actions: 'armEnd',
          description: 'Nothing is given out any more; agents have withinMs to answer.',
        },
        stop: stops,
      },
    },
    draining: {
      description: 'Gives nothing out; records what is handed in, and how what is out there ends.',
      entry: 'stopGivingOut',
      on: {
        handOver: { actions: 'armEnd', description: 'Agents have withinMs to answer.' },
        settled: {
          guard: 'isHandingOver',
          target: 'stopped',
          description: 'Agents have answered what they were asked.',
        },
        timeout: { guard: 'isDue', target: 'stopped', description: 'After withinMs.' },
        stop: stops,
      },
    },
    stopped: { type: 'final', description: 'The term is over.', entry: ['end', 'letGo'] },
  },
});
