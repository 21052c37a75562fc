/**
 * Attempts that were given up for their agent's silence, and whose end nobody has told since. By the lease
 * they are over, and their work may run again; a witness there is none. They are counted and shown until
 * there is one.
 *
 *   lost by silence ─▶ unconfirmed ──┬── the agent tells how it ended, late ─────▶ confirmed
 *                                    └── its report shows that it is not there ──▶ confirmed
 *
 * An agent whose store was replaced cannot tell what the old one held: that stays unconfirmed (A14).
 */
import type { Value } from '../store/store.ts';
import type { Fence } from '../transport/frame.ts';
import type { Recorded } from './facts.ts';
import { key, under, type AgentRow } from './records.ts';
import type { Turn } from './turn.ts';

type Writing = Pick<Turn<never>, 'get' | 'put' | 'delete' | 'range' | 'at'>;

interface UnconfirmedRow {
  /** Store and boot of the agent that it was given to. */
  readonly storeId: string;
  readonly boot: number;
  /** When it was given up. */
  readonly at: number;
}

export interface Unconfirmed extends UnconfirmedRow {
  readonly fence: Fence;
}

/** An attempt is given up, and its agent has not said a word about it. */
export function leaveUnconfirmed(turn: Writing, agent: string, boot: number, fence: Fence): void {
  const { storeId } = turn.get(key.agent(agent)) as unknown as AgentRow;
  const row: UnconfirmedRow = { storeId, boot, at: turn.at };
  turn.put(key.unconfirmed(agent, fence.birth, fence.attempt), row as unknown as Value);
}

/** The end of an attempt is certain. Harmless when it was before. */
export function confirm(turn: Writing, agent: string, fence: Fence): void {
  const name = key.unconfirmed(agent, fence.birth, fence.attempt);
  if (turn.get(name) !== undefined) turn.delete(name);
}

/** What is unconfirmed at an agent, in order of births. */
export function* unconfirmedAt(
  store: Pick<Recorded, 'range'>,
  agent: string,
): Iterable<Unconfirmed> {
  for (const [name, value] of store.range(under(`unconfirmed/${agent}`))) {
    const [birth, attempt] = name.split('/').slice(2).map(Number) as [number, number];
    yield { fence: { birth, attempt }, ...(value as unknown as UnconfirmedRow) };
  }
}

/** How many are unconfirmed at each agent that has some. */
export function countUnconfirmed(store: Pick<Recorded, 'range'>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [name] of store.range(under('unconfirmed'))) {
    const agent = name.split('/')[1]!;
    counts.set(agent, (counts.get(agent) ?? 0) + 1);
  }
  return counts;
}
