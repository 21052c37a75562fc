/**
 * Walks sub-transactions in the order in which they were accepted, whether they have been touched or not.
 *
 *   sub/<birth>      1 2 3 . . 6 …     rows of their own
 *   sheet/<first>          4 5         what waits on a sheet, or was cancelled there
 *
 * Of a sheet on which nothing is left as it was no item is given.
 */
import type { Value } from '../store/store.ts';
import { key, lastNumber, under, type SubRow } from './records.ts';
import { SHEET_ITEMS, sheetBirth, sheetKey, untouchedOf } from './sheet-rows.ts';
import type { Finds, SheetRow } from './sheet-rows.ts';
import { rowOf } from './sub-row.ts';

/** The records of all sub-transactions of a higher birth, in order. */
export function* rowsAfter(store: Finds, after: number): Iterable<SubRow> {
  const sheets = untouchedAfter(store, after)[Symbol.iterator]();
  let waiting = sheets.next();
  for (const row of touchedAfter(store, after)) {
    for (; !waiting.done && waiting.value.birth < row.birth; waiting = sheets.next())
      yield waiting.value;
    yield row;
  }
  for (; !waiting.done; waiting = sheets.next()) yield waiting.value;
}

function* touchedAfter(store: Finds, after: number): Generator<SubRow, void> {
  const range = { from: key.sub(after + 1), to: under('sub').to };
  for (const [, row] of store.range(range)) yield rowOf(row);
}

function* untouchedAfter(store: Finds, after: number): Generator<SubRow, void> {
  const range = { from: sheetKey.sheet(sheetBirth(after + 1)), to: under('sheet').to };
  for (const [name, value] of store.range(range)) {
    const sheet = value as unknown as SheetRow;
    if (!isTouchedWhole(store, sheet, lastNumber(name)))
      yield* untouchedOn(store, sheet, Math.max(after + 1, lastNumber(name)));
  }
}

function* untouchedOn(store: Finds, sheet: SheetRow, from: number): Generator<SubRow, void> {
  const first = sheetBirth(from);
  for (let birth = from; birth < first + SHEET_ITEMS; birth++) {
    const row = untouchedOf(store, birth, sheet);
    if (row) yield row;
  }
}

const isTouchedWhole = (store: Finds, [job, , , , , , kinds]: SheetRow, first: number): boolean =>
  kinds.every(
    ([handler]) =>
      !isThere(store.get(sheetKey.open(job, handler, first))) &&
      !isThere(store.get(sheetKey.void(first, handler))),
  );

const isThere = (value: Value | undefined) => value !== undefined;
