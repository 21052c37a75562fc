/**
 * The sub-transactions of a controller: rows in the store, and an actor for each that is in flight.
 *
 *   accept ─▶ queued ──give──▶ in flight (actor) ──pulses──▶ done / failed / cancelled
 *               ▲                    │
 *               └──── waiting ◀──────┴──▶ parked             (rows only)
 *
 * Every change of state is written as a row, its indexes, its job's counts and one fact of the journal,
 * all in the turn that decided it. Pulses that change no state only move the deadline in memory: after a
 * restart every deadline begins anew. That an agent has received an attempt is written with what follows, or
 * when nothing has followed for a moment: of short work it would be a quarter of what is written. Nobody acts
 * on it, and after a restart the agents say what they hold.
 */
import type { Policy } from '../handlers/handler.ts';
import { beginning } from '../machines/sub-transaction-record.ts';
import { subTransaction, type SubTransactionEvent } from '../machines/sub-transaction.ts';
import type { Value } from '../store/store.ts';
import type { Fence } from '../transport/frame.ts';
import { ActorSet } from './actor.ts';
import { assignmentOf, type Given, type Properties } from './assignment.ts';
import type { Deadlines } from './deadlines.ts';
import { isWeighed, type Evidence, type Rule } from './evidence.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { Ground } from './ground.ts';
import { InFlight } from './in-flight.ts';
import type { HookKind } from './job-rules.ts';
import type { Queues } from './queue.ts';
import { key, subject } from './records.ts';
import type { Entry, JobCounts, OutcomeRow, SubRow, WorkRow } from './records.ts';
import type { Sheets } from './sheets.ts';
import { countChange } from './sub-counts.ts';
import { knownSteps } from './steps.ts';
import { isInFlight, isTerminal, SubIndexes } from './sub-indexes.ts';
import { listOf, rowOf } from './sub-row.ts';

/** New work, as it is accepted. */
export interface NewWork {
  readonly id: string;
  readonly job: string | null;
  readonly generation: number;
  readonly handler: string;
  readonly input: Value;
  /** Encoded size of the input. */
  readonly bytes: number;
  readonly policy: Policy;
  readonly by: string;
  readonly retryOf?: string;
  readonly hook?: HookKind;
}

/** What the sub-transactions ask of the rest of the controller. */
export interface SubTransactionHooks {
  ask(agent: string, fence: Fence): void;
  kill(agent: string, fence: Fence, reason: string): void;
  /** The process class by which an attempt is given out. */
  classOf(row: SubRow): string;
  /** How long from now a boot of that agent may still hold its lease, guard included. */
  heldForMs(agent: string): number;
  /** Counts of a run have changed. */
  counted(job: string, generation: number, change: Partial<Record<keyof JobCounts, number>>): void;
  /** A hook of a run is in another state. */
  hookMoved(row: SubRow): void;
  settled(row: SubRow, outcome: OutcomeRow): void;
  /** What is known of its present attempt and the agent that has it. */
  weigh(row: SubRow): Omit<Evidence, 'rule'>;
  propertiesOf(handler: string, version: number): Properties | undefined;
}

/** Pulses that are not recorded unless they change the state. */
const QUIET = new Set<string>(['received', 'inProgress']);

/** So long it is not written down that an agent has received an attempt. */
const RECEIVED_MS = 250;
const RECEIVED_PER_TURN = 1_000;

/** So many sub-transactions are remembered as they were accepted, with inputs of at most so many bytes. */
const FRESH = 10_000;
const FRESH_BYTES = 2_000;

/** What an event adds to its fact and to the outcome. */
export interface Circumstances {
  readonly at?: number;
  readonly by?: string;
  readonly cause?: string;
  /** The rule by which the controller decided it. */
  readonly rule?: Rule;
  readonly detail?: Value;
  readonly outcome?: {
    readonly result?: Value;
    readonly message?: string;
    readonly detail?: Value;
  };
}

export class SubTransactions implements Remembering {
  readonly #ground: Ground;
  readonly #queues: Queues;
  readonly #sheets: Sheets;
  readonly #hooks: SubTransactionHooks;
  readonly #actors: ActorSet<number, typeof subTransaction>;
  readonly #indexes: SubIndexes;
  readonly #inFlight: InFlight;
  /** Work that was accepted not long ago and waits for its first attempt, so that a short queue is not read back. */
  readonly #fresh = new Map<number, { readonly row: SubRow; readonly work: WorkRow }>();
  /** What has been received and is not written down yet. */
  readonly #unwritten = new Set<number>();

  constructor(ground: Ground, queues: Queues, sheets: Sheets, hooks: SubTransactionHooks) {
    this.#ground = ground;
    this.#queues = queues;
    this.#sheets = sheets;
    this.#hooks = hooks;
    this.#indexes = new SubIndexes(ground, queues);
    this.#inFlight = new InFlight((row) => hooks.classOf(row));
    const machine = subTransaction.provide({
      actions: {
        askAgent: ({ context }) => hooks.ask(context.agent!, fenceOf(context)),
        killAttempt: ({ context }) => hooks.kill(context.agent!, fenceOf(context), 'cancelled'),
      },
    });
    this.#actors = new ActorSet(machine, 'sub', ground.loop.deadlines);
  }

  /** Takes up what the term before left in flight. Every deadline and every running guard begins anew. */
  recover(): void {
    const { turn } = this.#ground.loop;
    for (const birth of this.#indexes.recover()) {
      const row = this.row(birth)!;
      const deadlineAt =
        row.context.deadlineAt === null ? null : turn.at + row.context.policy.idleMs;
      const context = { ...row.context, deadlineAt };
      this.#inFlight.enter({ ...row, context }, turn.at);
      this.#actors.restore(birth, { state: row.state, context });
    }
    for (const [agent, birth] of this.#indexes.held()) {
      const until = turn.at + this.#hooks.heldForMs(agent);
      this.send(birth, { type: 'hold', at: turn.at, until });
    }
  }

  /** Writes new work down and puts it into the queue. Returns its birth. */
  accept(work: NewWork): number {
    const { turn } = this.#ground.loop;
    const { id, job, generation, handler, input, bytes, policy, by } = work;
    const birth = turn.next + this.#ground.births;
    const row: SubRow = {
      birth,
      id,
      job,
      generation,
      handler,
      acceptedAt: turn.at,
      term: 0,
      state: 'queued',
      lastFact: turn.next,
      context: beginning({
        birth,
        policy: { ...policy, idleMs: this.#ground.idleAfterMs },
        at: turn.at,
      }),
      ...(work.retryOf === undefined ? {} : { retryOf: work.retryOf }),
      ...(work.hook === undefined ? {} : { hook: work.hook }),
    };
    this.#ground.record({
      kind: 'accepted',
      subject: subject.sub(birth),
      id,
      job,
      state: row.state,
      by,
      before: 0,
    });
    turn.put(key.id(id), birth);
    const written: WorkRow = { handler, input, policy, bytes };
    turn.put(key.work(birth), written as unknown as Value);
    this.#save(undefined, row);
    if (bytes <= FRESH_BYTES && this.#fresh.size < FRESH)
      this.#fresh.set(birth, { row, work: written });
    return birth;
  }

  /** Gives queued work to an agent: a new attempt begins. */
  give(birth: number, agent: string, boot: number): Given {
    const work = this.#fresh.get(birth)?.work;
    this.send(birth, { type: 'assign', at: this.#ground.loop.turn.at, agent, boot });
    return this.again(birth, work);
  }

  /** The present attempt once more, for a new link: the agent never got it. */
  again(birth: number, known?: WorkRow): Given {
    const { config } = this.#ground;
    const work = known ?? this.#sheets.work(birth)!;
    const row = this.#inFlight.get(birth)!;
    const { version } = work.policy;
    const properties = version && this.#hooks.propertiesOf(row.handler, version);
    const steps = row.context.attempt > 1 ? knownSteps(this.#ground.loop.turn, birth) : [];
    return assignmentOf(row, work, config.graceMs, properties || undefined, steps);
  }

  /**
   * Gives a sub-transaction an event. Returns false when it changes nothing (an older attempt, a terminal
   * state) or when there is no such sub-transaction.
   */
  send(birth: number, event: SubTransactionEvent, circumstances: Circumstances = {}): boolean {
    const row = this.row(birth);
    if (!row || isTerminal(row)) return false;
    const wasTracked = this.#inFlight.has(birth);
    if (!wasTracked) this.#actors.restore(birth, { state: row.state, context: row.context });
    const changed = this.#actors.send(birth, event);
    const { state, context } = this.#actors.read(birth)!;
    const term = event.type === 'assign' ? this.#ground.term : row.term;
    if (event.type === 'received' && row.state === 'sent' && state === 'received') {
      this.#inFlight.set({ ...row, state, context });
      if (this.#unwritten.size === 0)
        this.#ground.loop.deadlines.set('received', event.at + RECEIVED_MS);
      this.#unwritten.add(birth);
    } else if (changed && (state !== row.state || !QUIET.has(event.type))) {
      const lastFact = this.#factOf(row, state, context, event, circumstances);
      const after: SubRow = { ...row, state, context, term, lastFact };
      this.#save(row, after, event);
      if (isTerminal(after) && row.state !== state) this.#settle(after, circumstances);
    } else if (wasTracked) this.#inFlight.set({ ...row, state, context, term });
    if (!this.#inFlight.has(birth)) this.#actors.drop(birth);
    return changed;
  }

  row(birth: number): SubRow | undefined {
    const known = this.#inFlight.get(birth) ?? this.#fresh.get(birth)?.row;
    if (known) return known;
    const value = this.#ground.loop.turn.get(key.sub(birth));
    return value === undefined ? this.#sheets.row(birth) : rowOf(value);
  }

  /** The row of an attempt that was given to that agent; of no other may it say anything. */
  givenTo(agent: string, { birth, attempt }: Fence): SubRow | undefined {
    const row = this.row(birth);
    if (!row) return undefined;
    const holder =
      attempt === row.context.attempt
        ? row.context.agent
        : this.#ground.loop.turn.get(key.holder(birth, attempt));
    return holder === agent ? row : undefined;
  }

  /** Writes down a fact about a sub-transaction that changes nothing of it. */
  note(row: SubRow, fact: Omit<Entry, 'at' | 'subject' | 'before'>): void {
    const { id, job, state } = row;
    const about = { subject: subject.sub(row.birth), before: row.lastFact };
    const lastFact = this.#ground.record({ id, job, state, ...fact, ...about });
    const after = { ...row, lastFact };
    this.#ground.loop.turn.put(key.sub(row.birth), listOf(after));
    if (row.state === 'queued' && this.#sheets.take(row)) this.#queues.enter(row);
    this.#fresh.delete(row.birth);
    if (this.#inFlight.has(row.birth)) this.#inFlight.set(after);
  }

  /** Births of what is in flight at an agent. */
  onAgent(agent: string): readonly number[] {
    return [...this.#inFlight.onAgent(agent)];
  }

  countOnAgent(agent: string): number {
    return this.#inFlight.onAgent(agent).size;
  }

  /** Attempts of a process class in progress, whatever the connections of their agents. */
  countInClass(name: string): number {
    return this.#inFlight.countInClass(name);
  }

  /** Births of what may still be running at an agent although it counts as lost. */
  heldBy(agent: string): readonly number[] {
    return this.#indexes.heldBy(agent);
  }

  /** What is in flight, with its row. */
  inFlight(): Iterable<SubRow> {
    return this.#inFlight.rows();
  }

  /** What a sweep asks again, by the instant since which it is due. */
  get overdue(): Deadlines {
    return this.#inFlight.overdue;
  }

  /** A deadline of `sub:<birth>`, `received` or `due` has come. */
  due(name: string): void {
    const { at } = this.#ground.loop.turn;
    const wake = (birth: number) => this.send(birth, { type: 'timeout', at }, { rule: 'watchdog' });
    if (name === 'received') this.#writeReceived();
    else if (name === 'due') this.#indexes.takeDue(wake);
    else wake(Number(name.slice('sub:'.length)));
  }

  /** Last word of the turn. */
  finish(): void {
    this.#indexes.finish();
  }

  remember(memory: Memory): void {
    memory.part('inFlight', this.#inFlight);
    for (const row of this.#inFlight.rows())
      if (!this.#actors.has(row.birth)) this.#actors.restore(row.birth, row);
    memory.part('indexes', this.#indexes);
    memory.fill('unwritten', this.#unwritten);
    // What may be read back is, here and wherever it is thawed.
    this.#fresh.clear();
    memory.part('sheets', this.#sheets);
  }

  #writeReceived(): void {
    const { turn, deadlines } = this.#ground.loop;
    let left = RECEIVED_PER_TURN;
    for (const birth of this.#unwritten) {
      if (left-- === 0) return deadlines.set('received', turn.at);
      const row = this.#inFlight.get(birth)!;
      const { state, context } = row;
      const event = {
        type: 'received',
        at: context.receivedAt!,
        attempt: context.attempt,
      } as const;
      this.#save(row, { ...row, lastFact: this.#factOf(row, state, context, event, {}) }, event);
    }
  }

  /** Writes down what has changed of a sub-transaction. Returns the number of the fact. */
  #factOf(
    before: SubRow,
    state: SubRow['state'],
    context: SubRow['context'],
    event: SubTransactionEvent,
    told: Circumstances,
  ): number {
    const { id, job } = before;
    const { attempt, agent, boot } = context;
    const evidence = isWeighed(event, state) && {
      evidence: { rule: told.rule ?? null, ...this.#hooks.weigh(before) },
    };
    const detail = evidence ? { ...(told.detail as object), ...evidence } : told.detail;
    return this.#ground.record({
      subject: subject.sub(before.birth),
      kind: event.type,
      id,
      job,
      state,
      attempt,
      ...(agent !== null && boot !== null && { agent, boot }),
      cause: told.cause ?? context.cause,
      ...('by' in event && { by: event.by }),
      ...(detail !== undefined && { detail }),
      before: before.lastFact,
    });
  }

  #settle(row: SubRow, told: Circumstances): void {
    const { turn } = this.#ground.loop;
    const at = turn.at;
    const cause = row.context.cause ?? row.state;
    const outcome: OutcomeRow =
      row.state === 'done'
        ? { state: 'done', result: told.outcome?.result ?? null, at, late: cause === 'late' }
        : {
            state: row.state as 'failed' | 'cancelled',
            cause,
            message: told.outcome?.message ?? cause,
            detail: told.outcome?.detail ?? null,
            at,
          };
    const saysMore = outcome.state !== 'done' || outcome.result !== null;
    if (saysMore) turn.put(key.outcome(row.birth), outcome);
    this.#hooks.settled(row, outcome);
  }

  /** Writes the row, moves it between the indexes and counts it. */
  #save(before: SubRow | undefined, after: SubRow, event?: SubTransactionEvent): void {
    const { birth } = after;
    this.#fresh.delete(birth);
    this.#unwritten.delete(birth);
    this.#ground.loop.turn.put(key.sub(birth), listOf(after));
    this.#indexes.move(before, after, event);
    const wasInFlight = before !== undefined && isInFlight(before);
    if (!isInFlight(after)) {
      if (wasInFlight) this.#inFlight.leave(before);
    } else if (before?.state === after.state) this.#inFlight.set(after);
    else this.#inFlight.enter(after, this.#ground.loop.turn.at);
    if (after.hook !== undefined) this.#hooks.hookMoved(after);
    else if (after.job !== null)
      this.#hooks.counted(after.job, after.generation, countChange(before, after, event));
  }
}

const fenceOf = (context: { readonly birth: number; readonly attempt: number }): Fence => ({
  birth: context.birth,
  attempt: context.attempt,
});
