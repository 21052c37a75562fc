/**
 * What only a running controller knows of an agent: its last word, and whether its loop turns.
 *
 *   a word says lag ≤ period ──▶ turns ──lag > period──▶ blocked ──lag ≤ period──▶ turns
 *                                         agent.blocked           agent.unblocked
 *
 * Blocked is not gone: the agent speaks, so its tasks stay with it, and it is given nothing new.
 */
import { subject } from './records.ts';
import type { Ground } from './ground.ts';
import type { Peer } from './peer.ts';

/** What only a running controller knows of an agent. */
export interface AgentLive {
  /** State of its connection; `lost` or `left` when its boot is over. */
  readonly connection: string;
  /** Tasks that run there, by its last word. */
  readonly running: number;
  /** Tasks that wait there for a slot. */
  readonly waiting: number;
  /** How long its loop has not turned, or how late it last did, in ms. */
  readonly lagMs: number;
  /** It speaks, but its loop does not turn. */
  readonly blocked: boolean;
  /** It says that it hears nothing of the controller. */
  readonly deaf: boolean;
  /** It takes nothing new, since it is about to end. */
  readonly leaving: boolean;
  /** Instant of its last word, in ms; null: none in this term. */
  readonly heardAt: number | null;
  /** Its boot began less than a timeout ago, and was not its first. */
  readonly rebooted: boolean;
}

/** @param at the present */
export function agentLive(peer: Peer, connection: string, at: number): AgentLive {
  const { row, beat, word, blockedAt } = peer;
  const { running, waiting, lagMs, leaving } = beat;
  return {
    connection,
    running,
    waiting,
    lagMs,
    blocked: blockedAt !== null,
    deaf: word?.deaf ?? false,
    leaving,
    heardAt: word?.at ?? null,
    rebooted: row.boot > 1 && at - row.bootAt < row.timeoutMs,
  };
}

/** Takes down whether the loop of an agent turns, by its last word; a fact when that has changed. */
export function noteLag(ground: Ground, peer: Peer): void {
  const { at } = ground.loop.turn;
  const { lagMs } = peer.beat;
  const { id: agent, boot } = peer.row;
  const isBlocked = lagMs > ground.timings.of(peer.row).periodMs;
  if (isBlocked === (peer.blockedAt !== null)) return;
  const about = { subject: subject.agent(agent), agent, boot };
  if (isBlocked) {
    peer.blockedAt = at - lagMs;
    ground.record({ ...about, kind: 'agent.blocked', detail: { lagMs } });
    ground.log('warn', { agent, lagMs }, 'agent blocked');
  } else {
    const detail = { blockedMs: at - peer.blockedAt! };
    peer.blockedAt = null;
    ground.record({ ...about, kind: 'agent.unblocked', detail });
  }
}
