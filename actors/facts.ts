/**
 * Reads the journal of a controller: facts by number and by subject.
 *
 *   journal         1 2 3 4 5 6 …            all facts, their instants never going back
 *   of/<subject>    1 . . 4 . 6 …            the numbers of those about an agent, a job, the controller
 *   sub/<birth>     last ─▶ before ─▶ …      those about a sub-transaction are a chain; its first may be that
 *                                            of the batch it came with
 *
 * Only what is recorded is read, so an idle directory and a running controller answer alike.
 */
import type { Store } from '../store/store.ts';
import { entryOf } from './entry-row.ts';
import { key, lastNumber, subject as subjects, under, type Entry, type SubRow } from './records.ts';
import { sheetAt, subOf } from './sheet-rows.ts';

/** What a query needs of a store: its reading half. */
export type Recorded = Pick<Store, 'get' | 'range' | 'read' | 'position'>;

/** An entry of the journal with its number. */
export interface Fact extends Entry {
  readonly n: number;
}

/** Which numbers of a subject are wanted. */
export interface FactBounds {
  /** First number, inclusive. */
  readonly from?: number;
  /** Last number, inclusive. */
  readonly to?: number;
  /** Newest first. Default false. */
  readonly reverse?: boolean;
}

/** The fact of that number; undefined when it is not there (any more). */
export function factAt(store: Recorded, n: number): Fact | undefined {
  for (const [found, entry] of store.read(n)) {
    return found === n ? { n, ...entryOf(entry) } : undefined;
  }
  return undefined;
}

/** The first fact of that number or a higher one: the oldest may have been pruned. */
export function factFrom(store: Recorded, from: number): Fact | undefined {
  for (const [n, entry] of store.read(from)) return { n, ...entryOf(entry) };
  return undefined;
}

/** The facts about one subject (`subject` in records.ts says how it is written), in order. */
export function* factsOf(
  store: Recorded,
  subject: string,
  bounds: FactBounds = {},
): Iterable<Fact> {
  const { from = 0, to, reverse = false } = bounds;
  const birth = subjects.birthOf(subject);
  if (birth !== undefined) {
    const chain = [...chainOf(store, birth, bounds)];
    yield* reverse ? chain : chain.reverse();
    return;
  }
  const all = under(`of/${subject}`);
  const range = {
    from: from > 0 ? key.of(subject, from) : all.from,
    to: to === undefined ? all.to : key.of(subject, to + 1),
    reverse,
  };
  for (const [of] of store.range(range)) {
    const fact = factAt(store, lastNumber(of));
    if (fact) yield fact;
  }
}

/** The facts about a sub-transaction, newest first. */
function* chainOf(
  store: Recorded,
  birth: number,
  { from = 0, to = Infinity }: FactBounds,
): Iterable<Fact> {
  const row = subOf(store, birth);
  for (let n = row?.lastFact ?? 0; row && n > 0 && n >= from;) {
    const found = factAt(store, n);
    if (!found) return;
    const fact = SHARED[found.kind] ? ownFact(store, row, found) : found;
    if (n <= to) yield fact;
    n = fact.before ?? 0;
  }
}

/** Facts about many at once, of a job, and what each is to one of them. */
const SHARED: Record<string, Pick<Fact, 'kind' | 'state' | 'cause'>> = {
  enqueued: { kind: 'accepted', state: 'queued' },
  emptied: { kind: 'cancel', state: 'cancelled', cause: 'cancelled' },
};

function ownFact(store: Recorded, { birth, id, job }: SubRow, { n, at, kind, by }: Fact): Fact {
  const before = kind === 'emptied' ? (sheetAt(store, birth)?.[3] ?? 0) : 0;
  const about = { n, at, subject: subjects.sub(birth), id, job, before };
  return { ...about, ...SHARED[kind]!, ...(by !== undefined && { by }) };
}
