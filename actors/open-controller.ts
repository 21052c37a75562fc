/**
 * Opens a controller for programs, and is it.
 *
 *   submit, accept, startJob … ─▶ checks ─▶ ControllerNode (decides, records, acts)
 *   list, show, explain, …     ─▶ queries over what is recorded
 */
import type { Handler } from '../handlers/handler.ts';
import { parseId } from '../transport/ids.ts';
import { listAgents, showAgent, type AgentSummary } from './agent-queries.ts';
import { claimNamespace, type NamespaceClaim } from './claim.ts';
import {
  SubTransactionFailed,
  type Accepted,
  type Batch,
  type BegunJob,
  type Controller,
  type JobOptions,
  type SubmitOptions,
} from './controller-api.ts';
import { checkConfig, type ControllerSettings } from './controller-config.ts';
import type { Replies } from './commands.ts';
import { ControllerNode, OutcomeUnknown, type ControllerPorts } from './controller.ts';
import { explain, type Sentence } from './explain.ts';
import { checkHandlerConfig, type HandlerConfig } from './handler-config.ts';
import {
  hooksOf,
  listHandlers,
  showHandler,
  type HandlerSummary,
  type HandlerView,
} from './handler-queries.ts';
import type { Keeper } from './handover.ts';
import { history, type HistoryFilter, type HistoryPage } from './history.ts';
import { JobRun, type JobHandle } from './job-handle.ts';
import { checkRules } from './job-rules.ts';
import type { ObstacleView } from './obstacles.ts';
import { checkedClasses } from './process-classes.ts';
import { listJobs, show, subRowOf, type JobList, type Shown } from './queries.ts';
import { readLog, type LogView } from './read-log.ts';
import { takenOf, type Entry, type JobRow } from './records.ts';
import { checkRepeatable, Recurring, type SourceOf } from './recurring.ts';
import { Refused } from './refused.ts';
import { checkRetention, Retention, type Pass } from './retention.ts';
import type { RetentionPorts, RetentionSettings } from './retention.ts';
import { factView, outcomeView, type AgentView, type FactView } from './views.ts';
import {
  checkEach,
  createItemCheck,
  type HandlerInfo,
  type InputCheck,
  type WorkItem,
} from './work-item.ts';

/** Who asks when nobody says. */
const BY = 'api';

/** What a controller needs of the world, and how an input is checked. */
export interface ControllerApiPorts extends ControllerPorts {
  readonly checkOf: InputCheck;
}

/**
 * Opens a controller on a store. Rejects when the settings cannot be used or the store refuses, and with
 * `NamespaceInUse` when another one is heard on the transport.
 */
export async function openController(
  settings: ControllerSettings,
  ports: ControllerApiPorts,
): Promise<Controller> {
  const { namespace } = checkConfig(settings);
  const kept = checkRetention(settings);
  const claim = ports.transport.shared
    ? await claimNamespace(ports, namespace, ports.newId())
    : undefined;
  try {
    return new OpenController(await ControllerNode.open(settings, ports), ports, claim, kept);
  } catch (error) {
    claim?.release();
    throw error;
  }
}

/** A run that is fed from here. */
interface Feeding {
  readonly source: string | undefined;
  readonly run: Promise<JobHandle>;
}

class OpenController implements Controller {
  readonly #node: ControllerNode;
  readonly #ports: ControllerApiPorts;
  readonly #check: ReturnType<typeof createItemCheck>;
  /** The runs that are fed from here, by name. */
  readonly #fed = new Map<string, Feeding>();
  /** Runs that were started here and have not ended. */
  readonly #runs = new Set<JobRun>();
  readonly #recurring: Recurring;

  readonly #claim: NamespaceClaim | undefined;
  readonly #retention: Retention;
  readonly ended: Promise<Error>;

  constructor(
    node: ControllerNode,
    ports: ControllerApiPorts,
    claim: NamespaceClaim | undefined,
    kept: RetentionSettings,
  ) {
    this.#node = node;
    this.#ports = ports;
    this.#claim = claim;
    const { clock, logger } = ports;
    const command: RetentionPorts['command'] = (prune) => node.command(prune);
    this.#retention = new Retention({ store: node.store, clock, logger, command }, kept);
    this.#check = createItemCheck(ports.checkOf);
    this.#recurring = new Recurring(node, (row, source) => this.#tickRun(row, source));
    this.ended = claim ? Promise.race([claim.lost, node.ended]) : node.ended;
    void this.ended.then((why) => {
      claim?.release();
      this.#retention.close();
      for (const run of this.#runs) run.abort(why);
      return node.close();
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

  async startJob<T>(job: JobOptions & SourceOf<T>): Promise<JobHandle> {
    const { source, spec, rules } = job;
    const same = this.#fed.get(job.name);
    if (same && spec !== undefined && same.source === source) return same.run;
    const name = this.#unfed(job.name);
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

  async #start<T>(job: JobOptions & SourceOf<T>): Promise<JobHandle> {
    const { row, resumed } = await this.#begin(job, job.handler, true);
    if (row.rules.ticks) this.#recurring.add(row.name, job as SourceOf<unknown>);
    return this.#feed(row, resumed, job);
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
    const { handler, items, by = BY } = source;
    const run = new JobRun({ node: this.#node, clock: this.#ports.clock, by }, row, resumed);
    const isOver = () => this.#runs.delete(run);
    this.#runs.add(run);
    run.ended.then(isOver, isOver);
    const work = (given: unknown) => (handler ? { handler, input: given } : (given as WorkItem));
    const feeding: Feeding = this.#fed.get(name) ?? {
      source: row.source,
      run: Promise.resolve(run),
    };
    this.#fed.set(name, feeding);
    const fed = () => {
      if (this.#fed.get(name) === feeding) this.#fed.delete(name);
    };
    void run.feed(items, (given) => this.#check(work(given))).then(fed);
    return run;
  }

  async beginJob(job: JobOptions): Promise<BegunJob> {
    const name = this.#unfed(job.name);
    const { row, resumed } = await this.#begin({ ...job, name }, undefined, false);
    return { name, generation: row.generation, resumed, taken: takenOf(row) };
  }

  async enqueue(name: string, { generation, after, items, ended, by = BY }: Batch) {
    const command = {
      kind: 'enqueue',
      job: this.#unfed(name),
      generation,
      by,
      after,
      ended,
    } as const;
    const checked = checkEach(items, after, this.#check);
    const cursor = after + items.length;
    return (await this.#node.command({ ...command, items: checked, cursor })).taken;
  }

  /** @param of the handler of all its items, if that is one */
  #begin(job: JobOptions, of: HandlerInfo | undefined, rereads: boolean) {
    const { name, source = `api:${name}`, spec = null, resumes, by = BY } = job;
    const rules = checkRules(job.rules ?? {}, this.#ports.clock.now());
    const hooks = of ? hooksOf(this.#node.store, of) : {};
    const start = { name, source, spec, rules, hooks, rereads, by };
    return this.#node.command({
      kind: 'startJob',
      ...start,
      ...(resumes === undefined ? {} : { resumes }),
    });
  }

  /** The name of a job that is not fed from this process. */
  #unfed(job: string): string {
    const name = parseId(job, 'job name');
    if (!this.#fed.has(name)) return name;
    throw new Refused(
      'jobTaken',
      `The job "${name}" is being fed from here already; wait for its end, or choose another name.`,
    );
  }

  async drain(agent: string, drain: boolean, by = BY): Promise<AgentSummary> {
    await this.#node.command({ kind: 'drain', agent, drain, by });
    return this.agents().find(({ id }) => id === agent)!;
  }

  async configure({ classes, by = BY }: Parameters<Controller['configure']>[0]) {
    const checked = checkedClasses(classes, this.#node.timing);
    return this.#node.command({ kind: 'configure', classes: checked, by });
  }

  processClasses() {
    return this.#node.command({ kind: 'processClasses' });
  }

  obstacles() {
    return this.#node.command({ kind: 'obstacles', of: null });
  }

  async obstacle(id: string): Promise<ObstacleView | null> {
    const { job, state, handler } = subRowOf(this.#node.store, id);
    if (state !== 'queued') return null;
    const of = { job: job ?? '.', handler };
    return (await this.#node.command({ kind: 'obstacles', of })).get(job ?? '') ?? null;
  }

  async stopJob(name: string, by = BY): Promise<void> {
    await this.#node.command({ kind: 'stopJob', job: name, by });
  }

  async retryFailed(name: string, by = BY): Promise<number> {
    const job = parseId(name, 'job name');
    let sum = 0;
    for (let after: number | null = 0; after !== null;) {
      const part: Replies['retryFailed'] = await this.#node.command({
        kind: 'retryFailed',
        job,
        after,
        by,
      });
      sum += part.retried;
      after = part.next;
    }
    return sum;
  }

  async cleanup(name: string, by = BY): Promise<void> {
    await this.#node.command({ kind: 'cleanup', job: parseId(name, 'job name'), by });
  }

  async setHandler(
    name: string,
    config: HandlerConfig,
    { after, by = BY }: { readonly after?: number; readonly by?: string } = {},
  ): Promise<number> {
    const handler = parseId(name, 'handler name');
    const checked = checkHandlerConfig(handler, config);
    const command = { kind: 'setHandler', handler, config: checked, after: after ?? null } as const;
    return (await this.#node.command({ ...command, by })).version;
  }

  async removeHandler(name: string, by = BY): Promise<void> {
    const handler = parseId(name, 'handler name');
    await this.#node.command({ kind: 'removeHandler', handler, by });
  }

  handlers(): readonly HandlerSummary[] {
    return listHandlers(this.#node.store);
  }

  handler(name: string, version?: number): HandlerView {
    return showHandler(this.#node.store, name, version);
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

  prune(by = BY): Promise<Pass> {
    return this.#retention.run(by);
  }

  list(): JobList {
    return listJobs(this.#node.store, this.#ports.clock.now());
  }

  agents(): readonly AgentSummary[] {
    return listAgents(this.#node.store, this.#node);
  }

  agent(id: string): AgentView {
    return showAgent(this.#node.store, id, this.#node);
  }

  show(name: string): Shown {
    const shown = show(this.#node.store, name, this.#ports.clock.now());
    if (shown.kind === 'agent') return { ...shown, ...this.agent(name) };
    if (shown.kind === 'subTransaction') {
      return { ...shown, progress: this.#node.toldOf(shown.birth)?.progress ?? null };
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

  leave(): Promise<void> {
    return this.#node.leave();
  }

  async handOver({ timeoutMs }: { readonly timeoutMs?: number } = {}): Promise<readonly Keeper[]> {
    return this.#node.handOver(timeoutMs ?? null);
  }

  async close(): Promise<void> {
    // Before the node: what feeds a run must not ask a store that its owner may close next.
    const why = new OutcomeUnknown('The controller was closed; open it again to go on.');
    for (const run of this.#runs) run.abort(why);
    this.#retention.close();
    this.#claim?.release();
    await this.#node.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
