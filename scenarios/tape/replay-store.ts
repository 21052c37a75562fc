/**
 * The store of a life that is replayed: what the recording says was there, and what the turns since have
 * written. Whoever reads what was not read then is told so, since nothing is known of it.
 *
 *   had, writes of turns ─▶ rows and what is known of them ─▶ get, range       anything else: NotRecorded
 */
import sortedTree from 'sorted-btree';
import { compareKeys } from '../../store/key-order.ts';
import type { KeyRange, Store, Value, Write } from '../../store/store.ts';
import { Known } from './known.ts';
import type { Had } from './store-reads.ts';

// A CommonJS package: what it exports by default is one step further in.
const SortedTree = sortedTree.default;

/** Something was read that the recording does not hold: it was not read when it was made. */
export class NotRecorded extends Error {
  override readonly name = 'NotRecorded';
}

export class ReplayStore implements Store {
  readonly #rows = new SortedTree<string, Value>(undefined, compareKeys);
  readonly #known = new Known();
  readonly #position: number;
  readonly #missing: (error: NotRecorded) => void;

  /** @param missing is told besides what is thrown, since whoever reads may catch that */
  constructor(position: number, missing: (error: NotRecorded) => void) {
    this.#position = position;
    this.#missing = missing;
  }

  /** What was there; of a key that is known already, nothing new. */
  had(had: Had): void {
    if ('key' in had) {
      if (!this.#known.has(had.key) && had.value !== undefined) this.#rows.set(had.key, had.value);
      return this.#known.point(had.key);
    }
    for (const [key, value] of had.rows) if (!this.#known.has(key)) this.#rows.set(key, value);
    this.#known.span(had.from, had.to);
  }

  write(writes: readonly Write[]): void {
    for (const write of writes) {
      if ('put' in write) {
        this.#known.point(write.put);
        this.#rows.set(write.put, write.value);
      } else if ('delete' in write) {
        this.#known.point(write.delete);
        this.#rows.delete(write.delete);
      }
    }
  }

  position(): number {
    return this.#position;
  }

  get(key: string): Value | undefined {
    if (!this.#known.has(key)) throw this.#notRecorded(`the key ${key}`);
    return this.#rows.get(key);
  }

  *range({ from, to, reverse = false }: KeyRange): Iterable<readonly [string, Value]> {
    const rows = this.#rows.getRange(from, to, false);
    // Then it was walked as far as was known at its time, from the end it began at.
    let at = reverse ? to : from;
    for (const row of reverse ? rows.reverse() : rows) {
      const [key] = row;
      this.#checkBetween(reverse ? key : at, reverse ? at : key);
      yield row;
      at = reverse ? key : `${key}\0`;
    }
    this.#checkBetween(reverse ? from : at, reverse ? at : to);
  }

  read(): never {
    throw this.#notRecorded('the journal');
  }

  append(): Promise<void> {
    return Promise.reject(this.#notRecorded('an append'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  /** That all is known from one key to before another. */
  #checkBetween(from: string, to: string): void {
    if (compareKeys(from, to) < 0 && !this.#known.covers(from, to))
      throw this.#notRecorded(`the keys from ${from} to ${to}`);
  }

  #notRecorded(what: string): NotRecorded {
    const error = new NotRecorded(
      `It reads ${what}, which it did not read when this was recorded.`,
    );
    this.#missing(error);
    return error;
  }
}
