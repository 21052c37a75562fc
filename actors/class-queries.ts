/**
 * The process classes as they are on record, for a store whose controller does not run: how they stand, and what
 * settings `default` follows, nobody can say then.
 */
import { withDefault } from '../machines/class-settings.ts';
import { defaultTiming } from '../machines/timing.ts';
import type { Recorded } from './facts.ts';
import { classView, type ProcessClassView } from './obstacles.ts';
import { key, type MetaRow } from './records.ts';
import { classesIn } from './timings.ts';

/** All process classes, in their order. */
export function listClasses(store: Pick<Recorded, 'get'>): readonly ProcessClassView[] {
  const meta = store.get(key.meta) as unknown as MetaRow | undefined;
  const usual = meta?.timing ?? defaultTiming;
  const asOpened = { select: 'next', maxProcesses: Number.MAX_SAFE_INTEGER } as const;
  return withDefault(classesIn(store), asOpened).map((one) => classView(one, usual));
}
