/**
 * Counters, JSON values and lists under named keys, with retry built in (see retry.ts).
 *
 *   KEY            { counter: { count, changes, ids } }  or  { json: value }  or  { list: { next } }
 *   KEY \0 number  an element of the list KEY
 *
 * Operations that write go one after the other, over all keys. When the disk leaves it open whether a write
 * was applied, the next try looks first: an increment carries the number of the change it makes (and the
 * caller's operation id, if there is one), which is stored with the counter, so it is never applied twice.
 */
import { decode, encode, sameValue } from './codec.ts';
import { createRetry, type RetryOptions, type Run } from './retry.ts';
import type { Store, Value, Write } from './store.ts';

/** A number under a key. */
export interface Counter {
  /** The count; null when nothing was ever added. */
  get(): Promise<number | null>;
  /**
   * Adds `amount` and returns the count. With an `operationId`, adding is done once for this id, also when
   * the caller repeats it later: the last 32 ids of each counter are remembered.
   */
  add(amount: number, operationId?: string): Promise<number>;
}

/** A JSON value under a key. */
export interface JsonKey<T> {
  /** The value; null when there is none. */
  get(): Promise<T | null>;
  set(value: T): Promise<void>;
  /** Sets the value if it is `expected` now (null: if there is none); returns whether it did. */
  compareAndSet(expected: T | null, value: T): Promise<boolean>;
}

/** A list under a key, in the order of appending. */
export interface ListKey<T> {
  /** All elements, in the order they were pushed. */
  all(): Promise<T[]>;
  push(...elements: T[]): Promise<void>;
  /** Removes the first element that is equal to this one; returns whether there was one. */
  remove(element: T): Promise<boolean>;
  clear(): Promise<void>;
}

/** Every operation rejects with `MaxRetriesError` when the disk keeps failing. */
export interface Keys {
  counter(key: string): Counter;
  /** `T` must be something that `Value` can hold. */
  json<T>(key: string): JsonKey<T>;
  /** `T` must be something that `Value` can hold. */
  list<T>(key: string): ListKey<T>;
}

const OPERATION_IDS_KEPT = 32;

/**
 * Typed keys on a store. Nobody else writes these keys, and unless `append` is given nobody else appends
 * to this store.
 */
export function createKeys(store: Store, options: RetryOptions): Keys {
  const run = createRetry(store, options);
  let last: Promise<unknown> = Promise.resolve();
  const runInTurn: Run = (key, plan) => {
    const result = last.then(() => run(key, plan));
    last = result.catch(() => undefined);
    return result;
  };
  return {
    counter: (key) => createCounter(key, store, run, runInTurn),
    json: (key) => createJson(key, store, run, runInTurn),
    list: (key) => createList(key, store, run, runInTurn),
  };
}

/** `changes` counts the additions; `ids` are the callers' last operation ids, oldest first. */
interface CounterRecord {
  readonly count: number;
  readonly changes: number;
  readonly ids: readonly string[];
}

function createCounter(key: string, store: Store, run: Run, runInTurn: Run): Counter {
  const read = () => readAs<CounterRecord>(store, key, 'counter');
  return {
    get: () => run(key, () => ({ writes: [], result: read()?.count ?? null })),
    async add(amount, operationId) {
      if (!Number.isFinite(amount))
        throw new RangeError(`A counter takes finite numbers, not ${amount}.`);
      let planned = 0;
      return runInTurn(key, (inDoubt) => {
        const { count, changes, ids } = read() ?? { count: 0, changes: 0, ids: [] };
        const known = operationId !== undefined && ids.includes(operationId);
        if (known || (inDoubt && changes === planned)) return { writes: [], result: count };
        planned = changes + 1;
        const after: CounterRecord = {
          count: count + amount,
          changes: planned,
          ids: operationId === undefined ? ids : [...ids, operationId].slice(-OPERATION_IDS_KEPT),
        };
        return {
          writes: [unchanged(store, key), { put: key, value: { counter: { ...after } } }],
          result: after.count,
        };
      });
    },
  };
}

function createJson<T>(key: string, store: Store, run: Run, runInTurn: Run): JsonKey<T> {
  const read = () => readAs<T>(store, key, 'json') ?? null;
  const put = (value: Value): Write => ({ put: key, value: { json: value } });
  return {
    get: () => run(key, () => ({ writes: [], result: read() })),
    set(value) {
      const write = put(copyOf(value));
      return runInTurn(key, () => {
        read();
        return { writes: [write], result: undefined };
      });
    },
    compareAndSet(expected, value) {
      const [old, next] = [copyOf(expected), copyOf(value)];
      return runInTurn(key, (inDoubt) => {
        const present = copyOf(read());
        if (inDoubt && same(present, next)) return { writes: [], result: true };
        if (!same(present, old)) return { writes: [], result: false };
        return { writes: [unchanged(store, key), put(next)], result: true };
      });
    },
  };
}

/** `next` is the number of the element that will be pushed next. */
interface ListRecord {
  readonly next: number;
}

function createList<T>(key: string, store: Store, run: Run, runInTurn: Run): ListKey<T> {
  const elementKey = (number: number) => `${key}\u0000${String(number).padStart(16, '0')}`;
  const read = () => readAs<ListRecord>(store, key, 'list')?.next ?? 1;
  const elements = () => {
    read();
    return [...store.range({ from: `${key}\u0000`, to: `${key}\u0001` })];
  };
  return {
    all: () =>
      run(key, () => ({ writes: [], result: elements().map(([, element]) => element as T) })),
    push(...elementsPushed) {
      const pushed = elementsPushed.map(copyOf);
      let planned = 0;
      return runInTurn(key, (inDoubt) => {
        const next = read();
        if (inDoubt && next === planned) return { writes: [], result: undefined };
        planned = next + pushed.length;
        const puts = pushed.map((value, i) => ({ put: elementKey(next + i), value }));
        const head = { put: key, value: { list: { next: planned } } };
        return { writes: [unchanged(store, key), head, ...puts], result: undefined };
      });
    },
    remove(element) {
      const wanted = copyOf(element);
      let planned: string | undefined;
      return runInTurn(key, (inDoubt) => {
        if (inDoubt && planned !== undefined && store.get(planned) === undefined)
          return { writes: [], result: true };
        planned = elements().find(([, value]) => same(value, wanted))?.[0];
        if (planned === undefined) return { writes: [], result: false };
        return { writes: [unchanged(store, planned), { delete: planned }], result: true };
      });
    },
    clear: () =>
      runInTurn(key, () => {
        const present = elements().map(([elementAt]) => elementAt);
        return { writes: [key, ...present].map((each) => ({ delete: each })), result: undefined };
      }),
  };
}

/** What a key holds, which must be of this kind if it is anything. */
function readAs<R>(store: Store, key: string, kind: 'counter' | 'json' | 'list'): R | undefined {
  const value = store.get(key);
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null && kind in value)
    return (value as unknown as Record<typeof kind, R>)[kind];
  throw new TypeError(`The key ${JSON.stringify(key)} holds no ${kind}; use another key for it.`);
}

/** Refuses the batch when somebody else has changed the key since it was read. */
function unchanged(store: Store, key: string): Write {
  return { check: key, value: store.get(key) };
}

/** As it is now, whatever the caller does with it while the operation waits for its turn. */
function copyOf(value: unknown): Value {
  return decode(encode(value as Value));
}

function same(one: Value, other: Value): boolean {
  return sameValue(encode(one), encode(other));
}
