/**
 * The controller as programs use it: commands with typed inputs and results, and the queries.
 *
 *   submit, accept, startJob … ─▶ checks ─▶ ControllerNode (decides, records, acts)
 *   list, show, explain, …     ─▶ queries over what is recorded
 *
 * Nothing is recorded of what does not pass the checks. `by` names who asked, for the history.
 */
import type { Handler } from '../handlers/handler.ts';
import { parseId } from '../transport/ids.ts';
import type { ControllerSettings } from './controller-config.ts';
import { ControllerNode, OutcomeUnknown, type ControllerPorts } from './controller.ts';
import { explain, type Sentence } from './explain.ts';
import { history, type HistoryFilter, type HistoryPage } from './history.ts';
import { JobRun, type Items, type JobHandle } from './job-handle.ts';
import { listJobs, show, type JobList, type Shown } from './queries.ts';
import { readLog, type LogView } from './read-log.ts';
import type { Entry } from './records.ts';
import { Refused } from './refused.ts';
import { factView, outcomeView, type FactView, type Outcome } from './views.ts';
import { createItemCheck, type InputCheck, type WorkItem } from './work-item.ts';

/** Who asks when nobody says. */
const BY = 'api';

export interface SubmitOptions {
  /** 1 to 64 of A-Z a-z 0-9 _ and -, used by no other work. Default: made from the handler's name. */
  readonly id?: string;
  /** Who asks. Default `api`. */
  readonly by?: string;
}

/** Work that is recorded. */
export interface Accepted {
  readonly id: string;
  /** Journal position at which it was accepted. */
  readonly birth: number;
  /**
   * Resolves when it is done, failed or cancelled; a parked one keeps it waiting. Rejects with
   * `OutcomeUnknown` when the controller is closed before.
   */
  readonly outcome: Promise<Outcome>;
}

export interface JobOptions {
  /** 1 to 64 of A-Z a-z 0-9 _ and -. */
  readonly name: string;
  /**
   * Names where the work comes from. The same source under the same name goes on with a run that was cut
   * short; another one finds the name taken until that run has ended. Default `api:<name>`.
   */
  readonly source?: string;
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
   *
   * @throws {InvalidId} when the name is not legal
   * @throws {Refused} `jobTaken` when the name is that of another run that has not ended
   * @throws {OutcomeUnknown} call again: the same source goes on
   */
  startJob<I>(job: StartJobOf<I>): Promise<JobHandle>;
  startJob(job: StartJob): Promise<JobHandle>;
  /** Stops a job. @throws {Refused} `unknown`, `ended` @throws {OutcomeUnknown} */
  stopJob(name: string, by?: string): Promise<void>;
  /** Cancels a sub-transaction; nothing happens to one that has ended. @throws {Refused} `unknown` @throws {OutcomeUnknown} */
  cancel(id: string, by?: string): Promise<void>;
  /**
   * Tries a parked sub-transaction again, or does the work of an ended one again under a new id.
   * Resolves with the id under which it is done. @throws {Refused} `unknown`, `notParked` @throws {OutcomeUnknown}
   */
  retry(id: string, by?: string): Promise<string>;
  /** Says that a parked one has failed. @throws {Refused} `unknown`, `notParked` @throws {OutcomeUnknown} */
  giveUp(id: string, by?: string): Promise<void>;
  /** Says that a parked one is done; its result is null. @throws {Refused} `unknown`, `notParked` @throws {OutcomeUnknown} */
  acceptParked(id: string, by?: string): Promise<void>;
  /** All jobs. */
  list(): JobList;
  /** A job, a sub-transaction or an agent. @throws {Refused} `unknown` */
  show(name: string): Shown;
  /** Why a sub-transaction is where it is. @throws {Refused} `unknown` */
  explain(id: string): readonly Sentence[];
  /** The journal, page by page. @throws {InvalidSetting} @throws {Refused} `unknown` */
  history(filter?: HistoryFilter): HistoryPage;
  /** The log of an attempt; by default of the present or last one. @throws {Refused} `unknown` */
  log(id: string, options?: { readonly attempt?: number }): LogView;
  /** Calls `listener` with the facts of each turn once they are durable. Returns a function that ends it. */
  follow(listener: (facts: readonly FactView[]) => void): () => void;
  /**
   * Records what has been decided and ends; store and transport stay open. Agents keep their tasks for as
   * long as their lease runs, and jobs can be gone on with.
   */
  close(): Promise<void>;
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

/** What a controller needs of the world, and how an input is checked. */
export interface ControllerApiPorts extends ControllerPorts {
  readonly checkOf: InputCheck;
}

/** Opens a controller on a store. Rejects when the settings cannot be used or the store refuses. */
export async function openController(
  settings: ControllerSettings,
  ports: ControllerApiPorts,
): Promise<Controller> {
  return new ControllerApi(await ControllerNode.open(settings, ports), ports);
}

class ControllerApi implements Controller {
  readonly #node: ControllerNode;
  readonly #ports: ControllerApiPorts;
  readonly #check: ReturnType<typeof createItemCheck>;
  /** Names of the runs that are fed from here. */
  readonly #fed = new Set<string>();
  /** Runs that were started here and have not ended. */
  readonly #runs = new Set<JobRun>();

  constructor(node: ControllerNode, ports: ControllerApiPorts) {
    this.#node = node;
    this.#ports = ports;
    this.#check = createItemCheck(ports.checkOf);
    void node.ended.then((why) => {
      for (const run of this.#runs) run.abort(why);
    });
  }

  async submit<I, R>(handler: Handler<I, R>, input: I, options?: SubmitOptions): Promise<R> {
    const { id, outcome } = await this.accept(handler, input, options);
    const ended = await outcome;
    if (ended.state === 'done') return ended.result as R;
    throw new SubTransactionFailed(id, ended);
  }

  async accept<I>(
    handler: Handler<I, unknown>,
    input: I,
    { id, by = BY }: SubmitOptions = {},
  ): Promise<Accepted> {
    const work = { handler, input };
    const item = this.#check(id === undefined ? work : { ...work, id });
    const accepted = await this.#node.command({ kind: 'submit', item, by });
    const outcome = this.#node.outcome(accepted.birth).then(outcomeView);
    // Nobody has to look at it.
    outcome.catch(() => {});
    return { ...accepted, outcome };
  }

  async startJob<T>(
    job: JobOptions & {
      readonly handler?: Handler<T, unknown>;
      readonly items: Items<T | WorkItem>;
    },
  ): Promise<JobHandle> {
    const { handler, items, by = BY } = job;
    const name = parseId(job.name, 'job name');
    if (this.#fed.has(name)) {
      throw new Refused(
        'jobTaken',
        `The job "${name}" is being fed from here already; wait for its end, or choose another name.`,
      );
    }
    this.#fed.add(name);
    try {
      const { row, resumed } = await this.#node.command({
        kind: 'startJob',
        name,
        source: job.source ?? `api:${name}`,
        intervalMs: null,
        by,
      });
      const run = new JobRun({ node: this.#node, clock: this.#ports.clock, by }, row, resumed);
      const isOver = () => this.#runs.delete(run);
      this.#runs.add(run);
      run.ended.then(isOver, isOver);
      const work = (given: unknown) => (handler ? { handler, input: given } : (given as WorkItem));
      void run.feed(items, (given) => this.#check(work(given))).then(() => this.#fed.delete(name));
      return run;
    } catch (error) {
      this.#fed.delete(name);
      throw error;
    }
  }

  async stopJob(name: string, by = BY): Promise<void> {
    await this.#node.command({ kind: 'stopJob', job: name, by });
  }

  async cancel(id: string, by = BY): Promise<void> {
    await this.#node.command({ kind: 'cancel', id, by });
  }

  async retry(id: string, by = BY): Promise<string> {
    return (await this.#node.command({ kind: 'retry', id, by })).id;
  }

  async giveUp(id: string, by = BY): Promise<void> {
    await this.#node.command({ kind: 'giveUp', id, by });
  }

  async acceptParked(id: string, by = BY): Promise<void> {
    await this.#node.command({ kind: 'accept', id, by });
  }

  list(): JobList {
    return listJobs(this.#node.store, this.#ports.clock.now());
  }

  show(name: string): Shown {
    const shown = show(this.#node.store, name, this.#ports.clock.now());
    if (shown.kind === 'agent') {
      return { ...shown, connection: this.#node.connectionOf(name) ?? null };
    }
    if (shown.kind === 'subTransaction') {
      return { ...shown, progress: this.#node.progressOf(shown.birth) ?? null };
    }
    return shown;
  }

  explain(id: string): readonly Sentence[] {
    return explain(this.#node.store, id);
  }

  history(filter: HistoryFilter = {}): HistoryPage {
    return history(this.#node.store, filter);
  }

  log(id: string, options: { readonly attempt?: number } = {}): LogView {
    return readLog(this.#node.store, id, options);
  }

  follow(listener: (facts: readonly FactView[]) => void): () => void {
    return this.#node.follow((entries: readonly (readonly [number, Entry])[]) => {
      try {
        listener(entries.map(([n, entry]) => factView({ n, ...entry })));
      } catch (error) {
        // It must not end the term: the facts are on record whatever the listener makes of them.
        this.#ports.logger.error({ err: error }, 'a listener that follows the facts threw');
      }
    });
  }

  async close(): Promise<void> {
    // Before the node: what feeds a run must not ask a store that its owner may close next.
    const why = new OutcomeUnknown('The controller was closed; open it again to go on.');
    for (const run of this.#runs) run.abort(why);
    await this.#node.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
