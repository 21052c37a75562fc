/**
 * Work that is finished is not done again: a `done` of the current attempt that the controller takes over ends
 * its sub-transaction, also while that waits for its next attempt (R17).
 */
import { key, type AgentRow } from '../../actors/records.ts';
import { isAfter } from '../../actors/outbox.ts';
import { isTerminal } from '../../actors/sub-indexes.ts';
import type { EndEntry } from '../../transport/frame.ts';
import type { Decision } from './books.ts';
import { property } from './checker.ts';

export const doneCounts = property('done-counts', (books, fail) => ({
  see(sight) {
    const { decision } = books;
    if (!decision) return;
    for (const { agent, entry } of takenOver(decision)) {
      const { birth, attempt } = entry;
      const row = decision.of.decided.sub(birth);
      if (entry.ending.kind !== 'done' || row === undefined) continue;
      const { context, state, id } = row;
      const isCurrent = context.attempt === attempt && context.agent === agent;
      if (!isCurrent || isTerminal(row)) continue;
      fail(
        sight.atMs,
        `${agent} has told that ${id}#${attempt} is done, and it is ${state} after it.`,
      );
    }
  },
}));

/** Ends in outboxes that a turn has put on record: those up to the place that it has moved on to. */
export function* takenOver({ changes, heard }: Pick<Decision, 'changes' | 'heard'>): Iterable<{
  readonly agent: string;
  readonly entry: EndEntry;
}> {
  for (const { agent, storeId, outbox } of heard) {
    if (outbox.length === 0) continue;
    const change = changes.get(key.agent(agent));
    const after = change?.after as unknown as AgentRow | undefined;
    const before = change?.before as unknown as AgentRow | undefined;
    if (!after?.recorded || after.storeId !== storeId) continue;
    const known = before?.storeId === storeId ? before.recorded : null;
    for (const entry of outbox) {
      const isTaken = isAfter(entry.place, known) && !isAfter(entry.place, after.recorded);
      if (isTaken && 'ending' in entry) yield { agent, entry };
    }
  }
}
