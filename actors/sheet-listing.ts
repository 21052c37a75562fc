/**
 * Walks sub-transactions in the order in which they were accepted, or the newest first, whether they have been
 * touched or not.
 *
 *   sub/<birth>      1 2 3 . . 6 …     rows of their own
 *   sheet/<first>          4 5         what waits on a sheet, or was cancelled there
 *
 * Of a sheet on which nothing is left as it was no item is given.
 */
import type { Value } from '../store/store.ts';
import { LAST_NUMBER, type Span } from './number-tables.ts';
import { key, lastNumber, type SubRow } from './records.ts';
import { SHEET_ITEMS, sheetBirth, sheetKey, untouchedOf } from './sheet-rows.ts';
import type { Finds, SheetRow } from './sheet-rows.ts';
import { rowOf } from './sub-row.ts';

/** The records of all sub-transactions of a higher birth, in order. */
export const rowsAfter = (store: Finds, after: number): Iterable<SubRow> =>
  rowsIn(store, { from: after + 1, to: LAST_NUMBER });

/** The records of all sub-transactions of these births. */
export function* rowsIn(store: Finds, span: Span): Iterable<SubRow> {
  const isBefore = (one: number, other: number) => (span.reverse ? one > other : one < other);
  const sheets = untouchedIn(store, span)[Symbol.iterator]();
  try {
    let waiting = sheets.next();
    for (const row of touchedIn(store, span)) {
      for (; !waiting.done && isBefore(waiting.value.birth, row.birth); waiting = sheets.next())
        yield waiting.value;
      yield row;
    }
    for (; !waiting.done; waiting = sheets.next()) yield waiting.value;
  } finally {
    sheets.return();
  }
}

/** Those that have rows of their own. */
export function* touchedIn(store: Finds, { from, to, reverse = false }: Span): Iterable<SubRow> {
  const range = { from: key.sub(from), to: key.sub(to), reverse };
  for (const [, row] of store.range(range)) yield rowOf(row);
}

function* untouchedIn(store: Finds, span: Span): Generator<SubRow, void> {
  const { from, to, reverse = false } = span;
  const range = { from: sheetKey.sheet(sheetBirth(from)), to: sheetKey.sheet(to), reverse };
  for (const [name, value] of store.range(range)) {
    const sheet = value as unknown as SheetRow;
    if (isTouchedWhole(store, sheet, lastNumber(name))) continue;
    for (const birth of birthsOn(lastNumber(name), span)) {
      const row = untouchedOf(store, birth, sheet);
      if (row) yield row;
    }
  }
}

/** The births of a sheet that are looked at, in their order. */
export function birthsOn(first: number, { from, to, reverse = false }: Span): readonly number[] {
  const births: number[] = [];
  const end = Math.min(first + SHEET_ITEMS, to);
  for (let birth = Math.max(first, from); birth < end; birth++) births.push(birth);
  return reverse ? births.reverse() : births;
}

const isTouchedWhole = (store: Finds, [job, , , , , , kinds]: SheetRow, first: number): boolean =>
  kinds.every(
    ([handler]) =>
      !isThere(store.get(sheetKey.open(job, handler, first))) &&
      !isThere(store.get(sheetKey.void(first, handler))),
  );

const isThere = (value: Value | undefined) => value !== undefined;
