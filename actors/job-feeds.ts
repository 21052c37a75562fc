/**
 * The runs whose items are handed over from this process, one a name.
 *
 *   start ─▶ run 1 ─▶ JobRun (batches, progress, its end)
 *   tick  ─▶ run 2 ─▶ the same source from its beginning (recurring.ts)
 */
import type { Handler } from '../handlers/handler.ts';
import { parseId } from '../transport/ids.ts';
import type { Clock } from './clock.ts';
import type { Item } from './commands.ts';
import type { JobOptions } from './controller-api.ts';
import { OutcomeUnknown, type ControllerNode } from './controller.ts';
import { JobRun, type JobHandle } from './job-handle.ts';
import type { Logger } from './logger.ts';
import type { JobRow } from './records.ts';
import { checkRepeatable, Recurring, type SourceOf } from './recurring.ts';
import { Refused } from './refused.ts';
import type { WorkItem } from './work-item.ts';

/** What the feeds need of their controller. */
export interface FeedPorts {
  readonly node: ControllerNode;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Who asks when nobody says. */
  readonly by: string;
  readonly check: (work: WorkItem) => Item;
  /** Begins a run, or goes on with one. */
  readonly begin: (
    job: JobOptions,
    handler: Handler<never> | undefined,
  ) => Promise<{ readonly row: JobRow; readonly resumed: boolean }>;
}

/** A run that is fed from here. */
interface Feeding {
  readonly source: string | undefined;
  readonly run: Promise<JobHandle>;
}

export class JobFeeds {
  readonly #ports: FeedPorts;
  /** The runs that are fed from here, by name. */
  readonly #fed = new Map<string, Feeding>();
  /** Runs that were started here and have not ended. */
  readonly #runs = new Set<JobRun>();
  readonly #recurring: Recurring;

  constructor(ports: FeedPorts) {
    this.#ports = ports;
    this.#recurring = new Recurring(ports.node, (row, source) => this.#tickRun(row, source));
  }

  async start<T>(job: JobOptions & SourceOf<T>): Promise<JobHandle> {
    const { source, spec, rules } = job;
    const same = this.#fed.get(job.name);
    if (same && spec !== undefined && same.source === source) return same.run;
    const name = this.unfed(job.name);
    if (rules?.ticks) checkRepeatable(job.items);
    const run = this.#start({ ...job, name });
    this.#fed.set(name, { source, run });
    try {
      return await run;
    } catch (error) {
      this.#fed.delete(name);
      throw error;
    }
  }

  /** The name of a job that is not fed from this process. */
  unfed(job: string): string {
    const name = parseId(job, 'job name');
    if (!this.#fed.has(name)) return name;
    throw new Refused(
      'jobTaken',
      `The job "${name}" is being fed from here already; wait for its end, or choose another name.`,
    );
  }

  /** The controller is closed, or gone. */
  abort(why: unknown): void {
    for (const run of this.#runs) run.abort(why);
  }

  async #start<T>(job: JobOptions & SourceOf<T>): Promise<JobHandle> {
    const { row, resumed } = await this.#ports.begin(job, job.handler);
    const run = this.#feed(row, resumed, job);
    if (row.rules.ticks) this.#recurring.add(row, job as SourceOf<unknown>);
    return run;
  }

  /** Nobody has a handle of a run that a tick has begun. */
  #tickRun(row: JobRow, source: SourceOf<unknown>): void {
    const { name: job, generation } = row;
    this.#feed(row, false, source).ended.catch((error: unknown) => {
      if (error instanceof OutcomeUnknown) return;
      this.#ports.logger.error({ err: error, job, generation }, 'a run could not go on');
    });
  }

  #feed<T>(row: JobRow, resumed: boolean, source: SourceOf<T>): JobRun {
    const { name } = row;
    const { node, clock, check, by } = this.#ports;
    const { handler, items } = source;
    const run = new JobRun({ node, clock, by: source.by ?? by }, row, resumed);
    const isOver = () => this.#runs.delete(run);
    this.#runs.add(run);
    run.ended.then(isOver, isOver);
    const work = (given: unknown) => (handler ? { handler, input: given } : (given as WorkItem));
    const feeding = this.#fed.get(name) ?? { source: row.source, run: Promise.resolve(run) };
    this.#fed.set(name, feeding);
    const fed = () => {
      if (this.#fed.get(name) === feeding) this.#fed.delete(name);
    };
    void run.feed(items, (given) => check(work(given))).then(fed);
    return run;
  }
}
