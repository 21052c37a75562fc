/**
 * A named run of many sub-transactions; a periodic one runs again and again.
 *
 *   starting ─ prepared ─▶ running ─ source ended, nothing remains ─▶ finishing ─ completed ─▶ finished*
 *    ▲   │                    │                                           │ └── periodic ─▶ resting
 *    │   └─ stop, abandon ────┴────▶ stopping ─ nothing remains ─▶ stopped* ◀── stop ────────┤
 *    │                                  └────── only the run was stopped ─▶ resting          │
 *    └──────────────────────────────── next tick (generation + 1) ───────────────────────────┘
 *
 * A hook may run in `starting` and in `finishing`, once per run. A tick that falls into a run is skipped and
 * counted; the run is left alone. When a tick has come the owner says when the next one is (`scheduled`).
 *
 * Effects (empty here, given by `provide`): prepare and complete (the hooks), cancelAll, begin, schedule,
 * release (of the job's name).
 */
import { and, assertEvent, assign, setup } from 'xstate';

/** Instants in ms on the controller's clock. */
export interface JobContext {
  readonly name: string;
  /** Number of the run, from the input on, one more with each tick that runs. */
  readonly generation: number;
  /** A tick follows; false: a single pass. */
  readonly periodic: boolean;
  /** No more sub-transactions will be added to this run. */
  readonly sourceEnded: boolean;
  /** Sub-transactions of this run that are neither terminal nor parked; where it is stopped, hooks as well. */
  readonly remaining: number;
  /** Ticks that fell into a run, or into a time without a controller, over all runs. */
  readonly skippedTicks: number;
  /** Only the run is being stopped: the job rests then, until its next tick. */
  readonly goesOn: boolean;
  /** When the present or last run was started. */
  readonly startedAt: number;
  /** When the last run was over; null while one is not. */
  readonly endedAt: number | null;
  /** When to send it `timeout`: the next tick; null: never. */
  readonly deadlineAt: number | null;
}

/** What a job begins with. */
export interface JobInput {
  readonly name: string;
  readonly generation: number;
  /** The first tick after this run's own; null: a single pass. */
  readonly nextAt: number | null;
  readonly at: number;
}

/** What happens to a job. `at`: instant in ms on the controller's clock. */
export type JobEvent =
  /** The hook before the first task is done, or there is none: tasks may be given out. */
  | { readonly type: 'prepared'; readonly at: number; readonly remaining: number }
  | { readonly type: 'progress'; readonly at: number; readonly remaining: number }
  | { readonly type: 'sourceEnded'; readonly at: number; readonly remaining: number }
  /** The completion hook has ended, well or badly, or nobody knows how, or there is none. */
  | { readonly type: 'completed'; readonly at: number }
  | { readonly type: 'stop'; readonly at: number; readonly by: string }
  /** This run cannot go on: its first hook has failed, or its source. */
  | { readonly type: 'abandon'; readonly at: number }
  | { readonly type: 'timeout'; readonly at: number }
  /** The next tick, null when there is none any more; `missed`: ticks that have passed unseen. */
  | {
      readonly type: 'scheduled';
      readonly at: number;
      readonly nextAt: number | null;
      readonly missed: number;
    }
  /** The command that feeds it came back after a crash and goes on adding. */
  | { readonly type: 'reopen'; readonly at: number };

/** The states of a job. */
export type JobState =
  'starting' | 'running' | 'finishing' | 'finished' | 'stopping' | 'stopped' | 'resting';

const base = setup({
  types: { context: {} as JobContext, events: {} as JobEvent, input: {} as JobInput },
  guards: {
    isDue: ({ context, event }) => context.deadlineAt !== null && event.at >= context.deadlineAt,
    nothingRemains: ({ event }) => {
      assertEvent(event, ['progress', 'sourceEnded', 'prepared']);
      return event.remaining === 0;
    },
    hasEnded: ({ context }) => context.sourceEnded,
    isEmpty: ({ context }) => context.remaining === 0,
    isPeriodic: ({ context }) => context.periodic,
    goesOn: ({ context }) => context.goesOn,
    noneFollows: ({ event }) => {
      assertEvent(event, 'scheduled');
      return event.nextAt === null;
    },
  },
  actions: {
    count: assign(({ event }) => {
      assertEvent(event, ['progress', 'sourceEnded', 'prepared']);
      return { remaining: event.remaining };
    }),
    endSource: assign({ sourceEnded: true }),
    reopenSource: assign({ sourceEnded: false }),
    skipTick: assign(({ context }) => ({
      skippedTicks: context.skippedTicks + 1,
      deadlineAt: null,
    })),
    setTick: assign(({ context, event }) => {
      assertEvent(event, 'scheduled');
      return {
        periodic: event.nextAt !== null,
        deadlineAt: event.nextAt,
        skippedTicks: context.skippedTicks + event.missed,
      };
    }),
    runAgain: assign(({ context, event }) => ({
      generation: context.generation + 1,
      sourceEnded: false,
      remaining: 0,
      startedAt: event.at,
      endedAt: null,
      deadlineAt: null,
    })),
    keepOn: assign({ goesOn: true }),
    stopForGood: assign({ goesOn: false, deadlineAt: null }),
    disarm: assign(({ context }) => (context.goesOn ? {} : { deadlineAt: null })),
    rest: assign(({ event }) => ({ endedAt: event.at, goesOn: false })),
    end: assign(({ event }) => ({ endedAt: event.at, deadlineAt: null })),
    prepare: () => {},
    complete: () => {},
    cancelAll: () => {},
    begin: () => {},
    schedule: () => {},
    release: () => {},
  },
});

const skipsTick = {
  guard: 'isDue',
  actions: ['skipTick', 'schedule'],
  description: 'A tick while the run is not over: skipped and counted.',
} as const;

const isScheduled = { actions: 'setTick', description: 'The next tick is known.' } as const;

const counts = { actions: 'count', description: 'So many remain.' } as const;

const stops = [
  {
    guard: 'isEmpty',
    target: 'stopped',
    actions: 'cancelAll',
    description: 'Stopped at once: nothing is left to wait for.',
  },
  {
    target: 'stopping',
    actions: 'cancelAll',
    description: 'What is queued or runs is cancelled.',
  },
] as const;

const abandoned = [
  {
    guard: 'isPeriodic',
    target: 'stopping',
    actions: ['keepOn', 'cancelAll'],
    description: 'Only this run is stopped.',
  },
  {
    target: 'stopping',
    actions: 'cancelAll',
    description: 'What is queued or runs is cancelled.',
  },
] as const;

/** A job and its runs. */
export const job = base.createMachine({
  id: 'job',
  initial: 'starting',
  context: ({ input: { name, generation, nextAt, at } }) => ({
    name,
    generation,
    periodic: nextAt !== null,
    sourceEnded: false,
    remaining: 0,
    skippedTicks: 0,
    goesOn: false,
    startedAt: at,
    endedAt: null,
    deadlineAt: nextAt,
  }),
  states: {
    starting: {
      description: 'The first hook runs; sub-transactions may be added, and wait.',
      entry: 'prepare',
      on: {
        prepared: [
          {
            guard: and(['hasEnded', 'nothingRemains']),
            target: 'finishing',
            actions: 'count',
            description: 'There is nothing to do.',
          },
          { target: 'running', actions: 'count', description: 'Tasks may be given out.' },
        ],
        progress: counts,
        sourceEnded: { actions: ['count', 'endSource'], description: 'No more will be added.' },
        reopen: { actions: 'reopenSource', description: 'More will be added after all.' },
        timeout: skipsTick,
        scheduled: isScheduled,
        stop: stops,
        abandon: abandoned,
      },
    },
    running: {
      description: 'Sub-transactions are added and worked on.',
      on: {
        progress: [
          {
            guard: and(['hasEnded', 'nothingRemains']),
            target: 'finishing',
            actions: 'count',
            description: 'The last one has ended.',
          },
          counts,
        ],
        sourceEnded: [
          {
            guard: 'nothingRemains',
            target: 'finishing',
            actions: ['count', 'endSource'],
            description: 'No more will be added and all have ended.',
          },
          { actions: ['count', 'endSource'], description: 'No more will be added.' },
        ],
        reopen: { actions: 'reopenSource', description: 'More will be added after all.' },
        timeout: skipsTick,
        scheduled: isScheduled,
        stop: stops,
        abandon: abandoned,
      },
    },
    finishing: {
      description: 'All have ended; the completion hook runs, once per run.',
      entry: 'complete',
      on: {
        completed: [
          { guard: 'isPeriodic', target: 'resting', description: 'The next tick runs it again.' },
          { target: 'finished', description: 'A single pass is over.' },
        ],
        timeout: skipsTick,
        scheduled: isScheduled,
        stop: {
          target: 'stopping',
          actions: 'cancelAll',
          description: 'The completion hook is cancelled.',
        },
      },
    },
    resting: {
      description: 'A periodic job between two runs.',
      entry: 'rest',
      on: {
        timeout: {
          guard: 'isDue',
          target: 'starting',
          actions: ['runAgain', 'begin', 'schedule'],
          description: 'At the next tick.',
        },
        scheduled: [
          {
            guard: 'noneFollows',
            target: 'finished',
            actions: 'setTick',
            description: 'There is no next run.',
          },
          isScheduled,
        ],
        stop: { target: 'stopped', description: 'Stopped: there is no next run.' },
      },
    },
    stopping: {
      description: 'Nothing is given out; what was is being cancelled.',
      entry: 'disarm',
      on: {
        progress: [
          {
            guard: and(['goesOn', 'nothingRemains']),
            target: 'resting',
            actions: 'count',
            description: 'The run is over; the next tick runs it again.',
          },
          {
            guard: 'nothingRemains',
            target: 'stopped',
            actions: 'count',
            description: 'The last one has ended.',
          },
          counts,
        ],
        stop: {
          guard: 'goesOn',
          actions: 'stopForGood',
          description: 'Not only the run is stopped.',
        },
        timeout: skipsTick,
        scheduled: isScheduled,
      },
    },
    finished: { type: 'final', description: 'All have ended.', entry: ['end', 'release'] },
    stopped: { type: 'final', description: 'Stopped by a person.', entry: ['end', 'release'] },
  },
});
