/**
 * What a controller writes down when it begins a term: who it is, which term, which timing, and what that
 * timing grants.
 *
 *   what is on disk, the settings ─▶ meta row, `controller.term`, longer leases ─▶ one batch, before any frame
 *
 * A birth, and the version of a timing, is the journal position at which it was written plus `births`, which
 * leaps with each term but the first: to the instant, in µs, at which the term begins. (It grows by what sheets take, too.) This store may be a copy
 * that was put back, and its lost future has counted on from the same positions, in terms of the same numbers. A
 * fence of then that an agent still holds must not name other work now, and a lease that was granted then must not
 * be kept for its higher version. Links begin above `births` too: a frame of then that comes late names a link
 * that is over. No controller takes work on at one a µs; where the clock went back, births grow all the same.
 */
import type { Timing } from '../machines/timing.ts';
import type { Batch, Store, Value, Write } from '../store/store.ts';
import { entryList } from './entry-row.ts';
import { classesIn, Timings } from './timings.ts';
import { key, subject, under, type AgentRow, type Entry, type MetaRow } from './records.ts';

const US_PER_MS = 1_000;

/**
 * The meta row of the next term, and the batch that begins it behind what is on disk now.
 *
 * @param world `known`: the highest term that agents have named; `newId` names a new store; `at`: now
 */
export function nextTerm(
  store: Store,
  timing: Timing,
  { at, known, newId }: { at: number; known: number; newId: () => string },
): { readonly meta: MetaRow; readonly batch: Batch; readonly position: number } {
  const position = store.position();
  const before = store.get(key.meta) as MetaRow | undefined;
  const raised = (store.get(key.births) as number | undefined) ?? 0;
  const births = before ? Math.max(before.births ?? 0, raised, at * US_PER_MS - position) : 0;
  const meta: MetaRow = {
    controllerId: before?.controllerId ?? newId(),
    term: Math.max(before?.term ?? 0, known) + 1,
    timing: { ...timing, version: position + 1 + births },
    births,
  };
  const detail = { term: meta.term, timing: { ...meta.timing } };
  const entry: Entry = { at, kind: 'controller.term', subject: subject.controller, detail };
  const writes: Write[] = [
    { put: key.meta, value: meta as unknown as Value },
    { put: key.of(subject.controller, position + 1), value: null },
    ...grants(store, meta.timing),
  ];
  return { meta, batch: { entries: [entryList(entry)], writes }, position };
}

/**
 * Agents that are granted a longer timeout by the echoes of this term: written down before the first of
 * them, since a later term with a shorter one must still wait for it (R16).
 */
function grants(store: Store, timing: Timing): readonly Write[] {
  const timings = new Timings({ timing, classes: classesIn(store), atLeastMs: 0 });
  return [...store.range(under('agent'))].flatMap(([put, value]) => {
    const row = value as unknown as AgentRow;
    const { timeoutMs } = timings.of(row);
    if (row.state !== 'present' || row.timeoutMs >= timeoutMs) return [];
    return [{ put, value: { ...row, timeoutMs } }];
  });
}
