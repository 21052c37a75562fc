/**
 * Deadlines by name: what is due, and when the node must wake next. One ordered tree, so that setting,
 * moving and dropping one costs the logarithm of their number, and finding the due ones costs only their
 * own number.
 */
import BTreeModule from 'sorted-btree';

const BTree = BTreeModule.default;

type Moment = readonly [at: number, name: string];

export interface Deadlines {
  /** Sets, moves or (null) drops the deadline of that name. */
  set(name: string, at: number | null): void;
  /** The earliest instant at which something is due. */
  next(): number | undefined;
  /** All of them, earliest first. */
  entries(): Iterable<Moment>;
  /** Takes out what is due at `at`, earliest first, at most `limit` of them. */
  take(at: number, limit: number): readonly string[];
}

export function createDeadlines(): Deadlines {
  const order = new BTree<Moment, true>(
    undefined,
    ([a, x], [b, y]) => a - b || (x < y ? -1 : x > y ? 1 : 0),
  );
  const byName = new Map<string, number>();

  return {
    set(name, at) {
      const before = byName.get(name);
      if (before === at) return;
      if (before !== undefined) order.delete([before, name]);
      if (at === null) byName.delete(name);
      else {
        byName.set(name, at);
        order.set([at, name], true);
      }
    },
    next: () => order.minKey()?.[0],
    entries: () => order.keys(),
    take(at, limit) {
      const due: string[] = [];
      while (due.length < limit) {
        const first = order.minKey();
        if (!first || first[0] > at) break;
        order.delete(first);
        byName.delete(first[1]);
        due.push(first[1]);
      }
      return due;
    },
  };
}
