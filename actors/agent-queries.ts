/**
 * The agents of a controller, as a list: what is recorded of each, and what a running controller knows of
 * it now beside that.
 */
import type { Recorded } from './facts.ts';
import { flightsIn } from './flights.ts';
import { key, under, type AgentRow } from './records.ts';
import { Refused } from './refused.ts';
import { rowOf } from './sub-row.ts';
import { instantOrNull } from './views.ts';

/** What only a running controller knows of an agent. */
export interface AgentLive {
  /** State of its connection; `lost` or `left` when its boot is over. */
  readonly connection: string;
  /** Tasks that run there, by its last word. */
  readonly running: number;
  /** Tasks that wait there for a slot. */
  readonly waiting: number;
  /** How late its loop last woke, in ms. */
  readonly lagMs: number;
  /** It takes nothing new, since it is about to end. */
  readonly leaving: boolean;
  /** Instant of its last word, in ms; of a new term: when that began. */
  readonly heardAt: number;
}

/** An agent in a list. What only a running controller knows is null without one. */
export interface AgentSummary {
  readonly id: string;
  /** `lost`, or `left` in order: this boot is over for good. */
  readonly state: AgentRow['state'];
  readonly connection: string | null;
  readonly boot: number;
  readonly slots: number;
  /** Attempts that are out at it, by the controller's records. */
  readonly inFlight: number;
  readonly running: number | null;
  readonly waiting: number | null;
  readonly lagMs: number | null;
  /** Somebody has asked that it be given nothing new. */
  readonly draining: boolean;
  readonly leaving: boolean | null;
  readonly handlers: readonly string[];
  readonly heardAt: string | null;
  /** Until then a lost boot may still be running its tasks. */
  readonly heldUntil: string | null;
}

/** All agents that have ever said hello, in order of their ids. */
export function listAgents(
  store: Recorded,
  liveOf: (id: string) => AgentLive | undefined,
): readonly AgentSummary[] {
  const inFlight = new Map<string | null, number>();
  for (const birth of flightsIn(store)) {
    const { agent } = rowOf(store.get(key.sub(birth))!).context;
    inFlight.set(agent, (inFlight.get(agent) ?? 0) + 1);
  }
  return [...store.range(under('agent'))].map(([, value]) => {
    const row = value as unknown as AgentRow;
    return agentSummary(row, inFlight.get(row.id) ?? 0, liveOf(row.id));
  });
}

function agentSummary(row: AgentRow, inFlight: number, live: AgentLive | undefined): AgentSummary {
  const { id, state, boot, slots, draining, handlers } = row;
  return {
    id,
    state,
    connection: live?.connection ?? null,
    boot,
    slots,
    inFlight,
    running: live?.running ?? null,
    waiting: live?.waiting ?? null,
    lagMs: live?.lagMs ?? null,
    draining,
    leaving: live?.leaving ?? null,
    handlers,
    heardAt: instantOrNull(live?.heardAt ?? null),
    heldUntil: instantOrNull(row.heldUntil),
  };
}

export const noAgent = (id: string) =>
  new Refused('unknown', `There is no agent "${id}": none has said hello under it.`);
