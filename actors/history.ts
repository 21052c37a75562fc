/**
 * The journal of a controller for people: oldest fact first, filtered, page by page.
 *
 *   history(store, { job: 'thumbs', limit: 100 })              ──▶ { items, next: 4711 }
 *   history(store, { job: 'thumbs', limit: 100, after: 4711 }) ──▶ { items, next: null }
 */
import { InvalidSetting } from '../machines/timing.ts';
import { entryOf } from './entry-row.ts';
import { factFrom, factsOf, type Fact, type Recorded } from './facts.ts';
import { subjectOf } from './queries.ts';
import { factView, type FactView } from './views.ts';

/** Which facts are wanted. Everything may be left out. */
export interface HistoryFilter {
  /** First instant, inclusive, in ms since 1970. */
  readonly from?: number;
  /** End, exclusive, in ms since 1970. */
  readonly to?: number;
  /** These kinds only: `assign`, `agent.suspect`, `job.started`, … */
  readonly kinds?: readonly string[];
  /** About this job, sub-transaction or agent (the first of these that has the name), or `controller`. */
  readonly subject?: string;
  /** About this job and all of its sub-transactions. */
  readonly job?: string;
  /** Facts of one page, 1 to 10,000. Default 100. */
  readonly limit?: number;
  /** Only what follows: `next` of the page before. */
  readonly after?: number;
}

/** Facts looked at for one page, so that a controller that is asked goes on beating. */
const FACTS_PER_PAGE = 10_000;

export interface HistoryPage {
  /** May be fewer than the limit, or none, although others follow: `next` tells. */
  readonly items: readonly FactView[];
  /** What to ask for `after` to get the next page; null: this is the last one. */
  readonly next: number | null;
}

/**
 * One page of the journal.
 * @throws {InvalidSetting} for bounds that make no sense
 * @throws {Refused} `unknown` when there is no such subject
 */
export function history(store: Recorded, filter: HistoryFilter): HistoryPage {
  const { limit = 100, after = 0, from = -Infinity, to = Infinity } = filter;
  checkBounds(limit, after, from, to);
  const subject = filter.subject === undefined ? undefined : subjectOf(store, filter.subject);
  const kinds = filter.kinds && new Set(filter.kinds);
  const items: FactView[] = [];
  let seen = 0;
  for (const fact of candidates(store, subject, after + 1, from)) {
    if (fact.at >= to) break;
    if (seen++ === FACTS_PER_PAGE) return { items, next: fact.n - 1 };
    const isWanted =
      fact.at >= from &&
      (!kinds || kinds.has(fact.kind)) &&
      (filter.job === undefined || fact.job === filter.job);
    if (!isWanted) continue;
    if (items.length === limit) return { items, next: items.at(-1)!.n };
    items.push(factView(fact));
  }
  return { items, next: null };
}

function checkBounds(limit: number, after: number, from: number, to: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    throw new InvalidSetting(`The limit must be a whole number from 1 to 10000, not ${limit}.`);
  }
  if (!Number.isSafeInteger(after) || after < 0) {
    throw new InvalidSetting(`Give as "after" the "next" of the page before, not ${after}.`);
  }
  if (!(from <= to)) {
    throw new InvalidSetting('The history must end after it begins: exchange "from" and "to".');
  }
}

function* candidates(
  store: Recorded,
  subject: string | undefined,
  first: number,
  from: number,
): Iterable<Fact> {
  if (subject !== undefined) {
    yield* factsOf(store, subject, { from: first });
    return;
  }
  yield* factsSince(store, first, from);
}

/** Facts from number `first` on, without most of those that are older than `from`. */
export function* factsSince(store: Recorded, first: number, from: number): Iterable<Fact> {
  for (const [n, entry] of store.read(Math.max(first, firstSince(store, from)))) {
    yield { n, ...entryOf(entry) };
  }
}

/**
 * Number of the first fact that is not older than `at`. Instants never go back, so it can be bisected; the
 * end is felt for, since only the writer of a store may ask for its position.
 */
function firstSince(store: Recorded, at: number): number {
  const isBefore = (n: number) => (factFrom(store, n)?.at ?? Infinity) < at;
  let high = 1;
  while (isBefore(high)) high *= 2;
  let low = Math.ceil(high / 2);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
