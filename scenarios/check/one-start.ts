/**
 * One start per fence: whatever is lost, delayed or said twice, an attempt is begun at most once, anywhere
 * (R4 to R7). A disk that has lost the record of an attempt excuses the second start of that attempt.
 */
import { property } from './checker.ts';
import { nameOf } from './executions.ts';

export const oneStart = property('one-start', ({ work, lies }, fail) => {
  return {
    see(sight) {
      if (sight.what !== 'ledger' || sight.line.what !== 'start') return;
      const { fence, id } = sight.line;
      const starts = work.of(fence);
      if (starts.length < 2 || lies.covers(fence, id)) return;
      const [first] = starts;
      const again = starts.at(-1)!;
      fail(
        sight.atMs,
        `${nameOf(again)} was started although ${nameOf(first!)} was, ${sight.atMs - first!.startedAt} ms before.`,
      );
    },
  };
});
