/**
 * `lifeline/store`: what survives. A journal and values that change together, in LMDB or in memory, and
 * counters, JSON values and lists on it that retry by themselves.
 *
 * ```ts
 * const store = await openStore('./data');
 * const visits = createKeys(store).counter('visits');
 * await visits.add(1);
 * ```
 *
 * @module store
 */
export {
  createMemoryDisk,
  openMemoryStore,
  type AppendFault,
  type DiskFaults,
  type MemoryDisk,
} from '../store/memory.ts';
export { openStore, type DirectoryStore } from '../store/open-store.ts';
export { MaxRetriesError, type RetryClock, type RetryOptions } from '../store/retry.ts';
export {
  StoreConflict,
  StoreFailed,
  StoreInUse,
  type Batch,
  type KeyRange,
  type Store,
  type Value,
  type Write,
} from '../store/store.ts';
export {
  createKeys,
  type Counter,
  type JsonKey,
  type Keys,
  type ListKey,
} from '../store/typed-keys.ts';
