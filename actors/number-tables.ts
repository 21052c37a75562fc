/**
 * Indexes whose keys end in a number, several read as one.
 *
 *   ended/failed/jobA/3  7  9     of/a-a1/12 40        tablesIn ─▶ ended/failed/jobA, ended/failed/jobB
 *   ended/failed/jobB/4  8        of/a-a2/13           merged   ─▶ 3 4 7 8 9
 */
import type { KeyRange, Value } from '../store/store.ts';
import { padded } from './padded.ts';
import { lastNumber, under } from './records.ts';

/** Which numbers. */
export interface Span {
  /** The first, inclusive. */
  readonly from: number;
  /** The end, exclusive. */
  readonly to: number;
  /** From the end to the start. Default false. */
  readonly reverse?: boolean;
}

/** No number in a key is higher. */
export const LAST_NUMBER = Number.MAX_SAFE_INTEGER;

interface Readable {
  range(range: KeyRange): Iterable<readonly [string, Value]>;
}

/** What stands before the last part of the keys that begin so, in order: found by one look each. */
export function tablesIn(store: Readable, begin: string): readonly string[] {
  const found: string[] = [];
  const { from, to } = { from: begin, to: `${begin}~` };
  for (let next = from; ;) {
    const [first] = store.range({ from: next, to });
    if (!first) return found;
    const part = first[0].slice(0, first[0].lastIndexOf('/'));
    found.push(part);
    next = under(part).to;
  }
}

/** The numbers that are the last part of the keys of a table. */
export function* numbersIn(store: Readable, table: string, span: Span): Iterable<number> {
  const { from, to, reverse = false } = span;
  const range = { from: `${table}/${padded(from)}`, to: `${table}/${padded(to)}`, reverse };
  for (const [name] of store.range(range)) yield lastNumber(name);
}

/** Several, each in order, as one. */
export function* merged(sources: readonly Iterable<number>[], reverse: boolean): Iterable<number> {
  const readers = sources.map((source) => source[Symbol.iterator]());
  try {
    const heads = readers.map((reader) => reader.next());
    for (;;) {
      let next = -1;
      for (const [i, head] of heads.entries()) {
        if (head.done) continue;
        const best = next < 0 ? undefined : (heads[next]!.value as number);
        if (best === undefined || (reverse ? head.value > best : head.value < best)) next = i;
      }
      if (next < 0) return;
      yield heads[next]!.value as number;
      heads[next] = readers[next]!.next();
    }
  } finally {
    for (const reader of readers) reader.return?.();
  }
}
