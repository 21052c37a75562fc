/**
 * The lease ends before the work is given again: at the moment at which attempt n + 1 is handed out, nothing
 * of the attempts before runs any more, anywhere. Sharper than never-two-at-once, since the next one need not
 * have been started yet.
 */
import { property } from './checker.ts';
import { isWithinBounds } from './bounds.ts';
import { nameOf } from './executions.ts';

export const leaseBeforeGive = property('lease-before-give', (books, fail) => {
  const isPromised = isWithinBounds(books.setting);
  return {
    see(sight) {
      if (!isPromised) return;
      for (const { kind, birth, id, attempt } of books.decision?.facts ?? []) {
        if (kind !== 'assign' || birth === undefined) continue;
        for (const alive of books.work.aliveOf(birth)) {
          if (books.isExcused(alive)) continue;
          if (books.lies.coversBirth(birth, id!)) continue;
          fail(sight.atMs, `${id}#${attempt} was handed out while ${nameOf(alive)} ran.`);
        }
      }
    },
  };
});
