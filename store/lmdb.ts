/**
 * The store on disk: LMDB in a directory of its own, for one process.
 *
 *   data.mdb    journal   8 bytes, big-endian → entry        values   key in UTF-8 → value
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
import { applyGroup, createAppendQueue, type Ground, type GroupOutcome } from './append-queue.ts';
import type { PreparedBatch } from './append-queue.ts';
import { decode } from './codec.ts';
import { checkDataFiles, makeDataDirectory } from './data-directory.ts';
import { checkKey } from './key-order.ts';
import { takeOwnership } from './owner.ts';
import { type KeyRange, type Store, StoreFailed, type Value } from './store.ts';

const { errno } = constants;

interface Environment {
  readonly root: RootDatabase<Buffer, Buffer>;
  readonly journal: Database<Buffer, Buffer>;
  readonly values: Database<Buffer, Buffer>;
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
      const bytes = live().values.getBinary(Buffer.from(key));
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
    const root = open<Buffer, Buffer>({
      path: resolve(directory),
      noSubdir: false,
      maxDbs: 2,
      overlappingSync: false,
      // lmdb-js waits a turn of the event loop to gather writes; the append queue has gathered them.
      eventTurnBatching: false,
    });
    const bytes = { encoding: 'binary', keyEncoding: 'binary' } as const;
    return {
      root,
      journal: root.openDB({ name: 'journal', ...bytes }),
      values: root.openDB({ name: 'values', ...bytes }),
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
    get: (key) => values.getBinary(Buffer.from(key)),
    put: (key, bytes) => void values.put(Buffer.from(key), bytes as Buffer),
    delete: (key) => void values.remove(Buffer.from(key)),
    addEntry: (number, bytes) => void journal.put(entryKey(number), bytes as Buffer),
  };
}

function entryKey(number: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(BigInt(number));
  return key;
}

function lastEntry({ journal }: Environment): number {
  for (const key of journal.getKeys({ reverse: true, limit: 1 })) return entryNumber(key);
  return 0;
}

function entryNumber(key: Buffer): number {
  return Number(key.readBigUInt64BE());
}

function* readJournal({ journal }: Environment, from: number): Iterable<readonly [number, Value]> {
  for (const { key, value } of journal.getRange({ start: entryKey(Math.max(1, from)) }))
    yield [entryNumber(key), decode(value)];
}

function* readRange({ values }: Environment, range: KeyRange): Iterable<readonly [string, Value]> {
  const from = Buffer.from(range.from);
  const to = Buffer.from(range.to);
  const bounds =
    range.reverse === true
      ? { reverse: true, start: to, exclusiveStart: true, end: from, inclusiveEnd: true }
      : { start: from, end: to };
  if (Buffer.compare(from, to) >= 0) return;
  for (const { key, value } of values.getRange(bounds)) yield [key.toString(), decode(value)];
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
