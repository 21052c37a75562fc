/**
 * The handler port: what a piece of work is, and what runs it.
 *
 *   defineHandler({ name, run })          code of yours, in the agent's process (cannot be killed)
 *   defineHandler({ name, module })       code of yours, in a worker thread (can)
 *
 * An agent hands each attempt to a `Runner` and hears back once how it ended. The runner owns files,
 * processes and threads; the agent never touches them.
 */
import type { TSchema } from 'typebox';

/** What msgpack can carry without extensions. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value | undefined };

/** Names one attempt for ever: the birth of its sub-transaction and the attempt's number. */
export interface FenceToken {
  readonly birth: number;
  readonly attempt: number;
}

/** What a handler gets beside its input. */
export interface TaskContext {
  /** The sub-transaction's id, for people. */
  readonly id: string;
  /** The job it belongs to, or null. */
  readonly job: string | null;
  /** What the configuration of the handler gives to its work; null: nothing. */
  readonly properties: Value;
  /** Grows with each attempt: give it to what you write to, so that an older attempt can be refused there. */
  readonly fence: FenceToken;
  /** Aborted when the attempt is to stop: cancelled, out of time, or the lease is over. */
  readonly signal: AbortSignal;
  /** Writes a line to the attempt's log. It is kept on the agent's disk until the controller has it. */
  log(line: string): void;
  /** Says how far the work is; shown with the next beat. */
  progress(value: Value): void;
  /**
   * Does a step at most once over all attempts of this work, and gives what it came to, in later attempts too.
   * Before `fn` is called the controller has it on record that it will be. The same key again in one attempt
   * gives the same promise.
   *
   * Where an attempt ended between that record and the end of `fn`, or `fn` threw, nobody knows whether the
   * step was done. A later attempt that comes to it then goes by `onUnknown`: `park` (default): the work is
   * parked until a person decides (`lifeline decide`); `redo`: `fn` is called again; `done`: it counts as done.
   *
   * @param key 1 to 200 characters
   * @returns what `fn` came to; undefined where somebody, or `onUnknown`, said that it is done
   */
  once<Result>(
    key: string,
    fn: () => Result | Promise<Result>,
    options?: { readonly onUnknown?: 'park' | 'redo' | 'done' },
  ): Promise<Result | undefined>;
}

/** A step that an earlier attempt has begun; not done: how it ended is unknown. */
export interface KnownStep {
  readonly key: string;
  readonly isDone: boolean;
  /** Absent: somebody said that it is done. */
  readonly result?: Value;
}

/** What a task says of a step: it wants to begin it, or has done it. */
export type StepNews =
  | { readonly key: string; readonly isDone: false }
  | { readonly key: string; readonly isDone: true; readonly result: Value };

/** What may happen when nobody knows how far an attempt came: give it out again, or park it for a person. */
export type OnUnknown = 'retry' | 'park';

/** The input of a handler that runs before the first task of a run of a job, or after the last one. */
export interface RunOfJob {
  readonly job: string;
  readonly generation: number;
  /** How many of its sub-transactions are done, failed, … now. */
  readonly counts: Readonly<Record<string, number>>;
  /** What the job gives to this hook; null: nothing. */
  readonly input: Value;
}

/** What `defineHandler` is given. */
export interface HandlerOptions<Input, Result> {
  /** 1 to 64 of A-Z a-z 0-9 _ and -. */
  readonly name: string;
  /** Retries after the first failure; n means at most n + 1 attempts. Default 4. */
  readonly maxRetries?: number;
  /** Milliseconds before retry 1, 2, 3 …; a number is the same for all. Default 0. */
  readonly delay?: number | ((retry: number) => number);
  /** Longest run of one attempt in ms. Default 3,600,000 (an hour). */
  readonly timeoutMs?: number;
  /** Default `park`. */
  readonly onUnknown?: OnUnknown;
  /** TypeBox schema of the input; checked when it is submitted and again by the agent. */
  readonly input?: TSchema;
  /** TypeBox schema of the result; checked by the agent. */
  readonly result?: TSchema;
  /** The work itself, in the agent's process. It cannot be killed, only asked to stop by `task.signal`. */
  readonly run?: (input: Input, task: TaskContext) => Result | Promise<Result>;
  /**
   * A module whose default export is the work; it runs in a worker thread, which can be killed. What it
   * exports as `before` and `after` runs around it.
   */
  readonly module?: URL;
  /** Runs before `run` in each attempt. When it throws, the attempt has failed and `run` is not called. */
  readonly before?: (input: NoInfer<Input>, task: TaskContext) => unknown;
  /** Runs after a `run` that did not throw, with its result. When it throws, the attempt has failed. */
  readonly after?: (result: NoInfer<Result>, task: TaskContext) => unknown;
  /**
   * Runs before the first task of each run of a job of this handler, as the handler `<name>-preJob`: the run
   * is stopped if it fails. In the agent's process.
   */
  readonly preJob?: (run: RunOfJob, task: TaskContext) => unknown;
  /** Runs after the last task of each run of a job of this handler, as the handler `<name>-postJob`. */
  readonly postJob?: (run: RunOfJob, task: TaskContext) => unknown;
}

/** A checked handler. `runs` says how: in this process, in a worker thread, or by a runner of its own. */
export interface Handler<Input = unknown, Result = unknown> {
  readonly name: string;
  readonly policy: Policy;
  readonly input: TSchema | undefined;
  readonly result: TSchema | undefined;
  readonly runs:
    | {
        readonly as: 'inline';
        readonly run: (input: Input, task: TaskContext) => Result | Promise<Result>;
      }
    | { readonly as: 'worker'; readonly module: URL }
    | {
        readonly as: 'process';
        readonly start: ProcessStart;
        /** For people: how its processes are kept from outliving their task here. */
        readonly containment?: string;
      };
  /** Handlers of their own, which whoever has this one has as well. */
  readonly preJob?: Handler<RunOfJob>;
  readonly postJob?: Handler<RunOfJob>;
}

/** How the controller treats the attempts of a handler. Written down with the work, so that it outlives code. */
export interface Policy {
  readonly maxRetries: number;
  /** Delay before retry 1, 2, 3 …, in ms; the last one repeats. Empty: none. */
  readonly delaysMs: readonly number[];
  /** Moves each delay by up to this fraction, up or down. Absent: not at all. */
  readonly jitter?: number;
  readonly timeoutMs: number;
  readonly onUnknown: OnUnknown;
  /** How often an attempt may be lost (agent or connection gone) before the work is parked. */
  readonly maxLosses: number;
  /** Version of the handler's configuration that it was made with. Absent: it has none. */
  readonly version?: number;
}

/** The policy of a handler that is offered. */
export interface OfferedPolicy extends Policy {
  readonly handler: string;
}

/** One attempt, as a runner gets it. */
export interface Work {
  readonly fence: FenceToken;
  readonly id: string;
  readonly job: string | null;
  readonly handler: string;
  readonly input: unknown;
  /** What the configuration of the handler gives to its work. Absent: nothing. */
  readonly properties?: Value;
  /** Steps that earlier attempts have begun. Absent: none. */
  readonly known?: readonly KnownStep[];
}

/** How the work itself ended. A kill shows as `failed` or `stopped`; the agent knows what it asked for. */
export type Exit =
  | { readonly kind: 'done'; readonly result: Value }
  | {
      readonly kind: 'failed';
      /** `onceUnknown`: it came to a step that a person has to decide on; `detail` is `{ key }`. */
      readonly cause: 'error' | 'refused' | 'onceUnknown';
      readonly message: string;
      readonly detail: Value;
    }
  | {
      readonly kind: 'stopped';
      /** When its guard killed it, the lease being over, in ms since 1970. Absent: the guard did not, or cannot tell. */
      readonly killedAt?: number;
    };

/** What a runner tells of the work that it was given. */
export interface RunnerEvents {
  /** Called exactly once per started work, when nothing of it lives any more and its log is complete. */
  ended(fence: FenceToken, exit: Exit): void;
  progress(fence: FenceToken, value: Value): void;
  /** A step is to be begun, and is when `Runner.beginStep` is called; or it is done. */
  step(fence: FenceToken, news: StepNews): void;
  /** The log of an attempt has grown. */
  logged(fence: FenceToken): void;
}

/** Runs work and keeps its log. Nothing here throws: what goes wrong is an exit. */
export interface Runner {
  readonly handlers: readonly string[];
  /** How those say that their work is tried; undefined: nothing is known of it. */
  readonly policies?: readonly OfferedPolicy[] | undefined;
  /** For people: how processes are kept from outliving their task; undefined: it starts none. */
  readonly containment?: string | undefined;
  /** Starts the work. `events.ended` is never called from within. */
  start(work: Work, events: RunnerEvents): void;
  /** `abort`: the signal, and SIGTERM for processes. `kill`: the whole tree, now. Unknown fences are ignored. */
  stop(fence: FenceToken, how: 'abort' | 'kill'): void;
  /** The controller has on record that this step is begun. Unknown fences and steps are ignored. */
  beginStep(fence: FenceToken, key: string): void;
  /** False when the work cannot be killed from here (an inline function). */
  killable(handler: string): boolean;
  /**
   * The process before this one was ended, or what it ran, since its lease was over: what it left open is
   * no sign of a crash.
   */
  readonly endedByLease: boolean;
  /** Tells whoever guards the processes how long they may live on without another word, in ms from now. */
  leaseFor(ms: number): void;
  readonly logs: LogStore;
  /**
   * Aborts and kills what is left, waits until it has ended, and frees threads and guards. What cannot be
   * killed and does not end is waited for only so long.
   */
  close(): Promise<void>;
}

/** Logs of attempts on the agent's side, as bytes by offset (the spool). Survives a crash of the agent. */
export interface LogStore {
  /** Bytes that the attempt has logged so far. */
  length(fence: FenceToken): number;
  /** Bytes from `offset`, at most `limit`. */
  read(fence: FenceToken, offset: number, limit: number): Uint8Array;
  remove(fence: FenceToken): void;
  /** Attempts that have a log here. */
  held(): readonly FenceToken[];
}

/** For `runs.as === 'process'`: starts a process tree and reports through the given events. */
export type ProcessStart = (
  work: Work,
  output: (stream: LogStream, bytes: Uint8Array) => void,
  ended: (exit: Exit) => void,
) => { readonly pid: number | undefined; stop(how: 'abort' | 'kill'): void };

/** Where output of a task comes from: stdout, stderr, or `task.log`. */
export type LogStream = 'out' | 'err' | 'log';
