/**
 * Takes sheets off the record once nobody asks for what lies on them any more.
 *
 *   open ─▶ touched, or void ─▶ rows pruned ─▶ the sheet goes, with its ids
 *
 * A sheet keeps the inputs of what was handed out from it, so it is the last to go.
 */
import { key, lastNumber, type JobRow } from './records.ts';
import {
  holdsInput,
  madePrefix,
  SHEET_ITEMS,
  sheetKey,
  type Finds,
  type SheetRow,
} from './sheet-rows.ts';

interface Removing extends Finds {
  delete(key: string): void;
}

/** The run, and where to look: births above `after` and below `before`. */
export interface SheetsOf extends Pick<JobRow, 'name' | 'generation'> {
  readonly after: number;
  readonly before: number;
}

/**
 * Removes what is spent of a run and the ones before it, looking at so many sheets.
 * Returns the birth to go on after; null: all of them have been looked at.
 */
export function removeSheets(turn: Removing, of: SheetsOf, limit: number): number | null {
  const range = { from: sheetKey.sheet(of.after + 1), to: sheetKey.sheet(of.before) };
  let left = limit;
  for (const [name, value] of turn.range(range)) {
    const first = lastNumber(name);
    const sheet = value as unknown as SheetRow;
    const isOf = sheet[0] === of.name && sheet[1] <= of.generation;
    if (isOf && isSpent(turn, first, sheet)) {
      removeSheet(turn, first, sheet);
      turn.delete(sheetKey.made(madePrefix(sheet[0], sheet[1]), sheet[4]));
    }
    if (--left === 0) return first;
  }
  return null;
}

/** Nothing of it waits, and of what was touched nothing is on record any more. */
function isSpent(turn: Finds, first: number, [job, , , , , , kinds]: SheetRow): boolean {
  const rows = { from: key.sub(first), to: key.sub(first + SHEET_ITEMS) };
  for (const _ of turn.range(rows)) return false;
  return kinds.every(([handler]) => turn.get(sheetKey.open(job, handler, first)) === undefined);
}

/** Removes a sheet, and what was cancelled on it. */
export function removeSheet(turn: Removing, first: number, sheet: SheetRow): void {
  const [, , , , , , kinds, items] = sheet;
  turn.delete(sheetKey.sheet(first));
  for (const [handler] of kinds) turn.delete(sheetKey.void(first, handler));
  for (const [place, item] of items.entries()) {
    const [, id] = item;
    // The next run may have given the id to work of its own.
    if (id !== null && turn.get(key.id(id)) === first + place) turn.delete(key.id(id));
    if (!holdsInput(item)) turn.delete(key.work(first + place));
  }
}
