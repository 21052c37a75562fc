/**
 * The agents of a controller: one chart and one link for the present boot of each.
 *
 *   frame ─▶ whose is it? ─▶ known boot: a word ─▶ chart (connected, suspect, …) ─▶ its content (takeover)
 *               │
 *               ├─ new boot: the older one is over, a new link        ├─ lost boot: `gone`
 *               └─ lower boot: `stale`                                └─ other store: `inUse`, `held`
 *
 * Rules: R1 (a lost boot is never renewed), R2 (boots are ordered, frames name theirs), R4 (only request 1
 * of a link tells absence), R14 (requests are repeated whatever the state), A14 (one store per id).
 */
import { agentConnection } from '../machines/agent-connection.ts';
import type { AgentFrame, Notice } from '../transport/frame.ts';
import { ActorSet } from './actor.ts';
import { noteLag } from './agent-live.ts';
import { rowOfBoot } from './agent-row.ts';
import { AgentTimings } from './agent-timing.ts';
import type { Memory, Remembering } from './freezing.ts';
import type { ControllerEffect, Ground } from './ground.ts';
import { Hearing } from './hearing.ts';
import { TermTooLow } from './higher-terms.ts';
import { noticeTo } from './notices.ts';
import { Peer } from './peer.ts';
import { key, subject, under, type AgentRow } from './records.ts';
import { Sending } from './sending.ts';

/** What the connections ask of the rest of the controller. */
export interface ConnectionHooks {
  /** What a frame of the present link says. */
  content(peer: Peer, frame: AgentFrame): void;
  /** A boot is lost; its work may be given out again at `releaseAt`. */
  lost(agent: string, releaseAt: number): void;
  /** An agent may be given work (again). */
  back(agent: string): void;
  /** An agent could not be given work, or has taken some. */
  couldNotTake(agent: string): void;
  hasTaken(agent: string): void;
  /** Log bytes on record of an attempt. */
  logLength(fence: { readonly birth: number; readonly attempt: number }): number;
}

/** The request that opens a link is sent again this long after its sending, to an agent that speaks. */
const OPENING_EVERY_MS = 1_000;

export class AgentConnections implements Remembering {
  readonly #ground: Ground;
  readonly #hooks: ConnectionHooks;
  readonly #peers = new Map<string, Peer>();
  /** Those that something is owed to. */
  readonly #owing = new Set<Peer>();
  readonly #sending: Sending;
  readonly #charts: ActorSet<string, typeof agentConnection>;
  readonly #timing: AgentTimings;
  readonly hearing: Hearing;
  #probedAt = -Infinity;
  /** Frames dropped, by reason. */
  readonly dropped = new Map<string, number>();

  constructor(ground: Ground, hooks: ConnectionHooks) {
    this.#ground = ground;
    this.#hooks = hooks;
    this.#sending = new Sending(ground, (fence) => hooks.logLength(fence));
    const { periodMs, delayMs } = ground.config.timing;
    this.hearing = new Hearing(periodMs, delayMs);
    const machine = agentConnection.provide({
      actions: {
        openLink: ({ context }) => this.openLink(context.agent),
        probe: ({ context }) => this.#probe(context.agent),
        declareLost: ({ context }) => this.#declareLost(context.agent),
      },
    });
    this.#charts = new ActorSet(machine, 'connection', ground.loop.deadlines);
    this.#timing = new AgentTimings(ground, this.#charts, (peer, change) =>
      this.save(peer, change),
    );
  }

  /** Takes up the agents of the term before: each counts as heard now, and reports on a new link (R12). */
  recover(): void {
    const { turn } = this.#ground.loop;
    for (const [, value] of [...turn.range(under('agent'))]) {
      const known = value as unknown as AgentRow;
      // A guard that runs begins anew: no safety deadline is taken from the wall clock (A11).
      const heldUntil = known.heldUntil === null ? null : turn.at + this.#timing.heldForMs(known);
      const row = { ...known, heldUntil };
      const beat = { slots: row.slots, running: 0, waiting: 0, lagMs: 0, leaving: false };
      // The predecessor may have echoed beats for as long as its last append proved its hold (R13).
      const heardAt = turn.at + this.#ground.config.termLeaseMs;
      this.#peers.set(row.id, new Peer(row, beat, heardAt, this.#owing));
      if (row.state === 'present') this.#startChart(row, heardAt, true);
    }
    this.#ground.loop.deadlines.set('probe', turn.at);
  }

  /** A frame from an agent: decoded, and its subject is that of the agent it names. */
  take(frame: AgentFrame): void {
    const { controllerId, term } = this.#ground;
    // A hello (link 0) is for whoever hears it; it names the controller that was followed last.
    if (frame.link > 0 && frame.controllerId !== controllerId) return this.drop('controller');
    if (frame.term > term && frame.controllerId === controllerId) throw new TermTooLow(frame);
    const peer = this.#peers.get(frame.agent);
    if (!peer) return this.#adopt(frame, 'present', false);
    const { row } = peer;
    if (row.storeId !== frame.storeId) return this.#otherStore(peer, frame);
    if (frame.boot < row.boot) return this.#notice(frame, 'stale', row.boot);
    if (frame.boot > row.boot) return this.#succeed(peer, frame);
    if (row.state !== 'present') return this.#notice(frame, 'gone', row.boot);
    const { bootId = row.bootId } = frame.hello ?? {};
    // Another boot of the same number: its store went back in time (R2).
    if (row.bootId && bootId !== row.bootId) return this.#notice(frame, 'stale', row.boot);
    if (bootId && !row.bootId) this.save(peer, { bootId });
    this.#word(peer, frame);
  }

  peer(agent: string): Peer | undefined {
    return this.#peers.get(agent);
  }

  peers(): IterableIterator<Peer> {
    return this.#peers.values();
  }

  /** State of an agent's chart; `lost` or `left` when its boot is over. */
  stateOf(agent: string): string {
    const hasLeft = this.#peers.get(agent)?.row.state === 'left';
    return this.#charts.read(agent)?.state ?? (hasLeft ? 'left' : 'lost');
  }

  /** How long from now the present boot may still hold its lease, guard included. */
  heldForMs(agent: string): number {
    return this.#timing.heldForMs(this.#peers.get(agent)?.row);
  }

  /** Opens the next link of an agent: after an outage, or because the present one cannot be mended (B7). */
  openLink(agent: string): void {
    const peer = this.#peers.get(agent);
    peer?.openLink(this.#timing.everyMs(peer.row), this.#ground.births);
  }

  /** The report of the present link has been used. */
  reported(agent: string, detail: { readonly [kind: string]: number }): void {
    const before = this.stateOf(agent);
    this.#charts.send(agent, { type: 'report', at: this.#ground.loop.turn.at });
    this.#changed(agent, before, detail);
    this.#hooks.back(agent);
  }

  /** It gave work back since it is about to end, or has answered that it has some. */
  tookWork(agent: string, took: boolean): void {
    if (took) this.#hooks.hasTaken(agent);
    else this.#hooks.couldNotTake(agent);
  }

  /** The agent has ended in order: nothing of this boot lives, and it is owed but an acknowledgement. */
  leave(peer: Peer): void {
    const { id } = peer.row;
    const before = this.stateOf(id);
    this.save(peer, { state: 'left' });
    this.#charts.send(id, { type: 'end', at: this.#ground.loop.turn.at });
    this.#changed(id, before, {});
  }

  /** The agent misses request `n` and what follows it. */
  repeatFrom(peer: Peer, n: number): void {
    this.#sending.repeat(peer, peer.requests.takeFrom(n, this.#ground.loop.turn.at));
  }

  /** Other timings are decided: whoever is to hear of it is asked for a word, since an echo tells it (R11). */
  retimed(): void {
    for (const peer of this.#peers.values()) {
      if (peer.row.state === 'present' && this.#timing.decided(peer)) this.#probe(peer.row.id);
    }
  }

  save(peer: Peer, change: Partial<AgentRow>): void {
    peer.row = { ...peer.row, ...change };
    this.#ground.loop.turn.put(key.agent(peer.row.id), peer.row as never);
  }

  /** The transport is back: what is open is sent again at once (B1). */
  reconnected(): void {
    this.#probeSelf();
    for (const peer of this.#peers.values()) this.repeatFrom(peer, 1);
  }

  /** The transport is away: nothing is heard, so nobody is judged. */
  disconnected(): void {
    this.hearing.away(this.#ground.loop.turn.at);
  }

  /** The probe of that instant is back, and whatever was said before it has been read. */
  probeBack(sentAt: number): void {
    const { at } = this.#ground.loop.turn;
    const { begins, inTime, judged } = this.hearing.back(sentAt, at);
    if (begins) {
      for (const [agent, { row }] of this.#peers) {
        if (row.state === 'present') this.#charts.send(agent, { type: 'hearing', at });
      }
    }
    for (const name of judged) this.#judge(name, inTime);
  }

  due(name: string): void {
    const { turn } = this.#ground.loop;
    const [what, agent] = name.split(':') as [string, string];
    if (what === 'echo') {
      const peer = this.#peers.get(agent);
      // A boot that was given up in this very turn is renewed no more (R1).
      if (peer?.row.state === 'present') this.#sending.echo(peer);
      return;
    }
    if (what !== 'probe') this.hearing.wait(name, turn.at);
    this.#probeSelf();
  }

  /** Sends what is owed. */
  finish(): void {
    for (const peer of [...this.#owing]) {
      peer.owes = false;
      if (peer.row.state === 'lost' || this.#peers.get(peer.row.id) !== peer) continue;
      this.#sending.send(peer);
      this.#sending.arm(peer, this.hearing);
    }
  }

  /** What was taken over of an agent is on disk, unless another store has its id by now. */
  durable({ agent, storeId, recorded, logs }: ControllerEffect & { kind: 'durable' }): void {
    const peer = this.#peers.get(agent);
    if (peer?.row.storeId === storeId) peer.durable(recorded, logs);
  }

  /** A frame has left: its echo is out. */
  sent(effect: ControllerEffect & { kind: 'frame' }): void {
    const peer = this.#peers.get(effect.frame.agent);
    if (peer?.row.boot === effect.frame.boot) peer.hasSent(effect.frame);
  }

  remember(memory: Memory): void {
    const known = memory.keep(
      'agents',
      [...this.#peers.values()].map(({ row, beat }) => ({ row, beat })),
    );
    for (const { row, beat } of known) {
      const peer = this.#peers.get(row.id) ?? new Peer(row, beat, 0, this.#owing);
      this.#peers.set(row.id, peer);
      memory.part(`agent ${row.id}`, peer);
    }
    const owing = [...this.#owing].map(({ row }) => row.id);
    for (const id of memory.keep('owing', owing)) this.#peers.get(id)!.owes = true;
    memory.part('charts', this.#charts);
    memory.part('hearing', this.hearing);
    this.#probedAt = memory.keep('probedAt', this.#probedAt);
  }

  #word(peer: Peer, frame: AgentFrame): void {
    const { turn } = this.#ground.loop;
    if (peer.stamp === null || frame.stamp > peer.stamp) {
      peer.stamp = frame.stamp;
      peer.stampAt = turn.at;
    }
    peer.beat = frame.beat;
    peer.word = { at: turn.at, deaf: frame.deaf };
    noteLag(this.#ground, peer);
    peer.owes = true;
    if (frame.beat.slots !== peer.row.slots) this.save(peer, { slots: frame.beat.slots });
    this.#timing.confirmed(peer, frame.timing);
    const before = this.stateOf(peer.row.id);
    // Whoever hears nothing of a controller that was away itself is not to blame.
    const deaf = frame.deaf && this.hearing.forMs(turn.at) > this.#timing.everyMs(peer.row);
    this.#charts.send(peer.row.id, { type: 'word', at: turn.at, deaf });
    this.#changed(peer.row.id, before, deaf ? { deaf } : {});
    if (frame.term === this.#ground.term && peer.isAhead(frame)) {
      this.#ground.log('warn', { agent: peer.row.id }, 'this store went back in time');
      peer.openLink(this.#timing.everyMs(peer.row), frame.link);
    }
    if (frame.term !== this.#ground.term || frame.link !== peer.requests.link) {
      // It speaks and has not joined the link: the request that opens it was lost (B4).
      if (peer.requests.waitingMs(turn.at) >= OPENING_EVERY_MS) this.repeatFrom(peer, 1);
      return this.drop('link');
    }
    this.#hooks.content(peer, frame);
  }

  /** A boot with a higher number proves that the one before is over (R2). Its work is judged by the report. */
  #succeed(peer: Peer, frame: AgentFrame): void {
    this.#charts.drop(peer.row.id);
    this.#adopt(frame, 'present', peer.row.state !== 'left');
  }

  // Another store under a known id is refused until the known boot's lease is certainly over. Then it is
  // adopted as already lost, so that its next boot comes in clean (A14).
  #otherStore(peer: Peer, frame: AgentFrame): void {
    const { at } = this.#ground.loop.turn;
    const { row } = peer;
    if (row.state === 'present' || (row.heldUntil ?? 0) > at) {
      const isSilent = ['suspect', 'lost'].includes(this.stateOf(row.id));
      const silentMs = peer.stamp === null ? undefined : Math.floor(at - peer.stampAt);
      return this.#notice(frame, isSilent ? 'held' : 'inUse', row.boot, silentMs);
    }
    this.#adopt(frame, 'lost', false);
    this.#notice(frame, 'gone', frame.boot);
  }

  #adopt(frame: AgentFrame, state: AgentRow['state'], outage: boolean): void {
    const { at } = this.#ground.loop.turn;
    const before = this.#peers.get(frame.agent);
    const row = rowOfBoot(frame, before?.row, state, at, this.#timing);
    const sameStore = before?.row.storeId === row.storeId;
    const peer = new Peer(row, frame.beat, at, this.#owing, sameStore ? before : undefined);
    this.#peers.set(row.id, peer);
    this.save(peer, {});
    // What the boot before was silent for: of a cut in which nobody could be judged nothing else tells.
    const silentMs = outage && before?.word ? Math.floor(at - before.word.at) : undefined;
    const detail = silentMs !== undefined && { detail: { silentMs } };
    this.#note(row.id, { kind: 'agent.boot', boot: row.boot, state, ...detail });
    if (state === 'lost') return;
    this.#startChart(row, at, outage);
    this.#word(peer, frame);
  }

  #startChart(row: AgentRow, at: number, outage: boolean): void {
    const timing = this.#timing.watching(row);
    this.#charts.start(row.id, { agent: row.id, boot: row.boot, timing, at, outage });
  }

  /** A probe to itself; at most one of an instant, since it serves all that wait for one. */
  #probeSelf(): void {
    const { turn, deadlines } = this.#ground.loop;
    if (this.#probedAt === turn.at) return;
    this.#probedAt = turn.at;
    turn.actNow({ kind: 'probe', sentAt: turn.at });
    deadlines.set('probe', turn.at + this.hearing.everyMs);
  }

  /** A deadline came due, and what was said before a probe that was sent since has been read. */
  #judge(name: string, inTime: boolean): void {
    const { at } = this.#ground.loop.turn;
    const [what, agent] = name.split(':') as [string, string];
    const peer = this.#peers.get(agent);
    if (peer?.row.state !== 'present') return;
    if (what === 'repeat') {
      this.#sending.repeat(peer, peer.requests.takeDue(at));
      this.#sending.arm(peer, this.hearing);
    } else if (inTime) {
      const before = this.stateOf(agent);
      this.#charts.send(agent, { type: 'timeout', at });
      this.#changed(agent, before, {});
    } else this.hearing.wait(name, at);
  }

  #probe(agent: string): void {
    const peer = this.#peers.get(agent)!;
    if (!peer.requests.hasOpen) peer.requests.add({ kind: 'probe' });
    peer.owes = true;
  }

  #declareLost(agent: string): void {
    const peer = this.#peers.get(agent)!;
    const { turn } = this.#ground.loop;
    const releaseAt = Math.max(turn.at, peer.stampAt + this.heldForMs(agent));
    this.save(peer, { state: 'lost', heldUntil: releaseAt });
    this.#ground.loop.deadlines.set(`repeat:${agent}`, null);
    this.#hooks.lost(agent, releaseAt);
  }

  #changed(agent: string, before: string, detail: object): void {
    const chart = this.#charts.read(agent);
    if (!chart || chart.state === before) return;
    const { at } = this.#ground.loop.turn;
    const silentMs = at - chart.context.heardAt;
    this.#note(agent, {
      kind: `agent.${chart.state}`,
      state: chart.state,
      detail: { before, silentMs, ...detail },
    });
    if (chart.state === 'lost' || chart.state === 'suspect') {
      if (this.#peers.get(agent)?.requests.hasOpenAssign) this.#hooks.couldNotTake(agent);
      this.#ground.log('warn', { agent, silentMs }, `agent ${chart.state}`);
    }
  }

  #notice(frame: AgentFrame, kind: Notice['kind'], known: number, silentMs?: number): void {
    this.drop(kind);
    const notice = { kind, known, ...(silentMs !== undefined && { silentMs }) };
    this.#ground.loop.turn.act({ kind: 'frame', frame: noticeTo(frame, this.#ground, notice) });
  }

  #note(
    agent: string,
    fact: { kind: string; boot?: number; state?: string; detail?: object },
  ): void {
    this.#ground.record({ subject: subject.agent(agent), agent, ...fact } as never);
  }

  /** Counts a frame that is dropped. */
  drop(why: string): void {
    this.dropped.set(why, (this.dropped.get(why) ?? 0) + 1);
  }
}
