/**
 * The order of appends, the same for every adapter: group commit and what follows a failure (I3, I4).
 *
 *   append ──▶ queue ──take()──▶ commit (one group at a time) ──▶ resolve, in order
 *                │                      │ refused or failed
 *                └── all rejected ◀─────┘   … and so is every later append, until position() is asked
 *
 * While one group is being made durable the next one gathers, so that many appends share one sync.
 * Values are encoded when `append` is called: what the caller does with them afterwards changes nothing.
 */
import { decode, encode, sameValue } from './codec.ts';
import { checkKey } from './key-order.ts';
import { type Batch, StoreConflict, StoreFailed, type Value } from './store.ts';

/** Some entries of the journal in a row, encoded as one list: a write costs more than an entry. */
export interface Page {
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** A batch with its values encoded. */
export interface PreparedBatch {
  readonly expect: number;
  readonly pages: readonly Page[];
  readonly puts: readonly { readonly key: string; readonly bytes: Uint8Array | undefined }[];
  readonly checks: readonly { readonly key: string; readonly bytes: Uint8Array | undefined }[];
  readonly forgetBefore: number;
}

/** What a group did: the first `applied` batches are durable; `refusal` says why the next one is not. */
export interface GroupOutcome {
  readonly applied: number;
  readonly refusal?: Error;
}

/** Takes a group as late as it can and makes it durable. A rejection means that nothing was applied. */
export type Commit = (take: () => readonly PreparedBatch[]) => Promise<GroupOutcome>;

/** Where a group is applied: an open transaction, or a tree. */
export interface Ground {
  position(): number;
  get(key: string): Uint8Array | undefined;
  put(key: string, bytes: Uint8Array): void;
  delete(key: string): void;
  /** Adds a page; `last` is the number of its last entry. */
  addPage(last: number, bytes: Uint8Array): void;
  /** Drops pages whose last entry has a lower number: the oldest, at most so many. */
  dropPages(before: number, most: number): void;
}

export interface AppendQueue {
  append(batch: Batch, expect: number): Promise<void>;
  /** The number of the last entry, those under way included. Asking forgets a failure (I4). */
  position(): number;
  /** Refuses what comes from now on and waits for what is under way. */
  close(): Promise<void>;
}

interface Waiting {
  readonly batch: PreparedBatch;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Writes in one group: few enough that the event loop is held for some tens of milliseconds at most. */
const GROUP_WRITES_MAX = 5000;

/** Pages that one batch drops. */
const DROPPED_MAX = 1_000;

/** Entries of one page, and the bytes from which on it is divided: whoever reads one entry reads its page. */
const PAGE_ENTRIES = 32;
const PAGE_BYTES = 64 * 1024;

export function createAppendQueue(commit: Commit, durablePosition: () => number): AppendQueue {
  /** Entries of appends that have resolved; null after a failure, until it is asked for. */
  let settled: number | null = null;
  const queue: Waiting[] = [];
  let group: Waiting[] = [];
  let failure: Error | null = null;
  let closed = false;
  let pump: Promise<void> | null = null;

  function take(): readonly PreparedBatch[] {
    let count = 0;
    let size = 0;
    while (count < queue.length && size < GROUP_WRITES_MAX) size += sizeOf(queue[count++]?.batch);
    group.push(...queue.splice(0, count));
    return group.map((waiting) => waiting.batch);
  }

  async function commitAll(): Promise<void> {
    while (queue.length > 0) {
      const { applied, refusal } = await commit(take).catch((error: Error): GroupOutcome => ({
        applied: 0,
        refusal: error,
      }));
      const done = group.slice(0, applied);
      const refused = group.slice(applied);
      group = [];
      if (settled !== null) settled += countEntries(done);
      for (const { resolve } of done) resolve();
      if (refusal === undefined) continue;
      failure = refusal;
      settled = null;
      const [first, ...others] = [...refused, ...queue.splice(0)];
      first?.reject(refusal);
      for (const { reject } of others) reject(following(refusal));
    }
    pump = null;
  }

  return {
    append(batch, expect) {
      if (closed) return Promise.reject(new Error('The store is closed; open it again to write.'));
      if (failure !== null) return Promise.reject(following(failure));
      try {
        const prepared = prepare(batch, expect);
        return new Promise((resolve, reject) => {
          queue.push({ batch: prepared, resolve, reject });
          pump ??= commitAll();
        });
      } catch (error) {
        failure = error as Error;
        return Promise.reject(failure);
      }
    },
    position() {
      settled ??= durablePosition();
      failure = null;
      return settled + countEntries(group) + countEntries(queue);
    },
    async close() {
      closed = true;
      await pump;
    },
  };
}

/** Applies batches in order until one is refused. An exception means that the ground is to be dropped. */
export function applyGroup(group: readonly PreparedBatch[], ground: Ground): GroupOutcome {
  let position = ground.position();
  for (const [index, { expect, pages, puts, checks, forgetBefore }] of group.entries()) {
    const refusal = conflictOf(expect, position, checks, ground);
    if (refusal !== undefined) return { applied: index, refusal };
    for (const { count, bytes } of pages) ground.addPage((position += count), bytes);
    for (const { key, bytes } of puts) {
      if (bytes === undefined) ground.delete(key);
      else ground.put(key, bytes);
    }
    // The last page tells the position.
    if (forgetBefore > 1) ground.dropPages(Math.min(forgetBefore, position), DROPPED_MAX);
  }
  return { applied: group.length };
}

function conflictOf(
  expect: number,
  position: number,
  checks: PreparedBatch['checks'],
  ground: Ground,
): StoreConflict | undefined {
  if (expect !== position)
    return new StoreConflict(
      `The journal ends at ${position}, not at ${expect}: somebody else wrote; read again before writing.`,
    );
  const failed = checks.find(({ key, bytes }) => !sameValue(bytes, ground.get(key)));
  if (failed === undefined) return undefined;
  return new StoreConflict(
    `The key ${JSON.stringify(failed.key)} has changed; read it again before writing.`,
  );
}

function prepare(batch: Batch, expect: number): PreparedBatch {
  const puts: { key: string; bytes: Uint8Array | undefined }[] = [];
  const checks: { key: string; bytes: Uint8Array | undefined }[] = [];
  for (const write of batch.writes) {
    if ('put' in write) puts.push({ key: write.put, bytes: encode(write.value) });
    else if ('delete' in write) puts.push({ key: write.delete, bytes: undefined });
    else checks.push({ key: write.check, bytes: encodeOptional(write.value) });
  }
  for (const { key } of puts) checkKey(key);
  for (const { key } of checks) checkKey(key);
  const { forgetBefore = 0 } = batch;
  return { expect, pages: [...inPages(batch.entries)], puts, checks, forgetBefore };
}

function* inPages(entries: readonly Value[], most = PAGE_ENTRIES): Iterable<Page> {
  for (let from = 0; from < entries.length; from += most) {
    const some = entries.slice(from, from + most);
    const bytes = encode(some);
    if (bytes.length <= PAGE_BYTES || some.length === 1) yield { count: some.length, bytes };
    else yield* inPages(some, Math.ceil(some.length / 2));
  }
}

/** The entries of a page from number `from` on, with their numbers. */
export function* entriesOf(
  last: number,
  bytes: Uint8Array,
  from: number,
): Iterable<readonly [number, Value]> {
  const entries = decode(bytes) as readonly Value[];
  const first = last - entries.length + 1;
  for (let number = Math.max(first, from); number <= last; number++)
    yield [number, entries[number - first]!];
}

function encodeOptional(value: Value | undefined): Uint8Array | undefined {
  return value === undefined ? undefined : encode(value);
}

function countEntries(list: readonly Waiting[]): number {
  return list.reduce((sum, { batch }) => sum + entriesIn(batch), 0);
}

function entriesIn({ pages }: PreparedBatch): number {
  return pages.reduce((sum, { count }) => sum + count, 0);
}

function sizeOf(batch: PreparedBatch | undefined): number {
  return batch === undefined ? 0 : 1 + entriesIn(batch) + batch.puts.length;
}

/** What the appends behind a refused one get: nothing of them was applied either. */
function following(cause: Error): Error {
  const message = `An earlier append was refused (${cause.message}); ask for the position and decide again.`;
  return cause instanceof StoreConflict
    ? new StoreConflict(message, { cause })
    : new StoreFailed(message, { cause });
}
