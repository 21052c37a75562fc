/**
 * The store as a turn must see it: what is on disk, and over it what earlier turns have decided and the
 * disk has not confirmed yet.
 *
 *   turn 7 (deciding) ──▶ pending writes of turns 5, 6, 7 ──▶ store
 *
 * Without it a turn that decides while its predecessor is being synced would read yesterday's paper.
 */
import BTreeModule from 'sorted-btree';
import type { KeyRange, Store, Value, Write } from '../store/store.ts';

const BTree = BTreeModule.default;

interface Pending {
  readonly value: Value | undefined;
  readonly turn: number;
}

export interface View {
  get(key: string): Value | undefined;
  range(range: KeyRange): Iterable<readonly [string, Value]>;
  /** Notes a write of a turn; it is seen from now on. */
  write(turn: number, key: string, value: Value | undefined): void;
  /** The writes of that turn are on disk now. */
  recorded(turn: number, writes: readonly Write[]): void;
}

export function createView(store: Pick<Store, 'get' | 'range'>): View {
  const pending = new BTree<string, Pending>(undefined, compare);

  return {
    get(key) {
      const found = pending.get(key);
      return found ? found.value : store.get(key);
    },
    *range(range) {
      // The overlay is small (a few turns), so it is copied: a caller may write while it walks.
      const over: (readonly [string, Pending])[] = [];
      pending.forRange(range.from, range.to, false, (key, value) => void over.push([key, value]));
      if (range.reverse) over.reverse();
      yield* merge(store.range(range), over, range.reverse ? -1 : 1);
    },
    write(turn, key, value) {
      pending.set(key, { value, turn });
    },
    recorded(turn, writes) {
      for (const write of writes) {
        const key = 'put' in write ? write.put : 'delete' in write ? write.delete : undefined;
        if (key !== undefined && pending.get(key)?.turn === turn) pending.delete(key);
      }
    },
  };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Two sorted sequences as one; where both have a key the overlay wins, and `undefined` hides it. */
function* merge(
  below: Iterable<readonly [string, Value]>,
  over: readonly (readonly [string, Pending])[],
  sign: 1 | -1,
): Iterable<readonly [string, Value]> {
  let next = 0;
  for (const [key, value] of below) {
    for (let top = over[next]; top && compare(top[0], key) * sign < 0; top = over[++next]) {
      if (top[1].value !== undefined) yield [top[0], top[1].value];
    }
    const top = over[next];
    if (top?.[0] === key) {
      next++;
      if (top[1].value !== undefined) yield [key, top[1].value];
    } else yield [key, value];
  }
  for (const [key, { value }] of over.slice(next)) if (value !== undefined) yield [key, value];
}
