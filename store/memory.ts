/**
 * The store in memory, for tests and the simulator: a disk that survives its processes, and can fail.
 *
 *   openMemoryStore(disk) ─append─▶ waiting ──sync──▶ on the disk (readable, durable)
 *                                      └── crash ──▶ gone, its promises never settle
 *
 * The disk is the durable thing; a store is one process's hold on it. A batch counts, and can be read, once
 * it is synced, as on a real disk. Syncs run in a microtask unless `schedule` says otherwise or
 * `holdSync()` stops them. A crash ends the hold of the process and may lose what a lying disk had promised.
 */
import sortedTree from 'sorted-btree';
import {
  applyGroup,
  type Commit,
  createAppendQueue,
  entriesOf,
  type GroupOutcome,
  type PreparedBatch,
} from './append-queue.ts';
import { decode } from './codec.ts';
import { compareKeys } from './key-order.ts';
import { type KeyRange, type Store, StoreFailed, StoreInUse, type Value } from './store.ts';

// A CommonJS package: what it exports by default is one step further in.
const SortedTree = sortedTree.default;

/**
 * How an append fails: `nothing` is written and the disk says so; or the disk reports an error, outcome
 * unknown, and the batch is `lost` or `applied` all the same.
 */
export type AppendFault = 'nothing' | 'lost' | 'applied';

/** What goes wrong on a memory disk, on request. */
export interface DiskFaults {
  /** While true, every append rejects with `StoreFailed` and nothing of it is applied. */
  full: boolean;
  /** Lets the next `times` syncs fail in this way, each at its first batch. */
  failNextAppend(times: number, fault: AppendFault): void;
  /** A slow disk: nothing is synced until `releaseSync()`. */
  holdSync(): void;
  releaseSync(): void;
}

/** A disk in memory, which outlives the stores on it. */
export interface MemoryDisk {
  readonly faults: DiskFaults;
  /**
   * Ends the process that holds the disk: its store refuses everything from now on, and appends that wait
   * never settle. Of those, the first `keepUnsynced` batches are on the disk all the same (default 0); of
   * the synced ones the last `loseSynced` (default 0, at most 16) are gone, and with them what waited.
   */
  crash(options?: { readonly keepUnsynced?: number; readonly loseSynced?: number }): void;
  /** How many synced batches `crash` could take back now. */
  readonly recallable: number;
  /** A disk of its own with what lies on this one now, as a backup keeps it; nobody holds it. */
  copy(): MemoryDisk;
  /** What lies on the disk; for `openMemoryStore` alone. */
  readonly medium: object;
}

type Tree = InstanceType<typeof SortedTree<string, Uint8Array>>;

interface Medium {
  values: Tree;
  /** Pages of entries; `last` is the number of the last one. */
  journal: { readonly last: number; readonly bytes: Uint8Array }[];
  /** How it looked before each of the last batches, newest last: the first `pages` of its journal. */
  readonly past: {
    readonly values: Tree;
    readonly journal: Medium['journal'];
    readonly pages: number;
  }[];
  readonly faults: { full: boolean; readonly next: AppendFault[] };
  /** The store that holds the disk. */
  owner: object | null;
  /** Grows with every crash; a store of an earlier life is dead. */
  life: number;
  /** Hands out what waits for a sync, if something does. */
  waiting: (() => readonly PreparedBatch[]) | null;
  sync(run: () => void): void;
}

/** Nobody else makes disks; to others it is opaque, and so is the library it is made of. */
const mediumOf = ({ medium }: MemoryDisk) => medium as Medium;

/** Synced batches that `crash` can take back. */
const PAST_BATCHES_MAX = 16;

/**
 * An empty disk. `schedule` decides when a sync happens (default: in a microtask); the simulator passes
 * one that takes virtual time.
 */
export function createMemoryDisk(
  options: { readonly schedule?: (sync: () => void) => void } = {},
): MemoryDisk {
  const schedule = options.schedule ?? queueMicrotask;
  let held: (() => void)[] | null = null;
  const medium: Medium = {
    values: new SortedTree<string, Uint8Array>(undefined, compareKeys),
    journal: [],
    past: [],
    faults: { full: false, next: [] },
    owner: null,
    life: 0,
    waiting: null,
    sync(run) {
      if (held === null) schedule(run);
      else held.push(run);
    },
  };
  return {
    medium,
    faults: {
      get full() {
        return medium.faults.full;
      },
      set full(full) {
        medium.faults.full = full;
      },
      failNextAppend(times, fault) {
        for (let i = 0; i < times; i++) medium.faults.next.push(fault);
      },
      holdSync() {
        held ??= [];
      },
      releaseSync() {
        const runs = held ?? [];
        held = null;
        for (const run of runs) schedule(run);
      },
    },
    crash: ({ keepUnsynced = 0, loseSynced = 0 } = {}) => crash(medium, keepUnsynced, loseSynced),
    get recallable() {
      return medium.past.length;
    },
    copy() {
      const copy = createMemoryDisk(options);
      const copied = mediumOf(copy);
      copied.values = medium.values.clone();
      copied.journal = [...medium.journal];
      return copy;
    },
  };
}

/**
 * Takes hold of a disk. With `force`, also of one that another store holds: what that one appends
 * afterwards, on ground that has changed, is a `StoreConflict`.
 *
 * @throws StoreInUse while another store holds the disk and has not crashed.
 */
export async function openMemoryStore(
  disk: MemoryDisk,
  options: { readonly force?: boolean } = {},
): Promise<Store> {
  const medium = mediumOf(disk);
  if (medium.owner !== null && options.force !== true)
    throw new StoreInUse('The memory disk is in use by another store; close that one first.');
  const store = createStore(medium);
  medium.owner = store;
  return Promise.resolve(store);
}

/** Reads what lies on a disk, whoever holds it: for those who watch. Ranges must be read to their end at once. */
export function readMemoryDisk(disk: MemoryDisk): Store {
  const medium = mediumOf(disk);
  const close = () => Promise.resolve();
  return {
    position: () => lastEntry(medium),
    append: () =>
      Promise.reject(new Error('This store is for reading only; open the disk to write.')),
    read: (from) => readJournal(medium, from),
    get(key) {
      const bytes = medium.values.get(key);
      return bytes === undefined ? undefined : decode(bytes);
    },
    range: (range) => readRange(medium.values, range),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createStore(medium: Medium): Store {
  const { life } = medium;
  let open = true;
  const queue = createAppendQueue(committer(medium), () => lastEntry(medium));

  function live(): Medium {
    if (!open) throw new Error('The store is closed; open it again to read.');
    if (medium.life !== life)
      throw new StoreFailed('The process of this store has crashed; open the disk again.');
    return medium;
  }

  async function close(): Promise<void> {
    if (medium.life === life) await queue.close();
    open = false;
    if (medium.owner === store) medium.owner = null;
  }

  const store: Store = {
    position: () => (live(), queue.position()),
    async append(batch, { expect }) {
      if (open) live();
      await queue.append(batch, expect);
    },
    read: (from) => readJournal(live(), from),
    get(key) {
      const bytes = live().values.get(key);
      return bytes === undefined ? undefined : decode(bytes);
    },
    range: (range) => readRange(live().values.clone(), range),
    close,
    [Symbol.asyncDispose]: close,
  };
  return store;
}

/** The disk's part of an append: wait for the sync, then put the whole group on the medium. */
function committer(medium: Medium): Commit {
  const { life } = medium;
  return (take) =>
    new Promise((resolve) => {
      medium.waiting = take;
      medium.sync(() => {
        if (medium.life !== life) return;
        medium.waiting = null;
        resolve(syncGroup(medium, take()));
      });
    });
}

function syncGroup(medium: Medium, group: readonly PreparedBatch[]): GroupOutcome {
  const fault = medium.faults.next.shift();
  if (fault !== undefined) {
    if (fault === 'applied') applyToMedium(medium, group.slice(0, 1));
    const outcome = fault === 'nothing' ? 'nothing' : 'unknown';
    return { applied: 0, refusal: new StoreFailed('The disk failed; try again.', { outcome }) };
  }
  if (medium.faults.full)
    return {
      applied: 0,
      refusal: new StoreFailed('The disk is full; make room on it and try again.'),
    };
  return applyToMedium(medium, group);
}

function applyToMedium(medium: Medium, group: readonly PreparedBatch[]): GroupOutcome {
  for (const [index, batch] of group.entries()) {
    const { journal } = medium;
    medium.past.push({ values: medium.values.clone(), journal, pages: journal.length });
    if (medium.past.length > PAST_BATCHES_MAX) medium.past.shift();
    // Copies of just the right size: the encoder's buffers are parts of larger ones.
    const { refusal } = applyGroup([batch], {
      position: () => lastEntry(medium),
      get: (key) => medium.values.get(key),
      put: (key, bytes) => medium.values.set(key, new Uint8Array(bytes)),
      delete: (key) => medium.values.delete(key),
      addPage: (last, bytes) => medium.journal.push({ last, bytes: new Uint8Array(bytes) }),
      // A journal of its own, so that the past keeps what it had.
      dropPages(before, most) {
        const dropped = medium.journal.findIndex(({ last }) => last >= before);
        medium.journal = medium.journal.slice(Math.min(dropped, most));
      },
    });
    if (refusal === undefined) continue;
    medium.past.pop();
    return { applied: index, refusal };
  }
  return { applied: group.length };
}

function crash(medium: Medium, keepUnsynced: number, loseSynced: number): void {
  const lost = medium.past[medium.past.length - loseSynced];
  if (loseSynced > 0 && lost === undefined)
    throw new RangeError(
      `The disk remembers the last ${medium.past.length} batches; it cannot lose ${loseSynced}.`,
    );
  if (lost !== undefined) {
    medium.past.splice(-loseSynced);
    medium.values = lost.values;
    medium.journal = lost.journal.slice(0, lost.pages);
  } else if (keepUnsynced > 0) {
    applyToMedium(medium, (medium.waiting?.() ?? []).slice(0, keepUnsynced));
  }
  medium.waiting = null;
  medium.owner = null;
  medium.life++;
}

function* readJournal(medium: Medium, from: number): Iterable<readonly [number, Value]> {
  const { journal } = medium;
  let low = 0;
  for (let high = journal.length; low < high;) {
    const middle = (low + high) >> 1;
    if (journal[middle]!.last < from) low = middle + 1;
    else high = middle;
  }
  for (let page = journal[low]; page !== undefined; page = journal[++low])
    yield* entriesOf(page.last, page.bytes, from);
}

const lastEntry = ({ journal }: Medium): number => journal.at(-1)?.last ?? 0;

function* readRange(values: Tree, range: KeyRange): Iterable<readonly [string, Value]> {
  const { from, to, reverse = false } = range;
  const walk = reverse ? values.entriesReversed(to, undefined, true) : values.entries(from);
  for (const [key, bytes] of walk) {
    if (reverse ? compareKeys(key, from) < 0 : compareKeys(key, to) >= 0) return;
    yield [key, decode(bytes)];
  }
}
