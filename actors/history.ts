/**
 * The journal of a controller for people: oldest fact first or newest first, filtered, page by page.
 *
 *   history(store, { job: 'thumbs', limit: 100 })              ──▶ { items, next: 4711 }
 *   history(store, { job: 'thumbs', limit: 100, after: 4711 }) ──▶ { items, next: null }
 */
import { InvalidSetting } from '../machines/timing.ts';
import { isAskedFor } from './asked-for.ts';
import { entryOf } from './entry-row.ts';
import { factAt, factFrom, factsOf, type Fact, type Recorded } from './facts.ts';
import { LAST_NUMBER, merged, numbersIn, tablesIn, type Span } from './number-tables.ts';
import { subjectOf } from './queries.ts';
import { factView, type FactView } from './views.ts';

/** Which facts are wanted. Everything may be left out. */
export interface HistoryFilter {
  /** First instant, inclusive, in ms since 1970. */
  readonly from?: number;
  /** End, exclusive, in ms since 1970. */
  readonly to?: number;
  /** These kinds only: `assign`, `agent.suspect`, `job.started`, … `people`: whatever somebody asked for. */
  readonly kinds?: readonly string[];
  /** About this job, sub-transaction or agent (the first of these that has the name), or `controller`. */
  readonly subject?: string;
  /** About this job and all of its sub-transactions. */
  readonly job?: string;
  /** Facts of one page, 1 to 10,000. Default 100. */
  readonly limit?: number;
  /** The newest first. Default: the oldest first. */
  readonly newest?: boolean;
  /** Only what follows: `next` of the page before. */
  readonly after?: number;
}

/** Facts looked at for one page, so that a controller that is asked goes on beating. */
const FACTS_PER_PAGE = 10_000;

/** A part of the journal. */
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
  const { limit = 100, newest = false, from = -Infinity, to = Infinity } = filter;
  const { after = newest ? LAST_NUMBER : 0 } = filter;
  checkBounds(limit, after, from, to);
  const subject = filter.subject === undefined ? undefined : subjectOf(store, filter.subject);
  const kinds = filter.kinds && new Set(filter.kinds);
  const items: FactView[] = [];
  let seen = 0;
  const found = candidates(store, { subject, kinds, newest, after, from, to });
  for (const fact of found) {
    // Instants never go back, so nothing that follows is wanted.
    if (newest ? fact.at < from : fact.at >= to) break;
    if (seen++ === FACTS_PER_PAGE) return { items, next: newest ? fact.n + 1 : fact.n - 1 };
    const isWanted =
      fact.at >= from &&
      fact.at < to &&
      (!kinds || kinds.has(fact.kind) || (kinds.has('people') && isAskedFor(store, fact))) &&
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

interface Sought {
  readonly subject: string | undefined;
  readonly kinds: ReadonlySet<string> | undefined;
  readonly newest: boolean;
  readonly after: number;
  readonly from: number;
  readonly to: number;
}

/** Facts that may be wanted, in order: looked up where that is possible, else all there are. */
function candidates(store: Recorded, sought: Sought): Iterable<Fact> {
  const { subject, kinds, newest, after, from, to } = sought;
  if (subject !== undefined) {
    const bounds = newest ? { to: after - 1, reverse: true } : { from: after + 1 };
    return factsOf(store, subject, bounds);
  }
  const tables = kinds && tablesOf(store, [...kinds]);
  if (tables) {
    const span = newest ? { from: 0, to: after } : { from: after + 1, to: LAST_NUMBER };
    return listedIn(store, tables, { ...span, reverse: newest });
  }
  return newest ? backwards(store, after, to) : factsSince(store, after + 1, from);
}

/** Where facts of these kinds are listed, if none of them is about a sub-transaction. */
function tablesOf(store: Recorded, kinds: readonly string[]): readonly string[] | undefined {
  // Those of one word are about sub-transactions, or may be (`people`).
  if (!kinds.every((kind) => kind.includes('.'))) return undefined;
  const begins = kinds.map((kind) =>
    kind.startsWith('agent.') ? 'of/a-' : kind.startsWith('job.') ? 'of/j-' : 'of/controller',
  );
  return [...new Set(begins)].flatMap((begin) => tablesIn(store, begin));
}

function* listedIn(store: Recorded, tables: readonly string[], span: Span): Iterable<Fact> {
  const lists = tables.map((table) => numbersIn(store, table, span));
  for (const n of merged(lists, span.reverse ?? false)) {
    const fact = factAt(store, n);
    if (fact) yield fact;
  }
}

/** Facts of lower numbers and before an instant, the newest first. */
function* backwards(store: Recorded, below: number, to: number): Iterable<Fact> {
  let before = Math.min(below, firstSince(store, to));
  // The journal is read forwards only: a stretch at a time, each twice as long as the one after it.
  for (let length = STRETCH; before > 1; length = Math.min(length * 2, FACTS_PER_PAGE)) {
    const first = Math.max(1, before - length);
    const stretch: Fact[] = [];
    for (const fact of factsSince(store, first, -Infinity)) {
      if (fact.n >= before) break;
      stretch.push(fact);
    }
    if (stretch.length === 0) return;
    yield* stretch.reverse();
    before = first;
  }
}

/** Facts of the newest stretch. */
const STRETCH = 128;

/** Facts from number `first` on, without most of those that are older than `from`. */
export function* factsSince(store: Recorded, first: number, from: number): Iterable<Fact> {
  for (const [n, entry] of store.read(Math.max(first, firstSince(store, from)))) {
    yield { n, ...entryOf(entry) };
  }
}

/**
 * Number of the first fact that is not older than `at`. Instants never go back, so it can be bisected; the
 * end is felt for, since only the writer of a store may ask for its position. At no instant: the number after the last.
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
