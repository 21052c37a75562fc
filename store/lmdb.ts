/**
 * The store on disk: LMDB in a directory of its own, for one process.
 *
 *   data.mdb    journal.2   number of the last entry (8 bytes, big-endian) → a page of entries
 *               values.2    key in UTF-8 → value
 *   owner.json  the process that holds the directory (see owner.ts)
 *
 * A group of appends is one transaction: it begins on LMDB's writer thread, the batches are checked and put
 * here, and the writer thread commits and syncs. LMDB syncs the pages before it writes the page that makes
 * them count, so what is committed is durable and what failed never happened. `overlappingSync` is off,
 * because with it a commit counts before it is synced. After a failed commit the environment is opened
 * anew: LMDB may have closed the old one to writing, and lmdb-js would then wait for ever.
 */
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { applyGroup, createAppendQueue, entriesOf } from './append-queue.ts';
import type { Ground, GroupOutcome, PreparedBatch } from './append-queue.ts';
import { decode } from './codec.ts';
import { checkDataFiles, makeDataDirectory } from './data-directory.ts';
import { checkKey, compareKeys } from './key-order.ts';
import { takeOwnership } from './owner.ts';
import { type KeyRange, type Store, StoreFailed, type Value } from './store.ts';

const { errno } = constants;

/** The layout of what is written; a store of another one is refused, not misread. */
const FORMAT = 3;

interface Environment {
  readonly root: RootDatabase<Buffer, string>;
  /** By the number of the last entry of each page. */
  readonly journal: Database<Buffer, number>;
  readonly values: Database<Buffer, string>;
}

/**
 * Opens the store in `directory`, which is made (mode 0700) when it is missing.
 *
 * @throws StoreInUse while a living process, this one included, holds the directory.
 * @throws StoreFailed when the directory or the files in it cannot be used.
 */
export async function openLmdbStore(directory: string): Promise<Store> {
  makeDataDirectory(directory);
  const ownership = takeOwnership(directory);
  let environment: Environment | null = null;
  const live = () => (environment ??= openEnvironment(directory));
  try {
    live();
  } catch (error) {
    ownership.release();
    throw error;
  }
  let closing: Promise<void> | null = null;

  async function commit(take: () => readonly PreparedBatch[]): Promise<GroupOutcome> {
    let transaction = 0;
    try {
      const present = live();
      return await present.root.childTransaction(() => {
        transaction = present.root.getWriteTxnId();
        return applyGroup(take(), groundOf(present));
      });
    } catch (error) {
      const cause = await causeOf(error);
      await environment?.root.close();
      environment = null;
      throw failed(directory, cause, outcomeOf(transaction, live));
    }
  }

  const queue = createAppendQueue(commit, () => lastEntry(live()));

  function close(): Promise<void> {
    closing ??= queue
      .close()
      .then(() => environment?.root.close())
      .finally(() => ownership.release());
    return closing;
  }

  return Promise.resolve({
    position: () => queue.position(),
    append: (batch, { expect }) => queue.append(batch, expect),
    read: (from) => readJournal(live(), from),
    get(key) {
      checkKey(key);
      const bytes = live().values.getBinaryFast(key);
      return bytes === undefined ? undefined : decode(bytes);
    },
    range: (range) => readRange(live(), range),
    close,
    [Symbol.asyncDispose]: close,
  });
}

function openEnvironment(directory: string): Environment {
  try {
    checkDataFiles(directory);
    const root = open<Buffer, string>({
      path: resolve(directory),
      noSubdir: false,
      maxDbs: 2,
      overlappingSync: false,
      // lmdb-js waits a turn of the event loop to gather writes; the append queue has gathered them.
      eventTurnBatching: false,
    });
    // `keyEncoder` is missing from the package's types.
    const bytesUnder = (keyEncoder: object) => ({ encoding: 'binary', ...{ keyEncoder } }) as const;
    const names = [...root.getKeys()];
    if (names.some((name) => !name.endsWith(`.${FORMAT}`))) {
      void root.close();
      throw new Error('it was written by another version of Lifeline');
    }
    return {
      root,
      journal: root.openDB({ name: `journal.${FORMAT}`, ...bytesUnder(numberKeys) }),
      values: root.openDB({ name: `values.${FORMAT}`, ...bytesUnder(textKeys) }),
    };
  } catch (error) {
    const reason = (error as Error).message;
    throw new StoreFailed(
      `The store in ${directory} cannot be opened (${reason}); mend it, or choose another with --data.`,
      { cause: error },
    );
  }
}

/** The databases as they are inside the present write transaction. */
function groundOf(environment: Environment): Ground {
  const { journal, values } = environment;
  return {
    position: () => lastEntry(environment),
    get: (key) => values.getBinary(key),
    put: (key, bytes) => void values.put(key, bytes as Buffer),
    delete: (key) => void values.remove(key),
    addPage: (last, bytes) => void journal.put(last, bytes as Buffer),
    dropPages(before, most) {
      for (const last of [...journal.getKeys({ end: before, limit: most })])
        void journal.remove(last);
    },
  };
}

/**
 * Keys are written where LMDB wants them, without a buffer of their own. Nearly all are short and ASCII, and a
 * loop is faster for those than to call the encoder. What does not fit the target is noticed by its length.
 */
const textKeys = {
  writeKey(key: string, target: Buffer, at: number) {
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      if (unit > 0x7f) return at + target.write(key, at);
      target[at + i] = unit;
    }
    return at + key.length;
  },
  readKey: (source: Buffer, start: number, end: number) => source.toString('utf8', start, end),
};

const numberKeys = {
  writeKey: (key: number, target: Buffer, at: number) =>
    target.writeUInt32BE(key % 2 ** 32, target.writeUInt32BE(Math.floor(key / 2 ** 32), at)),
  readKey: (source: Buffer, start: number) =>
    source.readUInt32BE(start) * 2 ** 32 + source.readUInt32BE(start + 4),
};

function lastEntry({ journal }: Environment): number {
  for (const key of journal.getKeys({ reverse: true, limit: 1 })) return key;
  return 0;
}

function* readJournal({ journal }: Environment, from: number): Iterable<readonly [number, Value]> {
  const first = Math.max(1, from);
  for (const { key, value } of journal.getRange({ start: first }))
    yield* entriesOf(key, value, first);
}

function* readRange({ values }: Environment, range: KeyRange): Iterable<readonly [string, Value]> {
  const { from, to, reverse = false } = range;
  if (compareKeys(from, to) >= 0) return;
  const bounds = reverse
    ? { reverse, start: to, exclusiveStart: true, end: from, inclusiveEnd: true }
    : { start: from, end: to };
  for (const { key, value } of values.getRange(bounds)) yield [key, decode(value)];
}

/** lmdb-js says only that a commit failed; why comes as a promise that rejects. */
async function causeOf(error: unknown): Promise<Error & { code?: number | string }> {
  const { commitError } = error as { commitError?: Promise<never> };
  if (commitError === undefined) return error as Error;
  return commitError.catch((cause: Error) => cause);
}

/** Whether a transaction that failed counts all the same, seen from an environment opened anew. */
function outcomeOf(transaction: number, reopen: () => Environment): 'nothing' | 'unknown' {
  try {
    const { lastTxnId } = reopen().root.getStats() as { lastTxnId: number };
    return transaction === 0 || lastTxnId < transaction ? 'nothing' : 'unknown';
  } catch {
    return 'unknown';
  }
}

const MDB_MAP_FULL = -30792;
const DISK_FULL: ReadonlySet<number | string | undefined> = new Set([
  errno.ENOSPC,
  errno.EDQUOT,
  errno.EFBIG,
  MDB_MAP_FULL,
]);

function failed(
  directory: string,
  cause: Error & { code?: number | string },
  outcome: 'nothing' | 'unknown',
): StoreFailed {
  const options = { cause, outcome };
  if (DISK_FULL.has(cause.code))
    return new StoreFailed(`The disk is full; make room for ${directory} and try again.`, options);
  // LMDB reports a write that a full disk cut short as an I/O error.
  if (cause.code === errno.EIO)
    return new StoreFailed(
      `The disk is full or failing; make room for ${directory}, or mend the disk, and try again.`,
      options,
    );
  return new StoreFailed(
    `Writing to ${directory} failed (${cause.message}); look at the disk and try again.`,
    options,
  );
}
