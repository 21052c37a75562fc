/**
 * The controller: the node that decides. It outlives its terms: when a turn cannot be recorded, the term
 * is dropped with all its actors and a new one recovers from the store.
 *
 *   createController ─▶ term 1 ──append failed──▶ term 2 ─▶ … ──close──▶ over
 *                         │ frames, probes              commands, queries
 *                     transport                            callers
 */
import { handoverMs, type Timing } from '../machines/timing.ts';
import type { Store } from '../store/store.ts';
import { StoreConflict, StoreFailed } from '../store/store.ts';
import { agentFrames, controllerFrames } from '../transport/codec.ts';
import type { AgentFrame } from '../transport/frame.ts';
import { fromAllAgents, probe, toAgent } from '../transport/subjects.ts';
import type { Transport } from '../transport/transport.ts';
import type { Clock } from './clock.ts';
import type { Command, Replies } from './commands.ts';
import { agentLive, type AgentLive } from './agent-live.ts';
import { checkConfig, type ControllerSettings } from './controller-config.ts';
import { statusOf, type ControllerStatus } from './controller-status.ts';
import type { ControllerConfig, ControllerEffect } from './ground.ts';
import { HigherTerms, TermTooLow } from './higher-terms.ts';
import { entryOf } from './entry-row.ts';
import type { Keeper } from './handover.ts';
import type { Logger } from './logger.ts';
import { nextTerm } from './next-term.ts';
import { outcomeRowOf } from './outcome.ts';
import type { Entry, MetaRow, OutcomeRow } from './records.ts';
import type { TaskNews } from './takeover.ts';
import type { TermTap, Tap } from './tap.ts';
import { Term } from './term.ts';
import type { Phase } from './turn-loop.ts';

/** What a controller needs of the world. */
export interface ControllerPorts {
  readonly transport: Transport;
  readonly store: Store;
  readonly clock: Clock;
  /** Makes 1 to 64 letters and digits that nobody else makes: for a new store, and for each claim. */
  readonly newId: () => string;
  readonly logger: Logger;
  /** Hears each term from its beginning. Default: nobody does. */
  readonly tap?: Tap | undefined;
  /** For crash tests: called between any two phases of a turn. */
  readonly observe?: (phase: Phase, turn: number) => void;
}

/** Terms that may fail one after the other before the controller gives up, 1 s apart. */
const TERMS_IN_A_ROW = 10;
const BETWEEN_TERMS_MS = 1_000;

/** A term that has lived this long was no failure. */
const STEADY_MS = 60_000;

interface Ticket {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** The term ended before the command was answered: it may have been carried out, or not. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
  readonly retryable = true;
}

export class ControllerNode {
  readonly #ports: ControllerPorts;
  readonly #config: ControllerConfig;
  readonly #tickets = new Map<number, Ticket>();
  readonly #listeners = new Set<(entries: readonly (readonly [number, Entry])[]) => void>();
  readonly #waiting = new Map<number, Set<Ticket>>();
  #tellEnd: (why: OutcomeUnknown) => void = () => {};
  /** Resolves when the node has ended for good: closed, or because its store is held by another or every term fails. */
  readonly ended = new Promise<OutcomeUnknown>((resolve) => (this.#tellEnd = resolve));
  #lastTicket = 0;
  #term: Term | undefined;
  #meta: MetaRow | undefined;
  #failures = 0;
  readonly #higher = new HigherTerms();
  #termBeganAt = 0;
  /** Facts up to this number have been told to those who follow. */
  #fedTo: number;
  #closed = false;
  #leaving = false;
  #closing: Promise<void> | undefined;
  #letGo: (() => void)[] = [];

  private constructor(settings: ControllerSettings, ports: ControllerPorts) {
    this.#ports = ports;
    this.#config = checkConfig(settings);
    this.#fedTo = ports.store.position();
  }

  /** Takes the next term and recovers. Rejects when the settings cannot be used or the store refuses. */
  static async open(settings: ControllerSettings, ports: ControllerPorts): Promise<ControllerNode> {
    const node = new ControllerNode(settings, ports);
    await node.#beginTerm();
    return node;
  }

  get store(): Store {
    return this.#ports.store;
  }

  get term(): number {
    return this.#meta!.term;
  }

  /** How it stands now. */
  status(): ControllerStatus {
    const given = { isOver: this.#closed, isLeaving: this.#leaving, position: this.#fedTo };
    return statusOf(this.#term, given, this.#ports.clock.now());
  }

  /** Has a command decided; resolves when its record is durable. @throws {Refused} @throws {OutcomeUnknown} */
  command<C extends Command>(command: C): Promise<Replies[C['kind']]> {
    return new Promise((resolve, reject) => {
      if (!this.#term)
        return reject(
          new OutcomeUnknown(
            this.#closed ? 'The controller is closed.' : 'The controller is recovering; try again.',
          ),
        );
      const ticket = ++this.#lastTicket;
      this.#tickets.set(ticket, { resolve: resolve, reject });
      this.#term.loop.post({ kind: 'command', command, ticket });
    });
  }

  /**
   * Resolves with the outcome of a sub-transaction once it is terminal and durable; rejects with
   * `OutcomeUnknown` when the node ends before.
   */
  outcome(birth: number): Promise<OutcomeRow> {
    const settled = outcomeRowOf(this.#ports.store, birth);
    if (settled) return Promise.resolve(settled);
    return new Promise((resolve, reject) => {
      const ticket: Ticket = { resolve, reject };
      const waiting = this.#waiting.get(birth);
      if (waiting) waiting.add(ticket);
      else this.#waiting.set(birth, new Set([ticket]));
    });
  }

  /** Calls `listener` with the facts of each turn once they are durable. Returns a function that ends it. */
  follow(listener: (entries: readonly (readonly [number, Entry])[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What is known of an agent now beside its record; undefined when there is none, or no term. */
  liveOf(agent: string): AgentLive | undefined {
    const peer = this.#term?.connections.peer(agent);
    if (!peer) return undefined;
    return agentLive(peer, this.#term!.connections.stateOf(agent), this.#ports.clock.now());
  }

  /** What was last told of a running attempt; undefined: nothing yet, or it does not run. */
  toldOf(birth: number): TaskNews | undefined {
    return this.#term?.takeover.told.get(birth);
  }

  /** Births of what is out at an agent; undefined in no term. */
  flightsAt(agent: string): readonly number[] | undefined {
    return this.#term?.flightsAt(agent);
  }

  /** What a class that gives no timing has. */
  get timing(): Timing {
    return this.#config.timing;
  }

  /** Gives nothing out any more, in this term and any later one of this node. */
  leave(): Promise<void> {
    this.#leaving = true;
    return this.command({ kind: 'leave' });
  }

  /** @param timeoutMs what a lease is to run for from now on; null: as long as it does */
  handOver(timeoutMs: number | null): Promise<readonly Keeper[]> {
    this.#leaving = true;
    const { timing } = this.#config;
    return this.command({
      kind: 'handOver',
      timeoutMs: timeoutMs === null ? null : handoverMs(timing, timeoutMs),
    });
  }

  /** Records what has been decided and ends. Agents keep their tasks for as long as their lease runs. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#term?.loop.close();
    this.#end(new OutcomeUnknown('The controller was closed; open it again to go on.'));
  }

  /** Ends as in a crash: what is not recorded is forgotten. */
  halt(): void {
    this.#closed = true;
    this.#term?.loop.halt();
    this.#end(new OutcomeUnknown('The controller was halted.'));
  }

  async #beginTerm(): Promise<void> {
    const { store, clock, newId, tap } = this.#ports;
    const [last] = store.read(Math.max(1, store.position()));
    const at = Math.max(clock.now(), last ? entryOf(last[1]).at : 0);
    const began = clock.elapsed();
    const { known } = this.#higher;
    const { meta, batch, position } = nextTerm(store, this.#config.timing, { at, known, newId });
    await store.append(batch, { expect: position });
    if (this.#closed) return;
    this.#meta = meta;
    this.#termBeganAt = clock.elapsed();
    this.#tellSettled();
    this.#feed([...store.read(this.#fedTo + 1)].map(([n, entry]) => [n, entryOf(entry)]));
    const config = { ...this.#config, timing: meta.timing };
    const { controllerId, term, births } = meta;
    const life = tap?.term({
      at,
      batch,
      position,
      store,
      controllerId,
      term,
      births,
      config,
      known,
    });
    this.#join(meta, config, { provenAt: at, startAt: at + clock.elapsed() - began, tap: life });
  }

  #join(
    meta: MetaRow,
    config: ControllerConfig,
    life: { provenAt: number; startAt: number; tap: TermTap | undefined },
  ): void {
    const { transport, clock, observe } = this.#ports;
    const { store } = life.tap ?? this.#ports;
    const failed = (error: unknown) => {
      if (this.#term === term) this.#failed(error);
    };
    const term: Term = new Term(
      meta,
      config,
      { clock, store, ...life, failed, observe },
      (effect) => this.#perform(effect),
    );
    this.#term = term;
    if (this.#leaving) void this.command({ kind: 'leave' }).catch(() => {});
    const { namespace } = config;
    // One by one: what is subscribed when the next one throws is let go with the term.
    this.#letGo.push(
      transport.subscribe(fromAllAgents(namespace), (bytes, from) => {
        const decoded = agentFrames.decode(bytes);
        if (!decoded.ok) term.connections.drop(decoded.why);
        else if (!from.endsWith(`.${decoded.frame.agent}`)) term.connections.drop('sender');
        else if (this.#isCredible(decoded.frame, meta, term))
          term.loop.post({ kind: 'frame', frame: decoded.frame });
      }),
    );
    this.#letGo.push(
      transport.subscribe(probe(namespace, meta.controllerId), (bytes) => {
        const [ofTerm, sentAt] = new TextDecoder().decode(bytes).split(' ').map(Number);
        if (ofTerm === meta.term && sentAt !== undefined) term.loop.post({ kind: 'probe', sentAt });
      }),
    );
    this.#letGo.push(
      transport.onStatus((status) => {
        if (status !== 'closed') term.loop.post({ kind: status });
      }),
    );
  }

  /** Whether a frame is to be taken although it may name a higher term than this one. */
  #isCredible(frame: AgentFrame, { controllerId, term }: MetaRow, { connections }: Term): boolean {
    if (frame.controllerId !== controllerId || frame.term <= term) return true;
    if (this.#higher.isCredible(frame, term)) return true;
    const { agent } = frame;
    if (!connections.dropped.has('term'))
      this.#ports.logger.warn(
        { agent, known: frame.term },
        'an agent names a higher term again, or one that cannot be: its frames are dropped',
      );
    connections.drop('term');
    return false;
  }

  #perform(effect: ControllerEffect): void {
    const { transport, logger } = this.#ports;
    const { namespace } = this.#config;
    switch (effect.kind) {
      case 'frame':
        return transport.publish(
          toAgent(namespace, effect.frame.agent),
          controllerFrames.encode(effect.frame),
        );
      case 'probe': {
        const { controllerId, term } = this.#meta!;
        return transport.publish(
          probe(namespace, controllerId),
          new TextEncoder().encode(`${term} ${effect.sentAt}`),
        );
      }
      case 'reply':
        return this.#ticket(effect.ticket)?.resolve(effect.value as never);
      case 'refuse':
        return this.#ticket(effect.ticket)?.reject(effect.error);
      case 'settled': {
        for (const { resolve } of this.#waiting.get(effect.birth) ?? [])
          resolve(effect.outcome as never);
        this.#waiting.delete(effect.birth);
        return;
      }
      case 'feed':
        return this.#feed(effect.entries);
      case 'log':
        return logger[effect.level](effect.fields, effect.message);
      case 'durable':
      case 'granted':
        return;
    }
  }

  #feed(entries: readonly (readonly [number, Entry])[]): void {
    this.#fedTo = entries.at(-1)?.[0] ?? this.#fedTo;
    for (const listener of this.#listeners) listener(entries);
  }

  /** Tells what the term before has recorded and did not live to tell. */
  #tellSettled(): void {
    for (const birth of this.#waiting.keys()) {
      const outcome = outcomeRowOf(this.#ports.store, birth);
      if (outcome) this.#perform({ kind: 'settled', birth, outcome });
    }
  }

  #ticket(number: number): Ticket | undefined {
    const ticket = this.#tickets.get(number);
    this.#tickets.delete(number);
    return ticket;
  }

  /** The term cannot go on. Unless somebody else holds the store now, the next one begins. */
  #failed(error: unknown): void {
    const { logger, clock } = this.#ports;
    this.#endTerm(
      new OutcomeUnknown(
        'The controller had to begin a new term; ask what became of the command.',
        { cause: error },
      ),
    );
    if (this.#closed) return;
    if (clock.elapsed() - this.#termBeganAt > STEADY_MS) this.#failures = 0;
    // A disk that is full or failing may be mended: that is waited for, without end.
    // So may a store that went back in time: each agent is believed once.
    if (error instanceof TermTooLow) this.#higher.believe(error);
    else if (!(error instanceof StoreFailed)) this.#failures++;
    if (error instanceof StoreConflict || this.#failures > TERMS_IN_A_ROW) {
      this.#closed = true;
      logger.error(
        { err: error },
        'controller ended: its store is held by another, or every term fails',
      );
      this.#end(
        new OutcomeUnknown(
          'The controller has ended: its store is held by another, or every term fails.',
          { cause: error },
        ),
      );
      return;
    }
    logger.error({ err: error }, 'term ended; recovering');
    clock.after(BETWEEN_TERMS_MS, () => {
      if (!this.#closed) this.#beginTerm().catch((failure: unknown) => this.#failed(failure));
    });
  }

  #end(why: OutcomeUnknown): void {
    this.#endTerm(why);
    for (const tickets of this.#waiting.values()) for (const { reject } of tickets) reject(why);
    this.#waiting.clear();
    this.#tellEnd(why);
  }

  #endTerm(error: OutcomeUnknown): void {
    for (const letGo of this.#letGo) letGo();
    this.#letGo = [];
    this.#term?.loop.halt();
    this.#term = undefined;
    const tickets = [...this.#tickets.values()];
    this.#tickets.clear();
    for (const { reject } of tickets) reject(error);
  }
}
