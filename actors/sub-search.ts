/**
 * Where the sub-transactions lie that are asked for, so that a few are found among millions at once.
 *
 *   state          looked for in                              of one job
 *   in flight      flight/<page>                              the same
 *   parked         parked/<birth>                             the same
 *   waiting        due/<at>/<birth>                           the same
 *   queued         queue/<job>/<handler>/<birth>, open/…      its queues
 *   failed         ended/failed/<job>/<birth>                 its own
 *   cancelled      ended/cancelled/<job>/<birth>, void/…      its own; void/… where it has work
 *   done, or any   sub/<birth>, sheet/<first>: all there are  births/<job>/<page>: where it has work
 *
 * What is found so may be of another job or run, so whoever asks looks again.
 */
import type { SubTransactionState } from '../machines/sub-transaction.ts';
import { pageStart, pagesOf } from './birth-pages.ts';
import type { Recorded } from './facts.ts';
import { flightsIn } from './flights.ts';
import { merged, numbersIn, tablesIn, type Span } from './number-tables.ts';
import { padded } from './padded.ts';
import { countedAs, lastNumber, under, type SubRow } from './records.ts';
import { birthsOn, rowsIn, touchedIn } from './sheet-listing.ts';
import { has, sheetBirth, sheetKey, subOf } from './sheet-rows.ts';
import type { Places, VoidRow } from './sheet-rows.ts';

/** What is looked for. */
export interface Sought {
  readonly job?: string;
  readonly states?: readonly SubTransactionState[];
}

type Births = Iterable<number>;

/** Rows that may be wanted, in the order of their births, or the newest first. */
export function* search(store: Recorded, sought: Sought, span: Span): Iterable<SubRow> {
  const { job, states } = sought;
  if (states && !states.includes('done')) {
    yield* rowsOf(store, merged(indexesOf(store, states, job, span), span.reverse ?? false));
    return;
  }
  // Only what is queued or cancelled may lie on a sheet.
  const all = states?.every((state) => !mayBeUntouched(state)) ? touchedIn : rowsIn;
  if (job === undefined) {
    yield* all(store, span);
    return;
  }
  for (const stretch of stretchesOf(store, job, span)) yield* all(store, stretch);
}

const mayBeUntouched = (state: SubTransactionState) => state === 'queued' || state === 'cancelled';

function* rowsOf(store: Recorded, births: Births): Iterable<SubRow> {
  for (const birth of births) {
    const row = subOf(store, birth);
    if (row) yield row;
  }
}

/** Where a job has work, within the span and in its order. */
function* stretchesOf(store: Recorded, job: string, span: Span): Iterable<Span> {
  for (const page of pagesOf(store, job, span)) {
    const from = Math.max(span.from, pageStart(page));
    yield { ...span, from, to: Math.min(span.to, pageStart(page + 1)) };
  }
}

function indexesOf(
  store: Recorded,
  states: readonly SubTransactionState[],
  job: string | undefined,
  span: Span,
): readonly Births[] {
  const isAsked = (state: SubTransactionState) => states.includes(state);
  const ended = (state: 'failed' | 'cancelled') =>
    tablesOf(store, `ended/${state}`, job).map((table) => numbersIn(store, table, span));
  return [
    ...(states.some((state) => countedAs[state] === 'active') ? [flying(store, span)] : []),
    ...(isAsked('parked') ? [numbersIn(store, 'parked', span)] : []),
    ...(isAsked('waiting') ? [waiting(store, span)] : []),
    ...(isAsked('queued') ? queued(store, job, span) : []),
    ...(isAsked('failed') ? ended('failed') : []),
    ...(isAsked('cancelled') ? [...ended('cancelled'), voided(store, job, span)] : []),
  ];
}

function queued(store: Recorded, job: string | undefined, span: Span): readonly Births[] {
  // Hooks of a run have queues of their own.
  const names = job === undefined ? [undefined] : [job, `${job}.preJob`, `${job}.postJob`];
  const loose = names.flatMap((name) => tablesIn(store, name ? `queue/${name}/` : 'queue/'));
  const open = tablesIn(store, job === undefined ? 'open/' : `open/${job}/`);
  return [
    ...loose.map((table) => numbersIn(store, table, span)),
    ...open.map((table) => openIn(store, table, span)),
  ];
}

/** The part of a table that is of one job, or its parts of all jobs. */
const tablesOf = (store: Recorded, table: string, job: string | undefined): readonly string[] =>
  job === undefined ? tablesIn(store, `${table}/`) : [`${table}/${job}`];

function* openIn(store: Recorded, table: string, span: Span): Births {
  const { from, to, reverse = false } = span;
  const first = padded(sheetBirth(from));
  const range = { from: `${table}/${first}`, to: `${table}/${padded(to)}`, reverse };
  for (const [name, places] of store.range(range))
    yield* placed(lastNumber(name), [places as Places], span);
}

/** What was cancelled untouched; the handlers of one sheet lie behind each other. */
function* voided(store: Recorded, job: string | undefined, span: Span): Births {
  for (const stretch of job === undefined ? [span] : stretchesOf(store, job, span)) {
    const { from, to, reverse = false } = stretch;
    const range = { from: sheetKey.void(sheetBirth(from), ''), to: sheetKey.void(to, ''), reverse };
    let first = -1;
    let places: Places[] = [];
    for (const [name, value] of store.range(range)) {
      const sheet = Number(name.split('/')[1]);
      if (sheet !== first) {
        yield* placed(first, places, stretch);
        [first, places] = [sheet, []];
      }
      places.push((value as unknown as VoidRow)[3]);
    }
    yield* placed(first, places, stretch);
  }
}

const placed = (first: number, all: readonly Places[], span: Span): readonly number[] =>
  birthsOn(first, span).filter((birth) => all.some((places) => has(places, birth - first)));

function* flying(store: Recorded, { from, to, reverse = false }: Span): Births {
  const births = [...flightsIn(store, from - 1)].filter((birth) => birth < to);
  yield* reverse ? births.reverse() : births;
}

/** They lie by the instants of their next attempts. */
function* waiting(store: Recorded, { from, to, reverse = false }: Span): Births {
  const births: number[] = [];
  for (const [name] of store.range(under('due'))) {
    const birth = lastNumber(name);
    if (birth >= from && birth < to) births.push(birth);
  }
  yield* births.sort((one, other) => (reverse ? other - one : one - other));
}
