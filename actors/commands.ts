/**
 * What may be asked of a controller, and what it answers. A command is decided in a turn and answered
 * once its record is durable.
 */
import type { Policy } from '../handlers/handler.ts';
import type { ClassSettings } from '../machines/class-settings.ts';
import type { Value } from '../store/store.ts';
import { Acceptance } from './acceptance.ts';
import type { AgentConnections } from './agent-connection.ts';
import type { Cleanups } from './cleanup.ts';
import { Pruning, type Pruned } from './pruning.ts';
import type { Ground } from './ground.ts';
import type { HandlerConfig } from './handler-config.ts';
import type { HandlerConfigs, HandlerVersionRow } from './handler-configs.ts';
import type { Keeper } from './handover.ts';
import type { Jobs } from './job.ts';
import type { Look, ObstacleView, ProcessClassView } from './obstacles.ts';
import type { Configured, ProcessClasses } from './process-classes.ts';
import { failedOf } from './failed-work.ts';
import { noJob, type JobSpec } from './job-run.ts';
import { noAgent } from './agent-queries.ts';
import { key, subject } from './records.ts';
import type { AgentRow, JobRow, SubRow } from './records.ts';
import { Refused } from './refused.ts';
import { birthOf } from './sheet-rows.ts';
import type { Sheets } from './sheets.ts';
import { isTerminal } from './sub-indexes.ts';
import { decideStep } from './steps.ts';
import type { SubTransactions } from './sub-transaction.ts';

/** One piece of work, checked by whoever hands it in. */
export interface Item {
  /** Chosen by the caller; else made from the job's or handler's name. */
  readonly id?: string;
  /** Within a run of a job an item with a key that was taken before is not taken again. */
  readonly key?: string;
  readonly handler: string;
  readonly input: Value;
  /** Encoded size of the input. */
  readonly bytes: number;
  readonly policy: Policy;
  /** What somebody wants of the policy although the handler's configuration says otherwise. */
  readonly wish?: Partial<Policy>;
}

export type Command =
  | WorkCommand
  | Look
  /** Give nothing out any more; what is handed in is recorded. */
  | { readonly kind: 'leave' }
  /** Make ready for the end of the term; `timeoutMs`: grant a lease of that length first (handover.ts). */
  | { readonly kind: 'handOver'; readonly timeoutMs: number | null };

type WorkCommand =
  | { readonly kind: 'submit'; readonly item: Item; readonly by: string }
  | ({ readonly kind: 'startJob' } & JobSpec)
  | {
      readonly kind: 'enqueue';
      readonly job: string;
      readonly generation: number;
      readonly items: readonly Item[];
      /** How far the source was before these; null: whoever sends them knows that they follow. */
      readonly after: number | null;
      /** How far the source is after these. */
      readonly cursor: number;
      /** Nothing comes after these. */
      readonly ended: boolean;
      readonly by: string;
    }
  | {
      readonly kind: 'stopJob';
      readonly job: string;
      /** Only this run of it; a periodic job goes on with its next tick. Default: the job. */
      readonly generation?: number;
      readonly by: string;
    }
  /** Replaces all process classes; checked by whoever asks. */
  | { readonly kind: 'configure'; readonly classes: readonly ClassSettings[]; readonly by: string }
  /** Takes a job that is over out of the lists. */
  | { readonly kind: 'cleanup'; readonly job: string; readonly by: string }
  /** Deletes what has ended, as retention.ts has found it; `told`: all that a pass has come to, for the record. */
  | {
      readonly kind: 'prune';
      readonly births: readonly number[];
      readonly runs: readonly { readonly name: string; readonly generation: number }[];
      readonly facts?: { readonly before: number; readonly of: readonly string[] };
      readonly told?: { readonly [what: string]: number };
      readonly by: string;
    }
  /** Does the failed ones of the last run again, those after a birth, each once. */
  | {
      readonly kind: 'retryFailed';
      readonly job: string;
      readonly after: number;
      readonly by: string;
    }
  /** Whether an agent is given nothing new from now on. */
  | { readonly kind: 'drain'; readonly agent: string; readonly drain: boolean; readonly by: string }
  | {
      readonly kind: 'setHandler';
      readonly handler: string;
      readonly config: HandlerConfig;
      /** The version that it changes; null: whatever there is. */
      readonly after: number | null;
      readonly by: string;
    }
  | { readonly kind: 'removeHandler'; readonly handler: string; readonly by: string }
  /** `retry` of a parked one tries it again, of a terminal one makes a new one; the others decide on it. */
  | {
      readonly kind: 'retry' | 'cancel' | 'accept' | 'giveUp';
      readonly id: string;
      readonly by: string;
    }
  /** On a step of a parked one that is done once (steps.ts); `step` null: it has one only. */
  | {
      readonly kind: 'decide';
      readonly id: string;
      readonly step: string | null;
      readonly as: 'done' | 'redo';
      readonly by: string;
    };

export interface Replies {
  submit: { readonly id: string; readonly birth: number };
  startJob: { readonly row: JobRow; readonly resumed: boolean };
  /** `known`: how many had been handed in before. `taken`: how far the source is now. */
  enqueue: { readonly accepted: number; readonly known: number; readonly taken: number };
  stopJob: JobRow;
  configure: Configured;
  cleanup: { readonly generation: number };
  prune: Pruned;
  /** `next`: what to ask for `after` to go on; null: that was all. */
  retryFailed: { readonly retried: number; readonly next: number | null };
  drain: AgentRow;
  setHandler: HandlerVersionRow;
  removeHandler: HandlerVersionRow;
  retry: { readonly id: string };
  cancel: { readonly id: string };
  accept: { readonly id: string };
  giveUp: { readonly id: string };
  decide: { readonly id: string };
  leave: undefined;
  /** By job, '' for none: what stands in the way of what it has queued. */
  obstacles: ReadonlyMap<string, ObstacleView>;
  processClasses: readonly ProcessClassView[];
  handOver: readonly Keeper[];
}

export class Commands {
  readonly #ground: Ground;
  readonly #subs: SubTransactions;
  readonly #acceptance: Acceptance;
  readonly #jobs: Jobs;
  readonly #connections: AgentConnections;
  readonly #classes: ProcessClasses;
  readonly #cleanups: Cleanups;
  readonly #configs: HandlerConfigs;
  readonly #pruning: Pruning;

  constructor(
    ground: Ground,
    subs: SubTransactions,
    sheets: Sheets,
    jobs: Jobs,
    connections: AgentConnections,
    classes: ProcessClasses,
    cleanups: Cleanups,
    configs: HandlerConfigs,
  ) {
    this.#cleanups = cleanups;
    this.#pruning = new Pruning(ground, jobs);
    this.#ground = ground;
    this.#subs = subs;
    this.#jobs = jobs;
    this.#acceptance = new Acceptance(ground, subs, sheets, jobs, configs);
    this.#connections = connections;
    this.#classes = classes;
    this.#configs = configs;
  }

  /** Decides a command and answers it after the record; a refusal changes nothing. */
  take(command: WorkCommand, ticket: number): void {
    const { turn } = this.#ground.loop;
    try {
      turn.act({ kind: 'reply', ticket, value: this.#decide(command) });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      turn.act({ kind: 'refuse', ticket, error });
    }
  }

  #decide(command: WorkCommand): Replies[WorkCommand['kind']] {
    switch (command.kind) {
      case 'submit':
        return this.#acceptance.submit(command.item, command.by);
      case 'startJob':
        return this.#start(command);
      case 'enqueue':
        return this.#acceptance.enqueue(command);
      case 'stopJob':
        return this.#jobs.stop(command.job, command.by, command.generation);
      case 'cleanup':
        return this.#cleanups.begin(command.job, command.by);
      case 'prune':
        return this.#pruning.prune(command);
      case 'retryFailed':
        return this.#retryFailed(command);
      case 'drain':
        return this.#drain(command);
      case 'configure':
        return this.#classes.configure(command.classes, command.by);
      case 'decide':
        return this.#decideStep(command);
      case 'setHandler':
        return this.#setHandler(command);
      case 'removeHandler':
        return this.#configs.remove(command.handler, command.by);
      default:
        return this.#steer(command.kind, command.id, command.by);
    }
  }

  /** A class that is gone by now holds nobody up who goes on. */
  #start(command: Command & { kind: 'startJob' }): Replies['startJob'] {
    const { name, rules = {}, resumes } = command;
    const isNew = this.#jobs.row(name)?.state !== 'running' && resumes === undefined;
    if (isNew && rules.processClass !== undefined) this.#classes.check(rules.processClass);
    return this.#jobs.start(command);
  }

  #known(id: string): SubRow {
    const birth = birthOf(this.#ground.loop.turn, id);
    const row = birth === undefined ? undefined : this.#subs.row(birth);
    if (row) return row;
    throw new Refused('unknown', `There is no sub-transaction "${id}".`);
  }

  /** @throws {Refused} when it may not be done again: its job is being stopped, or it is a hook */
  #refuseRetry({ id, job, generation, hook }: SubRow): void {
    if (job !== null && this.#jobs.isStopping(job)) {
      throw new Refused(
        'notRunning',
        `The job "${job}" is being stopped; retry "${id}" when it has stopped.`,
      );
    }
    if (hook === undefined) return;
    throw new Refused(
      'onceARun',
      `"${id}" is a hook of run ${generation} of "${job}", and runs once: accept it or give it up, or start the job again.`,
    );
  }

  #decideStep({ id, step: name, as, by }: Command & { kind: 'decide' }) {
    const row = this.#known(id);
    this.#refuseRetry(row);
    decideStep(this.#ground, this.#subs, row, { name, as, by });
    return { id };
  }

  #setHandler({ handler, config, after, by }: Command & { kind: 'setHandler' }) {
    if (config.processClass !== undefined) this.#classes.check(config.processClass);
    return this.#configs.set(handler, config, after, by);
  }

  #drain({ agent, drain, by }: Command & { kind: 'drain' }): AgentRow {
    const peer = this.#connections.peer(agent);
    if (!peer) throw noAgent(agent);
    if (peer.row.draining !== drain) {
      this.#connections.save(peer, { draining: drain });
      const kind = drain ? 'agent.drain' : 'agent.undrain';
      this.#ground.record({ subject: subject.agent(agent), kind, agent, by });
    }
    return peer.row;
  }

  #steer(
    kind: 'retry' | 'cancel' | 'accept' | 'giveUp',
    id: string,
    by: string,
  ): { readonly id: string } {
    const { turn } = this.#ground.loop;
    const row = this.#known(id);
    if (kind === 'retry') this.#refuseRetry(row);
    if (kind === 'retry' && isTerminal(row)) return this.#again(row, by);
    if (kind === 'cancel' && (isTerminal(row) || row.state === 'cancelling')) return { id };
    if (!this.#subs.send(row.birth, { type: kind, at: turn.at, by })) {
      throw new Refused(
        'notParked',
        `The sub-transaction "${id}" is ${row.state}; only a parked one can be decided on.`,
      );
    }
    return { id };
  }

  /** A terminal one never changes: its work is accepted anew, under a name that tells of the old one. */
  #again(row: SubRow, by: string): { readonly id: string } {
    const { job, generation } = row;
    const { id, birth } = this.#acceptance.again(row, { job, generation, by });
    this.#ground.loop.turn.put(key.again(row.birth), birth);
    return { id };
  }

  #retryFailed({ job, after, by }: Command & { kind: 'retryFailed' }): Replies['retryFailed'] {
    const run = this.#jobs.row(job);
    if (!run) throw noJob(job);
    if (this.#jobs.isStopping(job)) {
      throw new Refused(
        'notRunning',
        `The job "${job}" is being stopped; retry when it has stopped.`,
      );
    }
    const { failed, next } = failedOf(this.#ground.loop.turn, run, after);
    if (failed.length > 0) this.#jobs.note(run, 'job.retry', by, { failed: failed.length });
    for (const row of failed) this.#again(row, by);
    return { retried: failed.length, next };
  }
}
