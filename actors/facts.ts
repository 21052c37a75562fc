/**
 * Reads the journal of a controller: facts by number and by subject.
 *
 *   journal         1 2 3 4 5 6 …            all facts, their instants never going back
 *   of/<subject>    1 . . 4 . 6 …            the numbers of those about an agent, a job, the controller
 *   sub/<birth>     last ─▶ before ─▶ …      those about a sub-transaction are a chain
 *
 * Only what is recorded is read, so an idle directory and a running controller answer alike.
 */
import type { Store } from '../store/store.ts';
import { entryOf } from './entry-row.ts';
import { key, lastNumber, subject as subjects, under, type Entry } from './records.ts';
import { rowOf } from './sub-row.ts';

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
  const row = store.get(key.sub(birth));
  let n = row === undefined ? 0 : rowOf(row).lastFact;
  for (let fact = factAt(store, n); fact && n > 0 && n >= from; fact = factAt(store, n)) {
    if (n <= to) yield fact;
    n = fact.before ?? 0;
  }
}
