/**
 * The disk of a seat: takes its time, and can be slow, stalled, full or failing. It outlives the processes in
 * that seat, and keeps a backup when it is asked to.
 */
import type { Clock } from '../actors/clock.ts';
import {
  createMemoryDisk,
  readMemoryDisk,
  type AppendFault,
  type MemoryDisk,
} from '../store/memory.ts';
import type { Store } from '../store/store.ts';

/** Each fault returns what ends it, or undefined when it is on already. */
export interface Disk {
  readonly medium: MemoryDisk;
  /** Reads what lies on it, whoever holds it. */
  readonly reader: Store;
  /** The seats whose processes hold it now. */
  readonly holders: Set<{ evict(): void }>;
  readonly isFull: boolean;
  stall(): (() => void) | undefined;
  slow(syncMs: number): (() => void) | undefined;
  fill(): (() => void) | undefined;
  /** The next `times` appends fail. */
  fail(times: number, outcome: AppendFault): void;
  /** Makes it what a copy of it was. */
  replace(medium: MemoryDisk): void;
}

/** @param syncMs how long it takes to make a batch durable */
export function createDisk(clock: Pick<Clock, 'after'>, syncMs: number): Disk {
  let takesMs = syncMs;
  let medium = createMemoryDisk({ schedule: (sync) => void clock.after(takesMs, sync) });
  let reader = readMemoryDisk(medium);
  let isStalled = false;
  return {
    get medium() {
      return medium;
    },
    get reader() {
      return reader;
    },
    holders: new Set(),
    get isFull() {
      return medium.faults.full;
    },
    stall() {
      if (isStalled) return undefined;
      isStalled = true;
      const { faults } = medium;
      faults.holdSync();
      return () => {
        isStalled = false;
        faults.releaseSync();
      };
    },
    slow(ms) {
      if (takesMs !== syncMs) return undefined;
      takesMs = ms;
      return () => (takesMs = syncMs);
    },
    fill() {
      const { faults } = medium;
      if (faults.full) return undefined;
      faults.full = true;
      return () => (faults.full = false);
    },
    fail: (times, outcome) => medium.faults.failNextAppend(times, outcome),
    replace(next) {
      medium = next;
      reader = readMemoryDisk(next);
    },
  };
}
