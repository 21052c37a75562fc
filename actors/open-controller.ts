/**
 * Opens a controller for programs, and is it.
 *
 *   submit, accept, startJob … ─▶ checks ─▶ ControllerNode (decides, records, acts)
 *   list, show, explain, …     ─▶ ControllerQueries
 */
import type { Handler } from '../handlers/handler.ts';
import { parseId } from '../transport/ids.ts';
import type { AgentSummary } from './agent-queries.ts';
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
import { ControllerQueries } from './controller-queries.ts';
import { checkHandlerConfig, type HandlerConfig } from './handler-config.ts';
import { hooksOf } from './handler-queries.ts';
import type { Keeper } from './handover.ts';
import { JobFeeds, type FeedPorts } from './job-feeds.ts';
import type { JobHandle } from './job-handle.ts';
import { checkRules } from './job-rules.ts';
import type { ObstacleView } from './obstacles.ts';
import { checkedClasses } from './process-classes.ts';
import { subRowOf } from './queries.ts';
import { takenOf } from './records.ts';
import type { SourceOf } from './recurring.ts';
import { checkRetention, Retention, type Pass } from './retention.ts';
import type { RetentionPorts, RetentionSettings } from './retention.ts';
import { outcomeView } from './views.ts';
import { checkEach, createItemCheck, type InputCheck } from './work-item.ts';

/** Who asks when nobody says. */
const BY = 'api';

/** What a controller needs of the world, and how an input is checked. */
export interface ControllerApiPorts extends ControllerPorts {
  readonly checkOf: InputCheck;
}

/** For tests of what survives. */
export interface Halting {
  /** Ends as in a crash: what is not recorded is forgotten, and callers who wait get `OutcomeUnknown`. */
  halt(): void;
}

/**
 * Opens a controller on a store. Rejects when the settings cannot be used or the store refuses, and with
 * `NamespaceInUse` when another one is heard on the transport.
 */
export async function openController(
  settings: ControllerSettings,
  ports: ControllerApiPorts,
): Promise<Controller & Halting> {
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

type Setting = Parameters<Controller['setHandler']>[2];
type Deciding = Parameters<Controller['decide']>[2];

class OpenController extends ControllerQueries implements Controller, Halting {
  readonly #node: ControllerNode;
  readonly #ports: ControllerApiPorts;
  readonly #check: ReturnType<typeof createItemCheck>;
  readonly #feeds: JobFeeds;
  readonly #claim: NamespaceClaim | undefined;
  readonly #retention: Retention;
  readonly ended: Promise<Error>;

  constructor(
    node: ControllerNode,
    ports: ControllerApiPorts,
    claim: NamespaceClaim | undefined,
    kept: RetentionSettings,
  ) {
    super(node, ports);
    this.#node = node;
    this.#ports = ports;
    this.#claim = claim;
    const { clock, logger } = ports;
    const command: RetentionPorts['command'] = (prune) => node.command(prune);
    this.#retention = new Retention({ store: node.store, clock, logger, command }, kept);
    this.#check = createItemCheck(ports.checkOf);
    const begin: FeedPorts['begin'] = (job, handler) => this.#begin(job, handler, true);
    this.#feeds = new JobFeeds({ node, clock, logger, by: BY, check: this.#check, begin });
    this.ended = claim ? Promise.race([claim.lost, node.ended]) : node.ended;
    void this.ended.then((why) => {
      claim?.release();
      this.#retention.close();
      this.#feeds.abort(why);
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

  startJob<T>(job: JobOptions & SourceOf<T>): Promise<JobHandle> {
    return this.#feeds.start(job);
  }

  async beginJob(job: JobOptions): Promise<BegunJob> {
    const name = this.#feeds.unfed(job.name);
    const { row, resumed } = await this.#begin({ ...job, name }, undefined, false);
    return { name, generation: row.generation, resumed, taken: takenOf(row) };
  }

  async enqueue(name: string, { generation, after, items, ended, by = BY }: Batch) {
    const command = {
      kind: 'enqueue',
      job: this.#feeds.unfed(name),
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
  #begin(job: JobOptions, of = job.hooksOf, rereads: boolean) {
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

  async setHandler(name: string, config: HandlerConfig, options: Setting = {}): Promise<number> {
    const { after = null, by = BY } = options;
    const handler = parseId(name, 'handler name');
    const command = { handler, config: checkHandlerConfig(handler, config), after, by };
    return (await this.#node.command({ kind: 'setHandler', ...command })).version;
  }

  async removeHandler(name: string, by = BY): Promise<void> {
    const handler = parseId(name, 'handler name');
    await this.#node.command({ kind: 'removeHandler', handler, by });
  }

  async cancel(id: string, by = BY): Promise<void> {
    await this.#node.command({ kind: 'cancel', id, by });
  }

  async retry(id: string, by = BY): Promise<string> {
    return (await this.#node.command({ kind: 'retry', id, by })).id;
  }

  async decide(id: string, as: 'done' | 'redo', options: Deciding = {}): Promise<void> {
    const { key: step = null, by = BY } = options;
    await this.#node.command({ kind: 'decide', id, as, step, by });
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

  leave(): Promise<void> {
    return this.#node.leave();
  }

  async handOver({ timeoutMs }: { readonly timeoutMs?: number } = {}): Promise<readonly Keeper[]> {
    return this.#node.handOver(timeoutMs ?? null);
  }

  async close(): Promise<void> {
    // Before the node: what feeds a run must not ask a store that its owner may close next.
    const why = new OutcomeUnknown('The controller was closed; open it again to go on.');
    this.#feeds.abort(why);
    this.#retention.close();
    this.#claim?.release();
    await this.#node.close();
  }

  halt(): void {
    this.#node.halt();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
