/**
 * Never two executions of one sub-transaction at once, in true time. Promised while no clock runs further off
 * than the drift of the settings and killing takes no longer than they say; beyond that it is not looked for.
 */
import { property } from './checker.ts';
import { isWithinBounds } from './bounds.ts';
import { nameOf } from './executions.ts';

export const neverTwoAtOnce = property('never-two-at-once', (books, fail) => {
  const isPromised = isWithinBounds(books.setting);
  return {
    see(sight) {
      const { execution } = books;
      if (!isPromised || sight.what !== 'ledger' || sight.line.what !== 'start' || !execution)
        return;
      const { fence, id } = execution;
      if (books.lies.coversBirth(fence.birth, id)) return;
      for (const other of books.work.aliveOf(fence.birth)) {
        if (other === execution || books.isExcused(other)) continue;
        fail(sight.atMs, `${nameOf(execution)} was started while ${nameOf(other)} ran.`);
      }
    },
  };
});
