/**
 * Deadlines by name: what is due, and when the node must wake next.
 *
 *   set ─▶ heap: earliest first ─▶ take
 *            │ moved or dropped: what was there before stays, and counts no more
 *            └─ more of those than of the others: the heap is made anew
 *
 * Most deadlines are moved or dropped long before they come, so that costs nothing but a look at `byName`
 * when their moment is reached, or their share of making the heap anew.
 */

import type { Memory, Remembering } from './freezing.ts';

type Moment = readonly [at: number, name: string];

export interface Deadlines extends Remembering {
  /** Sets, moves or (null) drops the deadline of that name. */
  set(name: string, at: number | null): void;
  /** When the deadline of that name is due. */
  of(name: string): number | undefined;
  /** The earliest instant at which something is due. */
  next(): number | undefined;
  /** All of them, earliest first. */
  entries(): Iterable<Moment>;
  /** Takes out what is due at `at`, earliest first, at most `limit` of them. */
  take(at: number, limit: number): readonly string[];
}

/** So many moments that count no more do no harm. */
const STALE = 64;

export function createDeadlines(): Deadlines {
  const byName = new Map<string, number>();
  let heap: Moment[] = [];

  const counts = ([at, name]: Moment) => byName.get(name) === at;

  /** The earliest moment that counts. */
  const first = (): Moment | undefined => {
    while (heap.length > 0 && !counts(heap[0]!)) removeFirst(heap);
    return heap[0];
  };

  const makeAnew = () => {
    // What is in order is a heap.
    heap = [...byName].map(([name, at]): Moment => [at, name]).sort(compare);
  };

  return {
    set(name, at) {
      if (byName.get(name) === at) return;
      if (at === null) byName.delete(name);
      else {
        byName.set(name, at);
        add(heap, [at, name]);
      }
      if (heap.length > 2 * byName.size + STALE) makeAnew();
    },
    of: (name) => byName.get(name),
    next: () => first()?.[0],
    *entries() {
      const rest = [...heap];
      let last: Moment | undefined;
      for (let next = removeFirst(rest); next; next = removeFirst(rest)) {
        // One that was moved away and back stands there twice.
        if (counts(next) && (!last || compare(last, next) !== 0)) yield (last = next);
      }
    },
    take(at, limit) {
      const due: string[] = [];
      for (let next = first(); next && next[0] <= at && due.length < limit; next = first()) {
        byName.delete(next[1]);
        due.push(next[1]);
      }
      return due;
    },
    remember(memory: Memory) {
      memory.fill('byName', byName);
      makeAnew();
    },
  };
}

function compare([a, x]: Moment, [b, y]: Moment): number {
  return a - b || (x < y ? -1 : x > y ? 1 : 0);
}

function add(heap: Moment[], moment: Moment): void {
  let at = heap.length;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (compare(heap[above]!, moment) <= 0) break;
    heap[at] = heap[above]!;
    at = above;
  }
  heap[at] = moment;
}

function removeFirst(heap: Moment[]): Moment | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below + 1 < heap.length && compare(heap[below + 1]!, heap[below]!) < 0) below++;
    if (below >= heap.length || compare(last, heap[below]!) <= 0) break;
    heap[at] = heap[below]!;
    at = below;
  }
  heap[at] = last;
  return first;
}
