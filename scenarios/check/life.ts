/**
 * What a life of a node has decided so far, as the checkers see it: its writes over what its store held.
 *
 *   decided: store ◀─ batch of its beginning ◀─ turn 1 ◀─ turn 2 …      get(key) reads from the right
 *
 * Each step becomes a list of changes with the value before and after, so that a checker need not keep a
 * picture of its own, and what a crash has undone is undone for all of them.
 */
import type { SubRow } from '../../actors/records.ts';
import { subOf } from '../../actors/sheet-rows.ts';
import type { KeyRange, Store, Value } from '../../store/store.ts';
import { sectionOf } from './keys.ts';

export interface Change {
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}

/** The writes of one step by key; those of the lists of facts (`of/…`) are left out. */
export type Changes = ReadonlyMap<string, Change>;

type Writes = ReadonlyMap<string, Value | undefined>;

/** What of a life that reads its store is needed here. */
interface Begun {
  readonly store: Store;
  readonly position: number;
  readonly batch: { readonly entries: readonly Value[] };
}

export class Decided {
  readonly #store: Store;
  readonly #written = new Map<string, Value | undefined>();
  /** Steps that are not on disk yet, by turn. */
  readonly #pending = new Map<number, { readonly writes: Writes; readonly entries: number }>();
  /** Number of the last entry decided. */
  position: number;

  constructor({ store, position, batch }: Begun) {
    this.#store = store;
    this.position = position + batch.entries.length;
  }

  get(key: string): Value | undefined {
    return this.#written.has(key) ? this.#written.get(key) : this.#store.get(key);
  }

  /** The record of a sub-transaction as decided. */
  sub(birth: number): SubRow | undefined {
    return subOf(this, birth);
  }

  /** Keys of a table as decided, in no order. For tables that are small. */
  keysIn(range: KeyRange): readonly string[] {
    const keys = new Set<string>();
    for (const [key] of this.#store.range(range)) keys.add(key);
    for (const [key, value] of this.#written) {
      if (key < range.from || key >= range.to) continue;
      if (value === undefined) keys.delete(key);
      else keys.add(key);
    }
    return [...keys];
  }

  /** Takes a step: what it changes. */
  take(turn: number, entries: number, writes: Writes): Changes {
    const changes = new Map<string, Change>();
    for (const [key, after] of writes) {
      if (sectionOf(key) !== 'of') changes.set(key, { before: this.get(key), after });
      this.#written.set(key, after);
    }
    if (entries > 0 || writes.size > 0) this.#pending.set(turn, { writes, entries });
    this.position += entries;
    return changes;
  }

  /** The step of that turn is on disk: its writes; undefined when it had none. */
  durable(turn: number): { readonly writes: Writes; readonly entries: number } | undefined {
    const step = this.#pending.get(turn);
    this.#pending.delete(turn);
    return step;
  }

  /** What was decided and of which nobody has heard that it is on disk. */
  pending(): Iterable<{ readonly writes: Writes; readonly entries: number }> {
    return this.#pending.values();
  }
}
