/**
 * Sheets: how work that was handed in together waits on record, and how to read one piece of it.
 *
 *   sheet/<first birth>                  up to 64 items: handlers, policies, ids, inputs; written once
 *   open/<job>/<handler>/<first birth>   those of them that wait untouched, as [from, to, from, to, …]
 *   void/<first birth>/<handler>         those that were cancelled untouched, with their run
 *
 *   birth 128 129 130 131 132 …
 *         ├ sub row ┤├ open ┤            an item gets a row of its own when it is first touched
 *
 * A sheet begins at a birth that 64 divides, so it is found from any birth by looking once. An item has no
 * record of its own until it is given out, cancelled or decided on; what its record would be is worked out
 * here, and whoever reads sub-transactions reads them through `subOf`, `workOf` and `birthOf`.
 */
import type { Policy } from '../handlers/handler.ts';
import { beginning } from '../machines/sub-transaction-record.ts';
import type { KeyRange, Value } from '../store/store.ts';
import { padded } from './padded.ts';
import { key, type SubRow, type WorkRow } from './records.ts';
import { rowOf } from './sub-row.ts';

/** Items of a sheet; its first birth is a multiple of it. */
export const SHEET_ITEMS = 64;

/** First birth of the sheet that a birth would be on. */
export const sheetBirth = (birth: number): number => birth - (birth % SHEET_ITEMS);

/** Births of a sheet as places on it, in pairs: from, to (inclusive), from, to, … in order. */
export type Places = readonly number[];

/**
 * One item: which of the kinds, its id (null: made from its number), size of its input, the input unless it has a
 * work row. The input has its name, by which recordings know what to keep out (scenarios/tape/hidden.ts).
 */
export type SheetItem = readonly [
  kind: number,
  id: string | null,
  bytes: number,
  ...work: readonly { readonly input: Value }[],
];

/** Whether the input lies on the sheet; a larger one has a work row. */
export const holdsInput = (item: SheetItem): boolean => item.length > 3;

/** A sheet as it stands in the store. */
export type SheetRow = readonly [
  job: string,
  generation: number,
  acceptedAt: number,
  fact: number,
  number: number,
  idleMs: number,
  kinds: readonly (readonly [handler: string, policy: Policy])[],
  items: readonly SheetItem[],
];

/** `void/<first birth>/<handler>`: the fact that cancelled them, and when. */
export type VoidRow = readonly [fact: number, at: number, by: string, places: Places];

/** What one piece of work is read from. */
export interface Reads {
  get(key: string): Value | undefined;
}

/** What an id is looked up in. */
export interface Finds extends Reads {
  range(range: KeyRange): Iterable<readonly [string, Value]>;
}

export const sheetKey = {
  sheet: (first: number) => `sheet/${padded(first)}`,
  open: (job: string, handler: string, first: number) => `open/${job}/${handler}/${padded(first)}`,
  void: (first: number, handler: string) => `void/${padded(first)}/${handler}`,
  /** → [first birth, number of items]: a stretch of a run whose ids are made from their numbers. */
  made: (prefix: string, number: number) => `made/${prefix}/${padded(number)}`,
};

/** Where an id begins that is made from a name, and the generation of a run. */
export const madePrefix = (name: string, generation: number): string =>
  `${name.slice(0, 36)}${generation === 0 ? '' : `-${generation}`}`;

export const sheetAt = (store: Reads, birth: number): SheetRow | undefined =>
  store.get(sheetKey.sheet(sheetBirth(birth))) as SheetRow | undefined;

/** The record of a sub-transaction, whether it has been touched or not; undefined when there is none. */
export function subOf(store: Reads, birth: number): SubRow | undefined {
  const value = store.get(key.sub(birth));
  return value === undefined ? untouchedOf(store, birth) : rowOf(value);
}

/** What a sub-transaction is to do; undefined when it is not on record. */
export function workOf(store: Reads, birth: number): WorkRow | undefined {
  const written = store.get(key.work(birth)) as unknown as WorkRow | undefined;
  if (written) return written;
  const sheet = sheetAt(store, birth);
  return sheet && workOn(sheet, birth);
}

/** The work at that place of a sheet; undefined when its input has a row of its own, or nothing is there. */
export function workOn(sheet: SheetRow, birth: number): WorkRow | undefined {
  const item = sheet[7][birth % SHEET_ITEMS];
  if (!item || !holdsInput(item)) return undefined;
  const [handler, policy] = sheet[6][item[0]]!;
  return { handler, input: item[3]!.input, policy, bytes: item[2] };
}

/** The record that an item of a sheet would have, as long as nothing has touched it. */
export function untouchedOf(
  store: Reads,
  birth: number,
  sheet: SheetRow | undefined = sheetAt(store, birth),
): SubRow | undefined {
  const item = sheet?.[7][birth % SHEET_ITEMS];
  if (!sheet || !item) return undefined;
  const place = birth % SHEET_ITEMS;
  const first = sheetBirth(birth);
  const [handler] = sheet[6][item[0]]!;
  const open = store.get(sheetKey.open(sheet[0], handler, first)) as Places | undefined;
  if (open && has(open, place)) return queuedRow(sheet, first, place);
  const cancelled = store.get(sheetKey.void(first, handler)) as VoidRow | undefined;
  if (!cancelled || !has(cancelled[3], place)) return undefined;
  return voidRow(queuedRow(sheet, first, place), cancelled);
}

/** The record of an item that waits. */
export function queuedRow(sheet: SheetRow, first: number, place: number): SubRow {
  const [job, generation, acceptedAt, lastFact, number, idleMs, kinds, items] = sheet;
  const [kind, id] = items[place]!;
  const [handler, policy] = kinds[kind]!;
  const birth = first + place;
  return {
    birth,
    id: id ?? `${madePrefix(job, generation)}-${number + place}`,
    job,
    generation,
    handler,
    acceptedAt,
    term: 0,
    state: 'queued',
    lastFact,
    context: beginning({ birth, policy: { ...policy, idleMs }, at: acceptedAt }),
  };
}

export const voidRow = (row: SubRow, [lastFact, endedAt]: VoidRow): SubRow => ({
  ...row,
  state: 'cancelled',
  lastFact,
  context: { ...row.context, cause: 'cancelled', endedAt },
});

const MADE = /^(.+)-([1-9]\d{0,15})$/;

/** The birth of the sub-transaction of that id; undefined when there is none. */
export function birthOf(store: Finds, id: string): number | undefined {
  const chosen = store.get(key.id(id)) as number | undefined;
  if (chosen !== undefined) return chosen;
  const [, prefix, digits] = MADE.exec(id) ?? [];
  if (prefix === undefined) return undefined;
  const n = Number(digits);
  const made = lastMade(store, prefix, n);
  if (!made || n >= made.number + made.count) return undefined;
  const birth = made.birth + n - made.number;
  // One of them may have an id of its own.
  return subOf(store, birth)?.id === id ? birth : undefined;
}

/** The last stretch of made ids that begins at that number or before it. */
export function lastMade(
  store: Finds,
  prefix: string,
  number: number,
): { readonly number: number; readonly birth: number; readonly count: number } | undefined {
  const range = {
    from: `made/${prefix}/`,
    to: sheetKey.made(prefix, number + 1),
    reverse: true,
  };
  for (const [name, value] of store.range(range)) {
    const [birth, count] = value as readonly [number, number];
    return { number: Number(name.slice(name.lastIndexOf('/') + 1)), birth, count };
  }
  return undefined;
}

/** Whether a place is among them. */
export function has(places: Places, place: number): boolean {
  for (let i = 0; i < places.length; i += 2)
    if (place >= places[i]! && place <= places[i + 1]!) return true;
  return false;
}

/** All of them but one. */
export function without(places: Places, place: number): Places {
  const left: number[] = [];
  for (let i = 0; i < places.length; i += 2) {
    const [from, to] = [places[i]!, places[i + 1]!];
    if (place < from || place > to) left.push(from, to);
    else {
      if (from < place) left.push(from, place - 1);
      if (place < to) left.push(place + 1, to);
    }
  }
  return left;
}

export function* each(places: Places): Iterable<number> {
  for (let i = 0; i < places.length; i += 2)
    for (let place = places[i]!; place <= places[i + 1]!; place++) yield place;
}
