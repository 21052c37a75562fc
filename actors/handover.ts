/**
 * How a term ends that is ended on purpose: nothing new is given out, agents answer what they were asked, and
 * may be granted a longer lease first, so that their tasks live until the next controller.
 *
 *   leave ─────▶ draining: what is handed in is recorded and waits for the next term
 *   handOver ──▶ the longer timeout is recorded, then told ─▶ all have answered, and confirmed it ─▶ who keeps
 *                                                             (2 × delay, or half a timeout)         what, how long
 *
 * I1  A longer timeout stands in the row of each agent, durable, before the first frame names it: whoever holds
 *     such a lease is waited for by every later term (R16). `Ground.toldTiming` is what frames may say at once.
 * I2  A lease is renewed by the echo of a *newer* beat only (R11): so agents are probed until they have confirmed,
 *     and nobody waits for their next beats.
 */
import { controller as controllerMachine } from '../machines/controller.ts';
import type { AgentFrame } from '../transport/frame.ts';
import { ActorSet } from './actor.ts';
import type { AgentConnections } from './agent-connection.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { Ground } from './ground.ts';
import type { Peer } from './peer.ts';
import { subject } from './records.ts';
import type { SubTransactions } from './sub-transaction.ts';

/** An agent that has tasks while its controller is away. */
export interface Keeper {
  readonly agent: string;
  /** Attempts that are out there. */
  readonly tasks: number;
  /** Instant in ms until which they live without a controller; null: it is not heard, so nobody knows. */
  readonly until: number | null;
  /** It has confirmed the longer lease; false as well where none was granted. */
  readonly isGranted: boolean;
}

/** What has been granted, and how each agent stands with it. */
interface Grant {
  readonly at: number;
  readonly version: number;
  /** What a lease ran for before, by agent. */
  readonly beforeMs: ReadonlyMap<string, number>;
  /** Its newest beat when it was granted: whoever confirms has had a newer one echoed. */
  readonly heardAt: ReadonlyMap<string, number>;
  readonly confirmed: Set<string>;
}

/** Two probes do: what answers the first is echoed, and with that renews; what answers the second says so. */
const PROBE_EVERY_MS = 200;

export class Handover implements Remembering {
  readonly #ground: Ground;
  readonly #connections: AgentConnections;
  readonly #subs: Pick<SubTransactions, 'countOnAgent'>;
  readonly #chart: ActorSet<'controller', typeof controllerMachine>;
  /** Who waits for its end. */
  #tickets: number[] = [];
  #grant: Grant | undefined;

  constructor(
    ground: Ground,
    connections: AgentConnections,
    subs: Pick<SubTransactions, 'countOnAgent'>,
  ) {
    this.#ground = ground;
    this.#connections = connections;
    this.#subs = subs;
    const machine = controllerMachine.provide({ actions: { letGo: () => this.#tell() } });
    this.#chart = new ActorSet(machine, 'controller', ground.loop.deadlines);
  }

  /** The term begins. */
  start(at: number): void {
    this.#chart.start('controller', { at });
  }

  /** All that was in flight is known again. */
  recovered(at: number): void {
    this.#chart.send('controller', { type: 'recovered', at });
  }

  get givesOut(): boolean {
    return this.#state === 'active';
  }

  /** Nothing is given out any more. */
  leave(ticket: number): void {
    const { turn } = this.#ground.loop;
    if (this.#chart.send('controller', { type: 'drain', at: turn.at })) this.#note('drain', {});
    turn.act({ kind: 'reply', ticket, value: undefined });
  }

  /**
   * Answers with who keeps what, when all have answered or have had their time.
   * @param timeoutMs what a lease is to run for until the next term; null: as long as it does
   */
  begin(timeoutMs: number | null, ticket: number): void {
    const { turn } = this.#ground.loop;
    this.#tickets.push(ticket);
    if (this.#state === 'stopped') return this.#tell();
    const { timing } = this.#ground.config;
    const { atLeastMs } = this.#ground.timings.plan;
    if (timeoutMs !== null && timeoutMs > Math.max(timing.timeoutMs, atLeastMs))
      this.#longer(timeoutMs);
    const withinMs = Math.ceil(this.#grant ? timing.timeoutMs / 2 : 2 * timing.delayMs);
    this.#chart.send('controller', { type: 'handOver', at: turn.at, withinMs });
  }

  /** A frame of an agent has been taken: it may confirm the longer lease. */
  heard(frame: AgentFrame): void {
    const peer = this.#connections.peer(frame.agent);
    if (!this.#grant || !peer || !isOfLink(frame, peer, this.#ground.term)) return;
    if (frame.timing >= this.#grant.version) this.#grant.confirmed.add(frame.agent);
  }

  due(name: string): void {
    const { at } = this.#ground.loop.turn;
    if (name !== 'handover') this.#chart.send('controller', { type: 'timeout', at });
    else if (this.#state === 'draining') this.#probe();
  }

  /** At the end of a turn: whether all have answered. */
  finish(): void {
    if (this.#tickets.length === 0 || this.#state !== 'draining') return;
    for (const peer of this.#present()) if (!this.#hasAnswered(peer)) return;
    this.#chart.send('controller', { type: 'settled', at: this.#ground.loop.turn.at });
  }

  remember(memory: Memory): void {
    memory.part('chart', this.#chart);
    this.#tickets = memory.keep('tickets', this.#tickets);
    this.#grant = memory.keep('grant', this.#grant);
  }

  get #state(): string | undefined {
    return this.#chart.read('controller')?.state;
  }

  #longer(timeoutMs: number): void {
    const { at } = this.#ground.loop.turn;
    const fact = this.#note('handover', { timeoutMs });
    const present = [...this.#present()];
    const beforeMs = new Map(present.map(({ row }) => [row.id, row.timeoutMs]));
    const heardAt = new Map(present.map(({ row, stampAt }) => [row.id, stampAt]));
    const version = this.#ground.retime(fact, { atLeastMs: timeoutMs });
    this.#grant = { at, version, beforeMs, heardAt, confirmed: new Set() };
    this.#connections.retimed();
    this.#probe();
  }

  /** Has those answer who have not confirmed yet, and owe no answer. */
  #probe(): void {
    const { turn, deadlines } = this.#ground.loop;
    for (const peer of this.#present()) {
      if (this.#grant!.confirmed.has(peer.row.id) || peer.requests.hasOpen) continue;
      peer.requests.add({ kind: 'probe' });
      peer.owes = true;
    }
    deadlines.set('handover', turn.at + PROBE_EVERY_MS);
  }

  /** Agents of which nobody knows that their boot is over. */
  *#present(): Iterable<Peer> {
    for (const peer of this.#connections.peers()) if (peer.row.state === 'present') yield peer;
  }

  #isHeard({ row }: Peer): boolean {
    return this.#connections.stateOf(row.id) !== 'suspect';
  }

  /** Who is not heard is waited for only where a longer lease would save its tasks. */
  #hasAnswered(peer: Peer): boolean {
    const { id } = peer.row;
    if (this.#grant && this.#subs.countOnAgent(id) > 0) return this.#grant.confirmed.has(id);
    return !this.#isHeard(peer) || !peer.requests.hasOpen;
  }

  #tell(): void {
    const { turn } = this.#ground.loop;
    const value = [...this.#keepers()];
    for (const ticket of this.#tickets) turn.act({ kind: 'reply', ticket, value });
    this.#tickets = [];
  }

  *#keepers(): Iterable<Keeper> {
    for (const peer of this.#present()) {
      const { id, timeoutMs } = peer.row;
      const tasks = this.#subs.countOnAgent(id);
      if (tasks === 0) continue;
      const granted = this.#grant?.confirmed.has(id) ? this.#grant : undefined;
      const leaseMs = Math.min(timeoutMs, this.#grant?.beforeMs.get(id) ?? timeoutMs);
      const knownUntil = this.#isHeard(peer) ? peer.stampAt + leaseMs : null;
      const until = granted ? (granted.heardAt.get(id) ?? granted.at) + timeoutMs : knownUntil;
      yield { agent: id, tasks, until, isGranted: granted !== undefined };
    }
  }

  #note(what: 'drain' | 'handover', detail: { readonly timeoutMs?: number }): number {
    return this.#ground.record({
      subject: subject.controller,
      kind: `controller.${what}`,
      detail,
    });
  }
}

/** Whether a frame is of the boot that is known and of this term. */
const isOfLink = (frame: AgentFrame, { row, requests }: Peer, term: number): boolean =>
  row.state === 'present' &&
  frame.storeId === row.storeId &&
  frame.boot === row.boot &&
  frame.term === term &&
  frame.link === requests.link;
