/**
 * The execution of one attempt on an agent.
 *
 *   received ──start──▶ inProgress ──exit──▶ done* or failed* (stopped: killed*)
 *      │                    │
 *      │                    └─ kill, timeoutMs ─▶ killing ─ the tree is gone ─▶ killed* (out of time: failed*)
 *      └─ kill, refuse ─▶ neverStarted*              └ after graceMs: the whole tree, SIGKILL
 *
 *   found after a crash, an intent without an exit: ─▶ lost* (a start is never acted on again, R6)
 *
 * `killed` is entered when the tree is gone, not when the signal is sent (R9). The runtime starts the work
 * after it has looked at the lease (R7), and then sends `start`.
 *
 * What is done to stop it is kept in `steps`, with its instants: asked to stop, killed, gone.
 *
 * Effects (empty here, given by `provide`): abort (the signal, SIGTERM), killTree (SIGKILL of the tree).
 */
import { assertEvent, assign, setup } from 'xstate';

/** Instants in ms on the agent's clock. */
export interface TaskContext {
  readonly birth: number;
  readonly attempt: number;
  /** Longest run in ms. */
  readonly timeoutMs: number;
  /** Ms between the abort and the kill of the tree. */
  readonly graceMs: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** When to send it `timeout`; null: never. */
  readonly deadlineAt: number | null;
  /** Why it is stopped, or how it ended badly: `timedOut`, `error`, `refused`, `stopped`, `lost`, or the reason given. */
  readonly cause: string | null;
  /** What was done to stop it, in order, each once; empty: it was left to itself. */
  readonly steps: readonly TaskStep[];
}

/** `abort`: the signal, SIGTERM. `kill`: SIGKILL of the tree. `gone`: nothing of it lives. */
export interface TaskStep {
  readonly at: number;
  readonly step: 'abort' | 'kill' | 'gone';
}

/** What a task begins with. */
export interface TaskInput {
  readonly birth: number;
  readonly attempt: number;
  readonly timeoutMs: number;
  readonly graceMs: number;
  readonly at: number;
}

/** What happens to a task. `at`: instant in ms on the agent's clock. */
export type TaskEvent =
  | { readonly type: 'start'; readonly at: number }
  /** It will not be started: the lease is over, the handler is unknown, the input is wrong. */
  | { readonly type: 'refuse'; readonly at: number; readonly reason: string }
  /** Nothing of it lives any more. `stopped`: it ended because it was told to. */
  | { readonly type: 'exit'; readonly at: number; readonly kind: 'done' | 'stopped' }
  | {
      readonly type: 'exit';
      readonly at: number;
      readonly kind: 'failed';
      readonly cause: 'error' | 'refused' | 'onceUnknown';
    }
  /** `hard`: at once, without abort and grace (the end of a lease). */
  | { readonly type: 'kill'; readonly at: number; readonly reason: string; readonly hard: boolean }
  | { readonly type: 'timeout'; readonly at: number }
  /** After a crash: its intent is on disk, its exit is not. */
  | { readonly type: 'found'; readonly at: number };

/** The states of a task. */
export type TaskState =
  'received' | 'inProgress' | 'killing' | 'done' | 'failed' | 'killed' | 'lost' | 'neverStarted';

/** The states that never change any more. */
export const TASK_ENDS: readonly TaskState[] = ['done', 'failed', 'killed', 'lost', 'neverStarted'];

/** The record of a task that is `received`: it has arrived and was not begun. */
export const beginning = ({ birth, attempt, timeoutMs, graceMs }: TaskInput): TaskContext => ({
  birth,
  attempt,
  timeoutMs,
  graceMs,
  startedAt: null,
  endedAt: null,
  deadlineAt: null,
  cause: null,
  steps: [],
});

/** The steps with one more, if it is none of them yet. */
const noted =
  (step: TaskStep['step']) =>
  ({ context: { steps }, event: { at } }: { context: TaskContext; event: TaskEvent }) => ({
    steps: steps.some((each) => each.step === step) ? steps : [...steps, { at, step }],
  });

const base = setup({
  types: { context: {} as TaskContext, events: {} as TaskEvent, input: {} as TaskInput },
  guards: {
    isDue: ({ context, event }) => context.deadlineAt !== null && event.at >= context.deadlineAt,
    isDone: ({ event }) => event.type === 'exit' && event.kind === 'done',
    hasFailed: ({ event }) => event.type === 'exit' && event.kind === 'failed',
    isHard: ({ event }) => event.type === 'kill' && event.hard,
    isOutOfTime: ({ context }) => context.cause === 'timedOut',
  },
  actions: {
    begin: assign(({ context, event }) => ({
      startedAt: event.at,
      deadlineAt: event.at + context.timeoutMs,
    })),
    grantGrace: assign(({ context, event }) => ({ deadlineAt: event.at + context.graceMs })),
    disarm: assign({ deadlineAt: null }),
    nameReason: assign(({ event }) => {
      assertEvent(event, ['kill', 'refuse']);
      return { cause: event.reason };
    }),
    nameFailure: assign(({ event }) => ({
      cause: event.type === 'exit' && event.kind === 'failed' ? event.cause : null,
    })),
    nameTimedOut: assign({ cause: 'timedOut' }),
    nameStopped: assign({ cause: 'stopped' }),
    nameLost: assign({ cause: 'lost' }),
    noteAbort: assign(noted('abort')),
    noteKill: assign(noted('kill')),
    noteGone: assign(noted('gone')),
    end: assign(({ event }) => ({ endedAt: event.at, deadlineAt: null })),
    abort: () => {},
    killTree: () => {},
  },
});

const foundAfterCrash = {
  target: 'lost',
  actions: 'nameLost',
  description: 'Found after a crash: an intent without an exit. It is never started again.',
} as const;

/** The execution of one attempt at an agent. */
export const task = base.createMachine({
  id: 'task',
  initial: 'received',
  context: ({ input }) => beginning(input),
  states: {
    received: {
      description: 'Here, waiting for a slot or for its intent to be on disk.',
      on: {
        start: {
          target: 'inProgress',
          actions: 'begin',
          description: 'The intent is on disk, the lease is held: the work has been started.',
        },
        refuse: {
          target: 'neverStarted',
          actions: 'nameReason',
          description: 'It will not be started.',
        },
        kill: {
          target: 'neverStarted',
          actions: 'nameReason',
          description: 'Killed before it was started.',
        },
        found: foundAfterCrash,
      },
    },
    inProgress: {
      description: 'The handler runs, for at most timeoutMs (an hour by default).',
      on: {
        exit: [
          { guard: 'isDone', target: 'done', description: 'The handler returned a result.' },
          {
            guard: 'hasFailed',
            target: 'failed',
            actions: 'nameFailure',
            description: 'The handler threw, its process failed, or it refused the work.',
          },
          {
            target: 'killed',
            actions: 'nameStopped',
            description: 'It was stopped by somebody else and is gone.',
          },
        ],
        kill: [
          {
            guard: 'isHard',
            target: 'killing',
            actions: ['nameReason', 'disarm', 'noteKill', 'killTree'],
            description: 'At once and without grace: the lease is over.',
          },
          {
            target: 'killing',
            actions: ['nameReason', 'grantGrace', 'noteAbort', 'abort'],
            description: 'Asked to stop; it has graceMs before the tree is killed.',
          },
        ],
        timeout: {
          guard: 'isDue',
          target: 'killing',
          actions: ['nameTimedOut', 'grantGrace', 'noteAbort', 'abort'],
          description: 'After timeoutMs (an hour by default) it is asked to stop.',
        },
        found: foundAfterCrash,
      },
    },
    killing: {
      description: 'Asked to stop, or killed; its tree is not yet gone.',
      on: {
        exit: [
          {
            guard: 'isOutOfTime',
            target: 'failed',
            actions: 'noteGone',
            description: 'Gone; it was out of time.',
          },
          { target: 'killed', actions: 'noteGone', description: 'Gone.' },
        ],
        kill: {
          guard: 'isHard',
          actions: ['disarm', 'noteKill', 'killTree'],
          description: 'No more grace: the whole tree is killed now.',
        },
        timeout: {
          guard: 'isDue',
          actions: ['disarm', 'noteKill', 'killTree'],
          description: 'After graceMs the whole tree is killed.',
        },
        found: foundAfterCrash,
      },
    },
    done: { type: 'final', description: 'It has a result.', entry: 'end' },
    failed: { type: 'final', description: 'It failed, or was out of time.', entry: 'end' },
    killed: { type: 'final', description: 'Killed, and the whole tree is gone.', entry: 'end' },
    lost: { type: 'final', description: 'How far it came is unknown.', entry: 'end' },
    neverStarted: { type: 'final', description: 'Surely not a step of it was run.', entry: 'end' },
  },
});
