/**
 * Terminal is final: once a sub-transaction is done, failed or cancelled, its state, its attempt and the bytes
 * of its outcome never change. Only the chain of facts about it may grow.
 */
import { isTerminal } from '../../actors/sub-indexes.ts';
import type { SubRow } from '../../actors/records.ts';
import { property } from './checker.ts';
import { isSame } from './values.ts';

export const terminalIsFinal = property('terminal-is-final', (books, fail) => ({
  see(sight) {
    const { decision } = books;
    if (!decision) return;
    for (const { before, after } of decision.subs) {
      if (!before || !isTerminal(before) || (after && isSameEnd(before, after))) continue;
      fail(
        sight.atMs,
        `${before.id} was ${endOf(before)} and is ${after ? endOf(after) : 'gone'}.`,
      );
    }
    for (const [key, { before, after }] of decision.changes) {
      if (!key.startsWith('outcome/') || before === undefined || isSame(before, after)) continue;
      fail(
        sight.atMs,
        `The outcome of birth ${Number(key.slice(8))} was written before and changes.`,
      );
    }
  },
}));

const endOf = ({ state, context }: SubRow) =>
  `${state} (attempt ${context.attempt}, ${context.cause ?? 'no cause'}, at ${context.endedAt})`;

const isSameEnd = (before: SubRow, after: SubRow) => endOf(before) === endOf(after);
