/**
 * Which sub-transactions are in flight, as the next term finds them.
 *
 *   flight/<page>   [birth, …]   those of a stretch of 1,024 births that are in flight
 *
 * Work that is in flight together was mostly accepted together: a turn that gives out a hundred attempts and
 * takes the ends of a hundred writes a page or two, not two hundred rows.
 */
import type { KeyRange, Value } from '../store/store.ts';
import type { Memory, Remembering } from './freezing.ts';
import { key, under } from './records.ts';

/** What they are read from: a store, or a turn. */
interface Readable {
  range(range: KeyRange): Iterable<readonly [string, Value]>;
}

const PAGE = 1_024;

const pageOf = (birth: number) => Math.floor(birth / PAGE);

/** Births of what is in flight, in order. @param after only those beyond it; default: all */
export function* flightsIn(store: Readable, after = 0): Iterable<number> {
  const { to } = under('flight');
  for (const [, page] of store.range({ from: key.flight(pageOf(after)), to })) {
    const births = [...(page as readonly number[])].sort((a, b) => a - b);
    for (const birth of births) if (birth > after) yield birth;
  }
}

export class Flights implements Remembering {
  readonly #pages = new Map<number, Set<number>>();
  /** Pages that have changed in this turn. */
  readonly #changed = new Set<number>();

  /** Takes up what the term before left in flight. */
  recover(turn: Readable): readonly number[] {
    const births = [...flightsIn(turn)];
    for (const birth of births) this.add(birth);
    this.#changed.clear();
    return births;
  }

  add(birth: number): void {
    const page = pageOf(birth);
    const there = this.#pages.get(page);
    if (there) there.add(birth);
    else this.#pages.set(page, new Set([birth]));
    this.#changed.add(page);
  }

  delete(birth: number): void {
    this.#pages.get(pageOf(birth))?.delete(birth);
    this.#changed.add(pageOf(birth));
  }

  /** Writes what has changed in the turn. */
  write(turn: { put(key: string, value: Value): void; delete(key: string): void }): void {
    for (const page of this.#changed) {
      const births = this.#pages.get(page);
      if (births && births.size > 0) turn.put(key.flight(page), [...births]);
      else {
        this.#pages.delete(page);
        turn.delete(key.flight(page));
      }
    }
    this.#changed.clear();
  }

  remember(memory: Memory): void {
    memory.fill('pages', this.#pages);
  }
}
