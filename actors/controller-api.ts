/**
 * The controller as programs use it: commands with typed inputs and results, and the queries.
 *
 * Nothing is recorded of what does not pass the checks. `by` names who asked, for the history.
 */
import type { Handler } from '../handlers/handler.ts';
import type { ClassOptions } from '../machines/class-settings.ts';
import type { Value } from '../store/store.ts';
import type { AgentFilter, AgentSummary } from './agent-queries.ts';
import type { ControllerStatus } from './controller-status.ts';
import type { Sentence } from './explain.ts';
import type { HandlerConfig } from './handler-config.ts';
import type { HandlerSummary, HandlerView } from './handler-queries.ts';
import type { Keeper } from './handover.ts';
import type { HistoryFilter, HistoryPage } from './history.ts';
import type { Items, JobHandle } from './job-handle.ts';
import type { JobRules } from './job-rules.ts';
import type { ObstacleView, ProcessClassView } from './obstacles.ts';
import type { Configured } from './process-classes.ts';
import type { JobList, JobPage, Shown } from './queries.ts';
import type { Pass } from './retention.ts';
import type { AuditBounds, AuditPage } from './audit.ts';
import type { ReportFilter, ReportView } from './report.ts';
import type { LogView } from './read-log.ts';
import type { AgentView, FactView, Outcome } from './views.ts';
import type { HandlerInfo, WorkItem } from './work-item.ts';

/** How a piece of work is handed in. */
export interface SubmitOptions {
  /** 1 to 64 of A-Z a-z 0-9 _ and -, used by no other work. Default: made from the handler's name. */
  readonly id?: string;
  /** Who asks. Default `api`. */
  readonly by?: string;
}

/** Work that is recorded. */
export interface Accepted {
  readonly id: string;
  /** Number that this store gives once: it grows with each acceptance. */
  readonly birth: number;
  /**
   * Resolves when it is done, failed or cancelled; a parked one keeps it waiting. Rejects with
   * `OutcomeUnknown` when the controller is closed before.
   */
  readonly outcome: Promise<Outcome>;
}

/** What a run of a job is called, and by which rules it goes. */
export interface JobOptions {
  /** 1 to 64 of A-Z a-z 0-9 _ and -. */
  readonly name: string;
  /**
   * Names where the work comes from. The same source under the same name goes on with a run that was cut
   * short; another one finds the name taken until that run has ended. Default `api:<name>`.
   */
  readonly source?: string;
  /**
   * Plain data from which whoever runs the controller can go on with the run after a restart. It is kept
   * with the job and not looked at here. Default null.
   */
  readonly spec?: Value;
  /**
   * Where, how much at once, when again, and what runs before and after it. Default: none of it, or what the
   * run has that is gone on with.
   */
  readonly rules?: JobRules;
  /** The handler whose hooks of jobs it has, where the rules name none. Default: that of all its items. */
  readonly hooksOf?: HandlerInfo;
  /** Number of the run to go on with; none is begun then. Default: goes on with what there is, or begins. */
  readonly resumes?: number;
  /** Who asks. Default `api`. */
  readonly by?: string;
}

/** A run that was begun here and is fed from elsewhere, by `enqueue`. */
export interface BegunJob {
  readonly name: string;
  readonly generation: number;
  /** True when it goes on with a run that was cut short. */
  readonly resumed: boolean;
  /** Items that have been handed over before. */
  readonly taken: number;
}

/** The next items of a run. */
export interface Batch {
  readonly generation: number;
  /** Items that were handed over before these. */
  readonly after: number;
  readonly items: readonly WorkItem[];
  /** Nothing comes after these. */
  readonly ended: boolean;
  /** Who asks. Default `api`. */
  readonly by?: string;
}

/** A job whose items say themselves which handler does them. */
export interface StartJob extends JobOptions {
  readonly items: Items<WorkItem>;
}

/** A job whose items are all inputs of one handler. */
export interface StartJobOf<I> extends JobOptions {
  readonly handler: Handler<I, unknown>;
  readonly items: Items<NoInfer<I>>;
}

/** What has work done: commands with typed inputs and results, and the queries. Made by `createController`. */
export interface Controller extends AsyncDisposable {
  /**
   * Has one piece of work done and resolves with its result. What is parked keeps it waiting.
   *
   * @throws {InvalidInput} when the input does not fit the handler's schema
   * @throws {ValueRefused} when the input cannot be sent, or has more than 256 KB
   * @throws {InvalidId} when the id is not legal
   * @throws {Refused} `idTaken`
   * @throws {SubTransactionFailed} when it has failed for good or was cancelled
   * @throws {OutcomeUnknown} when the controller had to begin a new term before the work was recorded, or
   *   is closed. With an `id` of your own `show(id)` tells which.
   */
  submit<I, R>(handler: Handler<I, R>, input: NoInfer<I>, options?: SubmitOptions): Promise<R>;
  /** Like `submit`, but resolves as soon as the work is recorded. */
  accept<I>(
    handler: Handler<I, unknown>,
    input: NoInfer<I>,
    options?: SubmitOptions,
  ): Promise<Accepted>;
  /**
   * Starts a run of a job, or goes on with the one that the same source began: every item becomes a
   * sub-transaction. Resolves when the start is recorded; the items are then taken over in batches, as
   * fast as they can be recorded. An iterable must give the same items in the same order after a crash.
   * With `rules.ticks` its items are begun again with each tick: give a list, or a function that makes them.
   *
   * @throws {InvalidSetting} for rules that cannot be
   * @throws {InvalidId} when the name is not legal
   * The same `source` with a `spec` that is being fed from here already gives the handle of that run.
   *
   * @throws {Refused} `jobTaken` when the name is that of another run that has not ended; `ended` when the
   *   run of `resumes` is over
   * @throws {OutcomeUnknown} call again: the same source goes on
   */
  startJob<I>(job: StartJobOf<I>): Promise<JobHandle>;
  startJob(job: StartJob): Promise<JobHandle>;
  /**
   * Begins a run that is fed with `enqueue`, or goes on with the one that the same source began.
   * @throws like `startJob`
   */
  beginJob(job: JobOptions): Promise<BegunJob>;
  /**
   * Hands over the next items of a run; resolves with how many have been handed over, once that is on
   * record. The same batch again changes nothing.
   *
   * @throws {InvalidInput} @throws {ValueRefused} @throws {InvalidId} naming the item; nothing is taken over
   * @throws {Refused} `outOfStep` when `after` is not what was handed over; `notRunning`; `idTaken`; `jobTaken`
   *   when it is fed by `startJob`
   * @throws {OutcomeUnknown} send the same batch again
   */
  enqueue(name: string, batch: Batch): Promise<number>;
  /**
   * Does the failed ones of the last run of a job again, each once, under new ids. Resolves with how many
   * there were. @throws {Refused} `unknown`, `notRunning` @throws {OutcomeUnknown} ask again: none is done twice
   */
  retryFailed(job: string, by?: string): Promise<number>;
  /**
   * Takes a job that is over out of the lists, with its runs and their sub-transactions; its facts stay in the
   * history. Again it changes nothing.
   * @throws {Refused} `unknown`; `jobTaken` while it runs or something of it waits, for a person as well
   * @throws {OutcomeUnknown}
   */
  cleanup(job: string, by?: string): Promise<void>;
  /** Stops a job. @throws {Refused} `unknown`, `ended` @throws {OutcomeUnknown} */
  stopJob(name: string, by?: string): Promise<void>;
  /** Cancels a sub-transaction; nothing happens to one that has ended. @throws {Refused} `unknown` @throws {OutcomeUnknown} */
  cancel(id: string, by?: string): Promise<void>;
  /**
   * Tries a parked sub-transaction again, or does the work of an ended one again under a new id.
   * Resolves with the id under which it is done. @throws {Refused} `unknown`, `notParked` @throws {OutcomeUnknown}
   */
  retry(id: string, by?: string): Promise<string>;
  /**
   * Decides on a step (`task.once`) of a parked one, of which nobody knows whether it was done: it counts as done,
   * or is done again. Its work then goes on. @throws {Refused} `unknown`, `notParked` @throws {OutcomeUnknown}
   */
  decide(
    id: string,
    as: 'done' | 'redo',
    options?: {
      /** Names the step; not needed where there is one. */
      readonly key?: string;
      /** Who asks. Default `api`. */
      readonly by?: string;
    },
  ): Promise<void>;
  /** Says that a parked one has failed. @throws {Refused} `unknown`, `notParked` @throws {OutcomeUnknown} */
  giveUp(id: string, by?: string): Promise<void>;
  /** Says that a parked one is done; its result is null. @throws {Refused} `unknown`, `notParked` @throws {OutcomeUnknown} */
  acceptParked(id: string, by?: string): Promise<void>;
  /**
   * Has an agent given nothing new (`drain` true) until it is taken back (false). What runs there goes on.
   * @throws {Refused} `unknown` @throws {OutcomeUnknown}
   */
  drain(agent: string, drain: boolean, by?: string): Promise<AgentSummary>;
  /**
   * Lays down how a handler's work is tried, where, and with which properties; it takes the place of what was laid
   * down before and is a new version of it. Holds for work that is accepted from now on, and for runs that
   * begin from now on. Resolves with the version.
   *
   * @throws {InvalidSetting} @throws {InvalidId} @throws {ValueRefused} naming the property
   * @throws {Refused} `outOfStep` when `after` is not the newest version @throws {OutcomeUnknown}
   */
  setHandler(
    name: string,
    config: HandlerConfig,
    options?: {
      /** The version that it changes; 0: there was none. Default: whatever there is. */
      readonly after?: number;
      /** Who asks. Default `api`. */
      readonly by?: string;
    },
  ): Promise<number>;
  /**
   * Takes the configuration of a handler away: its code alone says again, but for runs that have begun.
   * @throws {Refused} `unknown` @throws {OutcomeUnknown}
   */
  removeHandler(name: string, by?: string): Promise<void>;
  /** Every handler that is configured or that an agent has. */
  handlers(): readonly HandlerSummary[];
  /** How a handler is configured, or was. @throws {Refused} `unknown` */
  handler(name: string, version?: number): HandlerView;
  /**
   * Deletes now what has ended and need not be kept (`keepMs`, `keepCount`), for at most a minute; it happens every
   * hour anyway. Resolves with what was deleted. @throws {OutcomeUnknown} ask again
   */
  prune(by?: string): Promise<Pass>;
  /**
   * Replaces all process classes at once, in that order; `default` is always there. What waits is given out by the new
   * ones, what runs is left alone; a shorter timeout holds for an agent once it has confirmed it. Work that names a
   * class which is gone waits. The same classes again change nothing.
   *
   * @throws {InvalidSetting} @throws {InvalidId} naming the class; nothing is changed then
   * @throws {OutcomeUnknown} configure again
   */
  configure(options: {
    readonly classes: readonly ClassOptions[];
    /** Who asks. Default `api`. */
    readonly by?: string;
  }): Promise<Configured>;
  /** All process classes, in their order, and how they stand now. @throws {OutcomeUnknown} */
  processClasses(): Promise<readonly ProcessClassView[]>;
  /**
   * What stands in the way, now, of all that a job has queued, by its name; a job of which some goes out is not
   * there. @throws {OutcomeUnknown}
   */
  obstacles(): Promise<ReadonlyMap<string, ObstacleView>>;
  /** What stands in the way of a queued sub-transaction; null: nothing, or it is not queued. @throws {Refused} `unknown` @throws {OutcomeUnknown} */
  obstacle(id: string): Promise<ObstacleView | null>;
  /** How it stands now. */
  status(): ControllerStatus;
  /** Jobs by what they are doing. Default: all. */
  list(page?: JobPage): JobList;
  /** Agents, in order of their ids. Default: all. */
  agents(filter?: AgentFilter): readonly AgentSummary[];
  /** An agent, with what is out at it and its last 100 facts. @throws {Refused} `unknown` */
  agent(id: string): AgentView;
  /** A job, a sub-transaction or an agent. @throws {Refused} `unknown` */
  show(name: string): Shown;
  /** Why a sub-transaction is where it is. @throws {Refused} `unknown` */
  explain(id: string): readonly Sentence[];
  /** The journal, page by page. @throws {InvalidSetting} @throws {Refused} `unknown` */
  history(filter?: HistoryFilter): HistoryPage;
  /**
   * All that was ever recorded of a job and its sub-transactions, in order, page by page.
   * @throws {InvalidSetting} @throws {Refused} `unknown`
   */
  audit(job: string, page?: AuditBounds): AuditPage;
  /** What happened in a time range, added up piece by piece. @throws {InvalidSetting} when it ends before it begins */
  report(filter: ReportFilter): Promise<ReportView>;
  /** The log of an attempt; by default of the present or last one. @throws {Refused} `unknown` */
  log(id: string, options?: { readonly attempt?: number }): LogView;
  /** Calls `listener` with the facts of each turn once they are durable. Returns a function that ends it. */
  follow(listener: (facts: readonly FactView[]) => void): () => void;
  /**
   * Gives nothing out any more, until it is closed; what is handed in is recorded and waits for the next
   * controller on this store. @throws {OutcomeUnknown} it holds all the same
   */
  leave(): Promise<void>;
  /**
   * Before a `close` that is planned: leaves, and waits until the agents that are heard have answered what they
   * were asked, for at most 2 × delay. With `timeoutMs` each of them is granted a lease of that length first
   * (rounded up to whole periods), so that its tasks live until the next controller; that may take half a
   * timeout. Resolves with the agents that have tasks and until when these live; start the next controller
   * before then. With the same settings as this one: it takes the longer lease back as agents confirm it.
   *
   * @throws {InvalidSetting} when that is no longer than the timeout is @throws {OutcomeUnknown}
   */
  handOver(options?: { readonly timeoutMs?: number }): Promise<readonly Keeper[]>;
  /**
   * Records what has been decided and ends; store and transport stay open. Agents keep their tasks for as
   * long as their lease runs, and jobs can be gone on with.
   */
  close(): Promise<void>;
  /**
   * Resolves with the reason when it has ended: it was closed, its store is held by another, every term
   * fails, or its namespace turned out to have had a controller (`NamespaceInUse`).
   */
  readonly ended: Promise<Error>;
}

/** A sub-transaction that has failed for good, or was cancelled. `cause` is a code: `error`, `timedOut`, … */
export class SubTransactionFailed extends Error {
  override readonly name = 'SubTransactionFailed';
  readonly retryable = false;
  readonly id: string;
  readonly state: 'failed' | 'cancelled';
  override readonly cause: string;
  /** What the handler added: of `shell` `{ exitCode, signal, stderrTail }`. */
  readonly detail: unknown;

  constructor(id: string, { state, failure }: Outcome & { state: 'failed' | 'cancelled' }) {
    super(failure.message);
    this.id = id;
    this.state = state;
    this.cause = failure.cause;
    this.detail = failure.detail;
  }
}
