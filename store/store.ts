/**
 * The store port: what survives a crash.
 *
 *   journal   entry 1, 2, 3 …        facts in order; the position of the last one is `position()`;
 *                                    the oldest may be forgotten, and the numbers of the others stay
 *   values    key → value            in byte order of the key
 *
 * One `append` writes entries and values together, all or nothing, and resolves when they are on disk.
 * Appends may be started before earlier ones have resolved; they are applied in the order of the calls.
 * Reads are synchronous and show everything whose append has resolved. What is still under way may not be
 * seen yet: a writer that pipelines keeps it in a layer of its own above the store.
 *
 * Invariants that every adapter keeps (test/store/contract.ts):
 *   I1  `append` resolves only when its batch is durable; what was durable is there after a crash.
 *   I2  A batch is applied whole or not at all, also when the disk is full or the process is killed.
 *   I3  `append` with an `expect` that is not the present position applies nothing and rejects with
 *       `StoreConflict`: another writer was here first.
 *   I4  Once an append has been rejected, those started after it are rejected too, until `position()`
 *       is asked again by a new writer (they were decided on ground that does not exist). So only the
 *       writer of a store asks for its position.
 *   I5  A value that is read is a copy: changing it changes nothing in the store.
 *   I6  One owner at a time: opening what a living process holds rejects with `StoreInUse`.
 */

/** What msgpack can carry without extensions. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value | undefined };

/** One change of one key within a batch. `check` refuses the whole batch unless the key has that value now. */
export type Write =
  | { readonly put: string; readonly value: Value }
  | { readonly delete: string }
  | { readonly check: string; readonly value: Value | undefined };

/** What one append writes, all or nothing. */
export interface Batch {
  /** Journal entries, in order; the first becomes number `expect + 1`. */
  readonly entries: readonly Value[];
  readonly writes: readonly Write[];
  /**
   * Entries with lower numbers are not needed any more. Those that lie together with newer ones stay, and so
   * does the last entry; a batch drops a bounded number, oldest first. Default: none.
   */
  readonly forgetBefore?: number;
}

/** Bounds of a scan, in byte order of the keys. */
export interface KeyRange {
  /** First key, inclusive. */
  readonly from: string;
  /** End, exclusive. */
  readonly to: string;
  /** Walk from the end to the start. Default false. */
  readonly reverse?: boolean;
}

/** A journal and values that change together: see the invariants at the head of this file. */
export interface Store {
  /**
   * What the next `append` must expect: the number of the last entry, those under way included; 0 for an
   * empty journal. Asking also ends the refusal that follows a rejected append (I4).
   */
  position(): number;
  /**
   * Applies a batch and resolves when it is durable.
   * Rejects with `StoreConflict` (somebody else wrote, or a `check` failed: nothing applied) or
   * `StoreFailed` (disk full, I/O error: nothing applied, or unknown when `outcome` says so).
   * A key that is empty, longer than 1978 bytes or not well-formed is a `RangeError`: nothing applied.
   * Checks look at what was there before the batch.
   */
  append(batch: Batch, options: { readonly expect: number }): Promise<void>;
  /** Entries from number `from` (1-based, inclusive) on that are not forgotten, in order. */
  read(from: number): Iterable<readonly [number, Value]>;
  get(key: string): Value | undefined;
  range(range: KeyRange): Iterable<readonly [string, Value]>;
  /** Waits for what is under way, then lets go of the disk. Harmless when repeated. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Somebody else wrote first, or a `check` failed; nothing of the batch was applied. */
export class StoreConflict extends Error {
  override readonly name = 'StoreConflict';
  readonly retryable = false;
}

/** The directory is held by a living process. */
export class StoreInUse extends Error {
  override readonly name = 'StoreInUse';
  readonly retryable = false;
}

/** The disk refused. `outcome` says whether the batch may have been applied all the same. */
export class StoreFailed extends Error {
  override readonly name = 'StoreFailed';
  readonly retryable = true;
  readonly outcome: 'nothing' | 'unknown';

  constructor(message: string, options: { cause?: unknown; outcome?: 'nothing' | 'unknown' } = {}) {
    super(message, { cause: options.cause });
    this.outcome = options.outcome ?? 'nothing';
  }
}
