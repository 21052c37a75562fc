/**
 * The life of a controller: one term.
 *
 *   recovering ──recovered──▶ active ──drain──▶ draining ── idle, or graceMs over ──▶ stopped*
 *       │                        │                  │                                  ▲
 *       └────────────────────────┴───── stop ───────┴──────────────────────────────────┘
 *
 * Nothing is given out and no beat is echoed before `active`; nothing is given out from `draining` on.
 *
 * Effects (empty here, given by `provide`): activate, stopGivingOut, letGo.
 */
import { assertEvent, assign, setup } from 'xstate';

/** Instants in ms on the controller's clock. */
export interface ControllerContext {
  readonly startedAt: number;
  readonly activeAt: number | null;
  readonly endedAt: number | null;
  /** When to send it `timeout`: the end of the drain's grace; null: never. */
  readonly deadlineAt: number | null;
}

export interface ControllerInput {
  readonly at: number;
}

export type ControllerEvent =
  /** The journal has been read and the actors in flight made. */
  | { readonly type: 'recovered'; readonly at: number }
  /** Finish what is in flight, for at most `graceMs`, then stop. */
  | { readonly type: 'drain'; readonly at: number; readonly graceMs: number }
  /** Nothing is in flight. */
  | { readonly type: 'idle'; readonly at: number }
  | { readonly type: 'timeout'; readonly at: number }
  | { readonly type: 'stop'; readonly at: number };

export type ControllerState = 'recovering' | 'active' | 'draining' | 'stopped';

const base = setup({
  types: {
    context: {} as ControllerContext,
    events: {} as ControllerEvent,
    input: {} as ControllerInput,
  },
  guards: {
    isDue: ({ context, event }) => context.deadlineAt !== null && event.at >= context.deadlineAt,
  },
  actions: {
    noteActive: assign(({ event }) => ({ activeAt: event.at })),
    grantGrace: assign(({ event }) => {
      assertEvent(event, 'drain');
      return { deadlineAt: event.at + event.graceMs };
    }),
    end: assign(({ event }) => ({ endedAt: event.at, deadlineAt: null })),
    activate: () => {},
    stopGivingOut: () => {},
    letGo: () => {},
  },
});

const stops = { target: 'stopped', description: 'Stopped at once.' } as const;

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
        drain: {
          target: 'stopped',
          description: 'This term has given nothing out: no need to wait.',
        },
        stop: stops,
      },
    },
    active: {
      description: 'Gives out work and echoes beats.',
      entry: 'activate',
      on: {
        drain: {
          target: 'draining',
          actions: 'grantGrace',
          description: 'What is in flight has graceMs to end.',
        },
        stop: stops,
      },
    },
    draining: {
      description: 'Gives nothing out; waits for what is in flight.',
      entry: 'stopGivingOut',
      on: {
        idle: { target: 'stopped', description: 'Nothing is in flight any more.' },
        timeout: { guard: 'isDue', target: 'stopped', description: 'After graceMs.' },
        stop: stops,
      },
    },
    stopped: { type: 'final', description: 'The term is over.', entry: ['end', 'letGo'] },
  },
});
