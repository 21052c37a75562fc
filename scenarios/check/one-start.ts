/**
 * One start per fence: whatever is lost, delayed or said twice, an attempt is begun at most once, anywhere
 * (R4 to R7). A controller whose disk has lost the record of the work may ask for it again; an agent whose disk
 * has lost an attempt is a new boot, and is asked for none of the old ones.
 */
import { property } from './checker.ts';
import { nameOf } from './executions.ts';

export const oneStart = property('one-start', ({ work, lies }, fail) => {
  return {
    see(sight) {
      if (sight.what !== 'ledger' || sight.line.what !== 'start') return;
      const { fence, id } = sight.line;
      const starts = work.of(fence);
      if (starts.length < 2 || lies.coversBirth(fence.birth, id)) return;
      const [first] = starts;
      const again = starts.at(-1)!;
      fail(
        sight.atMs,
        `${nameOf(again)} was started although ${nameOf(first!)} was, ${sight.atMs - first!.startedAt} ms before.`,
      );
    },
  };
});
