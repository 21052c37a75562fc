/**
 * Opens the store that programs use by default: LMDB in a directory.
 *
 *   openStore('./c') ─▶ { directory: './c', append, read, get, range, position, close }
 */
import { openLmdbStore } from './lmdb.ts';
import type { Store } from './store.ts';

/** A store in a directory. */
export interface DirectoryStore extends Store {
  readonly directory: string;
}

/**
 * Opens the store in a directory, which is made when it is missing. One process at a time may hold it.
 *
 * @throws {StoreInUse} naming the process that holds it
 * @throws {StoreFailed} when the directory cannot be used
 */
export async function openStore(directory: string): Promise<DirectoryStore> {
  return Object.assign(await openLmdbStore(directory), { directory });
}
