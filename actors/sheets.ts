/**
 * The sheets of a controller: work that is handed in together is written together, and taken off one by one.
 *
 *   write ─▶ open ──take (given out, cancelled, decided on)──▶ a row of its own
 *              └───cancel (its run is stopped)──▶ void
 *
 * One fact tells of a whole batch, so that an item costs a few bytes until something happens to it. What is
 * read is kept for a moment: work is given out in the order in which it lies on its sheet.
 */
import { idleAfterMs } from '../machines/timing.ts';
import type { Value } from '../store/store.ts';
import { notePages } from './birth-pages.ts';
import type { Item } from './commands.ts';
import type { Remembering } from './freezing.ts';
import type { Ground } from './ground.ts';
import { key, lastNumber, subject, under, type SubRow, type WorkRow } from './records.ts';
import {
  has,
  lastMade,
  madePrefix,
  SHEET_ITEMS,
  sheetBirth,
  sheetKey,
  untouchedOf,
  without,
  workOf,
  workOn,
  type Places,
  type SheetItem,
  type SheetRow,
  type VoidRow,
} from './sheet-rows.ts';

/** Larger inputs have a row of their own: a sheet is read whole. */
const INPUT_BYTES = 1_000;

/** Sheets that are kept as they were read. */
const KEPT = 256;

/** What a sheet says of all its items. */
interface Head {
  readonly job: string;
  readonly generation: number;
  readonly acceptedAt: number;
  readonly fact: number;
  readonly number: number;
}

/** A run that work is written for. */
interface Run {
  readonly job: string;
  readonly generation: number;
  readonly by: string;
}

export class Sheets implements Remembering {
  readonly #ground: Ground;
  /** By first birth, the longest not looked at first. */
  readonly #kept = new Map<number, SheetRow>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /**
   * Writes a batch down, and returns the birth of its first item; the others follow it.
   * @param total sub-transactions of the run so far
   */
  write({ job, generation, by }: Run, items: readonly Item[], total: number): number {
    const { turn } = this.#ground.loop;
    const next = turn.next + this.#ground.births;
    const birth = Math.ceil(next / SHEET_ITEMS) * SHEET_ITEMS;
    const prefix = madePrefix(job, generation);
    const number = this.#freeNumbers(prefix, total + 1, items.length);
    const fact = this.#ground.record({
      kind: 'enqueued',
      subject: subject.job(job),
      job,
      by,
      detail: { birth, count: items.length, generation },
    });
    if (items.some(({ id }) => id === undefined))
      turn.put(sheetKey.made(prefix, number), [birth, items.length]);
    const head = { job, generation, fact, acceptedAt: turn.at };
    for (let from = 0; from < items.length; from += SHEET_ITEMS) {
      const some = items.slice(from, from + SHEET_ITEMS);
      this.#writeOne({ ...head, number: number + from }, birth + from, some);
    }
    notePages(turn, job, birth, birth + items.length - 1);
    this.#ground.raiseBirths(birth + items.length - 1);
    return birth;
  }

  /** The record that an item would have, if nothing has touched it. */
  row(birth: number): SubRow | undefined {
    const sheet = this.#sheet(birth);
    return sheet && untouchedOf(this.#ground.loop.turn, birth, sheet);
  }

  work(birth: number): WorkRow | undefined {
    const sheet = this.#kept.get(sheetBirth(birth));
    return (sheet && workOn(sheet, birth)) ?? workOf(this.#ground.loop.turn, birth);
  }

  /** Takes an item off its sheet, because it gets a row of its own; false when it does not wait on one. */
  take({ job, handler, birth }: Pick<SubRow, 'job' | 'handler' | 'birth'>): boolean {
    const { turn } = this.#ground.loop;
    if (job === null) return false;
    const first = sheetBirth(birth);
    const name = sheetKey.open(job, handler, first);
    const open = turn.get(name) as Places | undefined;
    if (!open || !has(open, birth - first)) return false;
    const left = without(open, birth - first);
    if (left.length === 0) turn.delete(name);
    else turn.put(name, left);
    return true;
  }

  /** Cancels what waits untouched on at most so many sheets of a job. */
  cancel(
    job: string,
    by: string,
    limit: number,
  ): { readonly items: number; readonly isMore: boolean } {
    const { turn } = this.#ground.loop;
    const open: (readonly [string, Places])[] = [];
    for (const [name, places] of turn.range(under(`open/${job}`))) {
      open.push([name, places as Places]);
      if (open.length === limit) break;
    }
    if (open.length === 0) return { items: 0, isMore: false };
    const items = open.reduce((sum, [, places]) => sum + countOf(places), 0);
    const fact = this.#ground.record({
      kind: 'emptied',
      subject: subject.job(job),
      job,
      by,
      detail: { count: items },
    });
    for (const [name, places] of open) {
      turn.delete(name);
      const row: VoidRow = [fact, turn.at, by, places];
      turn.put(sheetKey.void(lastNumber(name), name.split('/')[2]!), row);
    }
    return { items, isMore: open.length === limit };
  }

  /** What is kept may be read back, here and wherever this is thawed. */
  remember(): void {
    this.#kept.clear();
  }

  #sheet(birth: number): SheetRow | undefined {
    const first = sheetBirth(birth);
    const kept = this.#kept.get(first);
    const sheet =
      kept ?? (this.#ground.loop.turn.get(sheetKey.sheet(first)) as SheetRow | undefined);
    if (!kept && sheet) this.#keep(first, sheet);
    return sheet;
  }

  #keep(first: number, sheet: SheetRow): void {
    this.#kept.set(first, sheet);
    if (this.#kept.size <= KEPT) return;
    for (const oldest of this.#kept.keys()) return void this.#kept.delete(oldest);
  }

  /** Writes one sheet, and in which queues its items wait. */
  #writeOne(head: Head, first: number, items: readonly Item[]): void {
    const { turn } = this.#ground.loop;
    const { job, generation, acceptedAt, fact, number } = head;
    const kinds: (readonly [string, Item['policy']])[] = [];
    const open = new Map<string, number[]>();
    const lines = items.map((item, place): SheetItem => {
      const { id = null, handler, input, bytes, policy } = item;
      if (id !== null) turn.put(key.id(id), first + place);
      const kind = kindOf(kinds, handler, policy);
      add(open, handler, place);
      if (bytes <= INPUT_BYTES) return [kind, id, bytes, { input }];
      turn.put(key.work(first + place), { handler, input, policy, bytes } as unknown as Value);
      return [kind, id, bytes];
    });
    const idleMs = idleAfterMs(this.#ground.config);
    const sheet: SheetRow = [job, generation, acceptedAt, fact, number, idleMs, kinds, lines];
    turn.put(sheetKey.sheet(first), sheet as unknown as Value);
    for (const [handler, places] of open) turn.put(sheetKey.open(job, handler, first), places);
    this.#keep(first, sheet);
  }

  /** The first of so many numbers in a row from which no id has been made, and which nobody has chosen. */
  #freeNumbers(prefix: string, from: number, count: number): number {
    const { turn } = this.#ground.loop;
    const made = lastMade(turn, prefix, Number.MAX_SAFE_INTEGER - 1);
    let number = Math.max(from, made ? made.number + made.count : 0);
    for (;;) {
      const taken = this.#lastTaken(prefix, number, number + count - 1);
      if (taken === undefined) return number;
      number = taken + 1;
    }
  }

  /** The last of these numbers that somebody has put behind the prefix to make an id of his own. */
  #lastTaken(prefix: string, from: number, to: number): number | undefined {
    const { turn } = this.#ground.loop;
    // Numbers of as many digits are in order as text, too.
    for (let low = from; low <= to;) {
      const high = Math.min(to, 10 ** String(low).length - 1);
      const range = { from: key.id(`${prefix}-${low}`), to: `${key.id(`${prefix}-${high}`)}.` };
      for (const [id] of turn.range({ ...range, reverse: true })) {
        const digits = id.slice(key.id(prefix).length + 1);
        if (/^\d+$/.test(digits) && Number(digits) >= low && Number(digits) <= high)
          return Number(digits);
      }
      low = high + 1;
    }
    return undefined;
  }
}

/** Where a handler with that policy is among the kinds of a sheet; it is added if it is new. */
function kindOf(
  kinds: (readonly [string, Item['policy']])[],
  handler: string,
  policy: Item['policy'],
): number {
  const found = kinds.findIndex(
    ([name, its]) => name === handler && (its === policy || isSame(its, policy)),
  );
  return found < 0 ? kinds.push([handler, policy]) - 1 : found;
}

const isSame = (one: Item['policy'], other: Item['policy']) =>
  JSON.stringify(one) === JSON.stringify(other);

function add(open: Map<string, number[]>, handler: string, place: number): void {
  const places = open.get(handler);
  if (!places) open.set(handler, [place, place]);
  else if (places.at(-1) === place - 1) places[places.length - 1] = place;
  else places.push(place, place);
}

function countOf(places: Places): number {
  let count = 0;
  for (let i = 0; i < places.length; i += 2) count += places[i + 1]! - places[i]! + 1;
  return count;
}
