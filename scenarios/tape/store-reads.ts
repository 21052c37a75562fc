/**
 * The store of a life that is recorded: what a decision reads for the first time is told before it is
 * used. So the recording carries of the store what it takes to decide the same again, and no more.
 *
 *   decision ─▶ get, range ─▶ store
 *                   └──▶ had {"key":"sub/…","value":…}     had {"from":"queue/…","to":"queue0","rows":[…]}
 */
import type { KeyRange, Store, Value } from '../../store/store.ts';
import type { Known } from './known.ts';

/** What was there: one key (without a value: nothing), or all rows of a span that were not known before. */
export type Had =
  | { readonly key: string; readonly value?: Value }
  | {
      readonly from: string;
      readonly to: string;
      readonly rows: readonly (readonly [string, Value])[];
    };

/** @param known is told what has become known */
export function createStoreReads(store: Store, known: Known, tell: (had: Had) => void): Store {
  return {
    position: () => store.position(),
    append: (batch, options) => store.append(batch, options),
    read: (from) => store.read(from),
    get(key) {
      const value = store.get(key);
      if (!known.has(key)) {
        known.point(key);
        tell(value === undefined ? { key } : { key, value });
      }
      return value;
    },
    range: (range) =>
      known.covers(range.from, range.to) ? store.range(range) : walk(store, range, known, tell),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** Walks a range as far as somebody looks, and tells that far. */
function* walk(
  store: Store,
  range: KeyRange,
  known: Known,
  tell: (had: Had) => void,
): Iterable<readonly [string, Value]> {
  const rows: (readonly [string, Value])[] = [];
  let { from, to } = range;
  let isWhole = false;
  let last: string | undefined;
  try {
    for (const row of store.range(range)) {
      if (!known.has(row[0])) rows.push(row);
      last = row[0];
      yield row;
    }
    isWhole = true;
  } finally {
    if (!isWhole && last !== undefined) {
      if (range.reverse) from = last;
      // The first key behind it.
      else to = `${last}\0`;
    }
    known.span(from, to);
    tell({ from, to, rows });
  }
}
