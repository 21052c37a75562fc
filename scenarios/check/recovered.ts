/**
 * Recovery equals what was acknowledged: all that a node knew to be on its disk is there when the next life
 * opens it. Beyond that there may be what was under way, and nothing else.
 *
 *   durable 1 … durable 7 │ 8 under way │ crash ─▶ next life: 1 to 7, and 8 or not 8
 */
import type { TaskRow } from '../../actors/agent-records.ts';
import type { Value } from '../../store/store.ts';
import { diskOf, type Books } from './books.ts';
import { property } from './checker.ts';
import { isSame } from './values.ts';

/** What is known to be on a disk since it was last opened. */
interface Known {
  readonly written: Map<string, Value | undefined>;
  position: number;
  /** Number of the life that opened it: term or boot. */
  readonly life: number;
}

export const recovered = property('recovered-is-acknowledged', (books, fail) => {
  const disks = new Map<string, Known>();
  return {
    see(sight) {
      const { recorded } = books;
      if (recorded) {
        const disk = disks.get(diskOf(recorded.of.seat));
        if (!disk) return;
        for (const [key, value] of recorded.writes) disk.written.set(key, value);
        disk.position += recorded.entries;
      } else if (sight.what === 'lie') disks.delete(diskOf(sight.seat));
      else if (sight.what === 'term' || sight.what === 'boot') {
        // A twin has a new disk each time.
        const disk = sight.seat === 'twin' ? undefined : disks.get(diskOf(sight.seat));
        const { store, position, batch } = sight.life;
        const number = 'term' in sight.life ? sight.life.term : sight.life.boot;
        if (disk && position < disk.position)
          fail(
            sight.atMs,
            `${sight.seat} had ${disk.position} facts on disk and finds ${position}.`,
          );
        const begun = new Map(
          batch.writes.map((write) =>
            'put' in write
              ? [write.put, write.value]
              : ['delete' in write ? write.delete : '', undefined],
          ),
        );
        for (const [key, known] of disk?.written ?? []) {
          const found = store.get(key);
          if (isSame(found, known) || mayBe(books, key, found)) continue;
          if (begun.has(key) && isSame(begun.get(key), found)) continue;
          if (number > disk!.life + 1 && isOfBeginning(key, known, found)) continue;
          fail(
            sight.atMs,
            `${sight.seat} had ${key} on disk, and finds ${found ? 'another value' : 'nothing'}.`,
          );
        }
        const next = { written: begun, position: position + batch.entries.length, life: number };
        disks.set(diskOf(sight.seat), next);
      }
    },
  };
});

/** Whether a value is what a life before had under way. */
function mayBe({ followed }: Books, key: string, value: Value | undefined): boolean {
  for (const { decided } of followed) {
    for (const { writes } of decided.pending())
      if (writes.has(key) && isSame(writes.get(key), value)) return true;
  }
  return false;
}

/** Whether a life of which nothing was heard, since it ended while it began, may have written that. */
function isOfBeginning(name: string, known: Value | undefined, found: Value | undefined): boolean {
  if (name.startsWith('meta/') || name.startsWith('agent/')) return found !== undefined;
  if (!name.startsWith('task/')) return false;
  const [before, after] = [known, found] as unknown as [TaskRow | undefined, TaskRow | undefined];
  return before?.ended === null && after?.ended?.ending === 'lost';
}
