/**
 * How the timing that is decided for an agent comes to hold for its connection.
 *
 *   decided ── a longer timeout: into its row at once, before any frame names it ──▶ counts from then on
 *      │
 *      └─ told ─▶ the agent takes it with the echo of a newer beat ─▶ its frames name the version ─▶ all of it
 *                                                                     counts: period, delay, a shorter timeout
 *
 * I1  `row.timeoutMs` is never less than the lease that the boot may hold: what was decided, what frames may
 *     still say (`toldTimings`), or what it held before and has not confirmed to have given up (R16).
 * I2  Until an agent has confirmed a period it is watched by the one before: it beats by it.
 */
import type { agentConnection } from '../machines/agent-connection.ts';
import { isSameBeat } from '../machines/class-settings.ts';
import { guardMs, suspectAfterMs, type Timing } from '../machines/timing.ts';
import type { ActorSet } from './actor.ts';
import type { Ground } from './ground.ts';
import type { Peer } from './peer.ts';
import type { AgentRow } from './records.ts';
import type { Addressed } from './timings.ts';

export class AgentTimings {
  readonly #ground: Ground;
  readonly #charts: ActorSet<string, typeof agentConnection>;
  readonly #save: (peer: Peer, change: Partial<AgentRow>) => void;

  constructor(
    ground: Ground,
    charts: ActorSet<string, typeof agentConnection>,
    save: (peer: Peer, change: Partial<AgentRow>) => void,
  ) {
    this.#ground = ground;
    this.#charts = charts;
    this.#save = save;
  }

  /** The timing that is decided for an agent. */
  of(agent: Addressed): Timing {
    return this.#ground.timings.of(agent);
  }

  /** A request is repeated so often; a boot that was lost keeps its id for so long. */
  everyMs(agent: Addressed): number {
    return suspectAfterMs(this.of(agent));
  }

  /** The longest timeout that an agent may be told: decided, or decided before and told until that is durable. */
  grantedMs(agent: Addressed): number {
    const { timings, toldTimings } = this.#ground;
    return Math.max(timings.of(agent).timeoutMs, toldTimings.of(agent).timeoutMs);
  }

  /** How long beyond the lease that a boot may hold nothing of its work is given out again. */
  guardMs(row: AgentRow): number {
    const { drift, killTimeMs } = this.#ground.config;
    return guardMs({ ...this.of(row), timeoutMs: row.timeoutMs }, { drift, killTimeMs });
  }

  /** How long from now a boot may still hold its lease, guard included. */
  heldForMs(row: AgentRow | undefined): number {
    if (row) return row.timeoutMs + this.guardMs(row);
    const { config, timings } = this.#ground;
    return timings.longestMs + guardMs({ ...config.timing, timeoutMs: timings.longestMs }, config);
  }

  /** By what the connection of a boot is watched that is taken up: the lease that it may hold counts. */
  watching(row: AgentRow): Timing {
    const { id: agent, address } = row;
    if (this.#ground.timings.isTorn(row))
      this.#ground.log(
        'warn',
        { agent, address },
        'process classes give this agent two timings, by its id and by its address: that of its id holds',
      );
    return { ...this.of(row), timeoutMs: row.timeoutMs };
  }

  /**
   * Another timing is decided: a longer lease is not given up before it is over, whether the agent has heard of it
   * or not (R16). True when the agent has yet to confirm something of it.
   */
  decided(peer: Peer): boolean {
    const { id } = peer.row;
    const timing = this.of(peer.row);
    const watched = this.#charts.read(id)?.context.timing;
    if (timing.timeoutMs > peer.row.timeoutMs) {
      this.#save(peer, { timeoutMs: timing.timeoutMs });
      const longer = { ...(watched ?? timing), timeoutMs: timing.timeoutMs };
      this.#charts.send(id, { type: 'retime', at: this.#ground.loop.turn.at, timing: longer });
    }
    return !isSameBeat(this.#charts.read(id)?.context.timing ?? timing, timing);
  }

  /** A frame of the boot names the version that it holds: what is decided counts once that is it. */
  confirmed(peer: Peer, version: number): void {
    const { id } = peer.row;
    const timing = this.of(peer.row);
    if (version !== timing.version) return;
    if (peer.row.timeoutMs !== timing.timeoutMs) this.#save(peer, { timeoutMs: timing.timeoutMs });
    const watched = this.#charts.read(id)?.context.timing;
    if (!watched || isSameBeat(watched, timing)) return;
    this.#charts.send(id, { type: 'retime', at: this.#ground.loop.turn.at, timing });
  }
}
