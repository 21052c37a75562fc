/**
 * What the contract suite stands on: a fresh store for each test, made and removed by a harness, and a few
 * words to write and read with.
 */
import { afterEach, beforeEach } from 'vitest';
import type { Batch, Store, Value } from '../../store/store.ts';

export interface StoreHarness {
  /** Opens a store on the durable thing. */
  open(): Promise<Store>;
  /** Writes behind the owner's back, as a second process that does not care would. */
  writeAsRival(batch: Batch): Promise<void>;
  fillDisk(): void;
  freeDisk(): void;
  /** Removes everything; all stores are closed by then. */
  dispose(): void | Promise<void>;
}

/** The store under test; a fresh one in each test. */
export interface TestBed {
  readonly store: Store;
  readonly harness: StoreHarness;
  /** Closes the store and opens it again. */
  reopen(): Promise<void>;
  /** All keys, in order. */
  keys(): string[];
}

export function createTestBed(createHarness: () => StoreHarness): TestBed {
  let harness: StoreHarness;
  let store: Store;
  beforeEach(async () => {
    harness = createHarness();
    store = await harness.open();
  });
  afterEach(async () => {
    harness.freeDisk();
    await store.close();
    await harness.dispose();
  });
  return {
    get store() {
      return store;
    },
    get harness() {
      return harness;
    },
    async reopen() {
      await store.close();
      store = await harness.open();
    },
    keys: () => [...store.range(everything)].map(([key]) => key),
  };
}

export const nothing: Batch = { entries: [], writes: [] };
export const entry = (...entries: Value[]): Batch => ({ entries, writes: [] });
export const put = (key: string, value: Value): Batch => ({
  entries: [],
  writes: [{ put: key, value }],
});
export const everything = { from: '', to: '\u{10ffff}' };

/** Appends where the journal ends now. */
export const append = (store: Store, batch: Batch) =>
  store.append(batch, { expect: store.position() });
export const outcomes = async (appends: Promise<void>[]) =>
  (await Promise.allSettled(appends)).map((result) =>
    result.status === 'fulfilled' ? 'ok' : (result.reason as Error).name,
  );
