/**
 * Who waits is told once: a command has one answer, and the end of a sub-transaction is told in the turn that
 * ends it, once.
 */
import { key } from '../../actors/records.ts';
import { isTerminal } from '../../actors/sub-indexes.ts';
import { property } from './checker.ts';

export const toldOnce = property('told-once', (books, fail) => {
  const answered = new Map<string, Set<number>>();
  return {
    see(sight) {
      if (sight.what === 'term') answered.set(sight.seat, new Set());
      const { decision } = books;
      if (!decision) return;
      const { seat } = decision.of;
      const tickets = answered.get(seat) ?? new Set();
      answered.set(seat, tickets);
      const settled = new Map<number, number>();
      for (const effect of [...decision.step.now, ...decision.step.later]) {
        if (effect.kind === 'settled')
          settled.set(effect.birth, (settled.get(effect.birth) ?? 0) + 1);
        if (effect.kind !== 'reply' && effect.kind !== 'refuse') continue;
        if (tickets.has(effect.ticket))
          fail(sight.atMs, `Ticket ${effect.ticket} is answered twice.`);
        tickets.add(effect.ticket);
      }
      for (const { birth, before, after } of decision.subs) {
        const ends = after && isTerminal(after) && !(before && isTerminal(before));
        const told = settled.get(birth) ?? 0;
        // Nobody waits for what is cancelled with its run before anything has touched it.
        if (ends && decision.of.decided.get(key.sub(birth)) === undefined) continue;
        if (told !== (ends ? 1 : 0))
          fail(sight.atMs, `The end of ${(after ?? before)!.id} is told ${told} times.`);
        settled.delete(birth);
      }
      for (const [birth] of settled)
        fail(sight.atMs, `The end of birth ${birth} is told, and it has not ended.`);
    },
  };
});
