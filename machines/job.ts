/**
 * A named run of many sub-transactions; a periodic one runs again and again.
 *
 *   running ─ source ended, nothing remains ─▶ finishing ─ completed ─▶ finished*
 *    ▲   │                                        │  └── completed, periodic ─▶ resting
 *    │   └─ stop ─▶ stopping ─ nothing remains ─▶ stopped* ◀─────── stop ─────────┤
 *    └──────────────────────────── next tick (generation + 1) ────────────────────┘
 *
 * Ticks of a periodic job are intervalMs apart, measured from the start of the run. A tick that falls into
 * a run is skipped and counted; the run is left alone. The completion hook runs in `finishing`, once per
 * run.
 *
 * Effects (empty here, given by `provide`): complete, cancelAll, begin, release (of the job's name).
 */
import { assertEvent, assign, setup } from 'xstate';

/** Instants in ms on the controller's clock. */
export interface JobContext {
  readonly name: string;
  /** Number of the run, from the input on, one more with each tick that runs. */
  readonly generation: number;
  /** Ms between two ticks; null: a single pass. */
  readonly intervalMs: number | null;
  /** No more sub-transactions will be added to this run. */
  readonly sourceEnded: boolean;
  /** Sub-transactions of this run that are neither terminal nor parked. */
  readonly remaining: number;
  /** Ticks that fell into a run and were skipped, over all runs. */
  readonly skippedTicks: number;
  /** When the present or last run was started. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** When to send it `timeout`: the next tick; null: never. */
  readonly deadlineAt: number | null;
}

export interface JobInput {
  readonly name: string;
  readonly generation: number;
  readonly intervalMs: number | null;
  readonly at: number;
}

export type JobEvent =
  | { readonly type: 'progress'; readonly at: number; readonly remaining: number }
  | { readonly type: 'sourceEnded'; readonly at: number; readonly remaining: number }
  /** The completion hook has ended, well or badly. */
  | { readonly type: 'completed'; readonly at: number }
  | { readonly type: 'stop'; readonly at: number; readonly by: string }
  | { readonly type: 'timeout'; readonly at: number }
  /** The command that feeds it came back after a crash and goes on adding. */
  | { readonly type: 'reopen'; readonly at: number };

export type JobState = 'running' | 'finishing' | 'finished' | 'stopping' | 'stopped' | 'resting';

const base = setup({
  types: { context: {} as JobContext, events: {} as JobEvent, input: {} as JobInput },
  guards: {
    isDue: ({ context, event }) => context.deadlineAt !== null && event.at >= context.deadlineAt,
    nothingRemains: ({ event }) => {
      assertEvent(event, ['progress', 'sourceEnded']);
      return event.remaining === 0;
    },
    isComplete: ({ context, event }) => {
      assertEvent(event, 'progress');
      return context.sourceEnded && event.remaining === 0;
    },
    isEmpty: ({ context }) => context.remaining === 0,
    isPeriodic: ({ context }) => context.intervalMs !== null,
  },
  actions: {
    count: assign(({ event }) => {
      assertEvent(event, ['progress', 'sourceEnded']);
      return { remaining: event.remaining };
    }),
    endSource: assign({ sourceEnded: true }),
    reopenSource: assign({ sourceEnded: false }),
    skipTick: assign(({ context, event }) => {
      const { intervalMs, deadlineAt } = context;
      if (intervalMs === null || deadlineAt === null) return {};
      const passed = 1 + Math.floor((event.at - deadlineAt) / intervalMs);
      return {
        skippedTicks: context.skippedTicks + passed,
        deadlineAt: deadlineAt + passed * intervalMs,
      };
    }),
    runAgain: assign(({ context, event }) => ({
      generation: context.generation + 1,
      sourceEnded: false,
      remaining: 0,
      startedAt: event.at,
      deadlineAt: context.intervalMs === null ? null : event.at + context.intervalMs,
    })),
    disarm: assign({ deadlineAt: null }),
    end: assign(({ event }) => ({ endedAt: event.at, deadlineAt: null })),
    complete: () => {},
    cancelAll: () => {},
    begin: () => {},
    release: () => {},
  },
});

const skipsTick = {
  guard: 'isDue',
  actions: 'skipTick',
  description: 'A tick (intervalMs after the last) while the run is not over: skipped and counted.',
} as const;

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

export const job = base.createMachine({
  id: 'job',
  initial: 'running',
  context: ({ input: { name, generation, intervalMs, at } }) => ({
    name,
    generation,
    intervalMs,
    sourceEnded: false,
    remaining: 0,
    skippedTicks: 0,
    startedAt: at,
    endedAt: null,
    deadlineAt: intervalMs === null ? null : at + intervalMs,
  }),
  states: {
    running: {
      description: 'Sub-transactions are added and worked on.',
      on: {
        progress: [
          {
            guard: 'isComplete',
            target: 'finishing',
            actions: 'count',
            description: 'The last one has ended.',
          },
          { actions: 'count', description: 'So many remain.' },
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
        stop: stops,
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
        stop: { target: 'stopped', description: 'Stopped: nothing is left to wait for.' },
      },
    },
    resting: {
      description: 'A periodic job between two runs.',
      on: {
        timeout: {
          guard: 'isDue',
          target: 'running',
          actions: ['runAgain', 'begin'],
          description: 'At the next tick, a multiple of intervalMs after the last start.',
        },
        stop: { target: 'stopped', description: 'Stopped: there is no next run.' },
      },
    },
    stopping: {
      description: 'Nothing is given out; what was is being cancelled.',
      entry: 'disarm',
      on: {
        progress: [
          {
            guard: 'nothingRemains',
            target: 'stopped',
            actions: 'count',
            description: 'The last one has ended.',
          },
          { actions: 'count', description: 'So many remain.' },
        ],
      },
    },
    finished: { type: 'final', description: 'All have ended.', entry: ['end', 'release'] },
    stopped: { type: 'final', description: 'Stopped by a person.', entry: ['end', 'release'] },
  },
});
