/**
 * The store as a turn must see it: what is on disk, and over it what earlier turns have decided and the
 * disk has not confirmed yet.
 *
 *   turn 7 (deciding) ──▶ layer 7 ──▶ layer 6 ──▶ layer 5 ──▶ store
 *
 * Without it a turn that decides while its predecessor is being synced would read yesterday's paper. A
 * layer is a map, for most keys are written and never read again; only the keys of a table (what stands
 * before the first `/`) are looked for and put in order, once somebody walks it.
 */
import type { KeyRange, Store, Value } from '../store/store.ts';

export interface View {
  get(key: string): Value | undefined;
  range(range: KeyRange): Iterable<readonly [string, Value]>;
  /** A layer for the writes of a turn, on top of all others. */
  begin(): Layer;
  /** Its writes are on disk, as are those of all layers below it; or it has none. */
  end(layer: Layer): void;
}

/** Keys of one table, in order. */
interface Table {
  readonly keys: string[];
  /** How many of the layer's keys have been looked at. */
  seen: number;
}

/** The writes of one turn; undefined: deleted. */
export class Layer {
  readonly writes = new Map<string, Value | undefined>();
  /** In order of their first writing. */
  readonly #keys: string[] = [];
  readonly #tables = new Map<string, Table>();

  write(key: string, value: Value | undefined): void {
    const { size } = this.writes;
    this.writes.set(key, value);
    if (this.writes.size > size) this.#keys.push(key);
  }

  /** Copies of its keys within a range, in order. */
  keysIn({ from, to }: KeyRange): string[] {
    const name = tableOf(from);
    if (name === from || to > `${name}0`) {
      return this.#keys.filter((key) => key >= from && key < to).sort(compare);
    }
    const keys = this.#inOrder(name);
    return keys.slice(firstFrom(keys, from), firstFrom(keys, to));
  }

  #inOrder(name: string): readonly string[] {
    const table = this.#tables.get(name) ?? { keys: [], seen: 0 };
    this.#tables.set(name, table);
    const known = table.keys.length;
    const prefix = `${name}/`;
    for (; table.seen < this.#keys.length; table.seen++) {
      const key = this.#keys[table.seen]!;
      if (key.startsWith(prefix)) table.keys.push(key);
    }
    if (table.keys.length > known) table.keys.sort(compare);
    return table.keys;
  }
}

export function createView(store: Pick<Store, 'get' | 'range'>): View {
  /** Newest first. */
  const layers: Layer[] = [];

  const inLayers = (key: string): Layer | undefined => layers.find(({ writes }) => writes.has(key));

  return {
    get(key) {
      const layer = inLayers(key);
      return layer ? layer.writes.get(key) : store.get(key);
    },
    *range(range) {
      // The keys are a copy, and few (those of some turns): a caller may write while it walks.
      const over = layers.flatMap((layer) => layer.keysIn(range));
      if (over.length === 0) {
        yield* store.range(range);
        return;
      }
      over.sort(compare);
      if (range.reverse) over.reverse();
      const read = (key: string) => inLayers(key)?.writes.get(key);
      yield* merge(store.range(range), over, read, range.reverse ? -1 : 1);
    },
    begin() {
      const layer = new Layer();
      layers.unshift(layer);
      return layer;
    },
    end: (layer) => void layers.splice(layers.indexOf(layer), 1),
  };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** What stands before the first `/`. */
function tableOf(key: string): string {
  const end = key.indexOf('/');
  return end < 0 ? key : key.slice(0, end);
}

/** Index of the first of these keys, which are in order, that is not before `from`. */
function firstFrom(keys: readonly string[], from: string): number {
  let low = 0;
  for (let high = keys.length; low < high;) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Two sorted sequences as one. Where both have a key the overlay wins, and `undefined` hides it. A key that
 * several layers have stands in `over` as often.
 */
function* merge(
  below: Iterable<readonly [string, Value]>,
  over: readonly string[],
  read: (key: string) => Value | undefined,
  sign: 1 | -1,
): Iterable<readonly [string, Value]> {
  let next = 0;
  function* before(isOver: (key: string) => boolean): Iterable<readonly [string, Value]> {
    for (let key = over[next]; key !== undefined && !isOver(key); key = over[next]) {
      while (over[next] === key) next++;
      const value = read(key);
      if (value !== undefined) yield [key, value];
    }
  }
  for (const [key, value] of below) {
    yield* before((top) => compare(top, key) * sign > 0);
    if (over[next - 1] !== key) yield [key, value];
  }
  yield* before(() => false);
}
