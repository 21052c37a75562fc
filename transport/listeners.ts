/**
 * What every adapter owes to those who listen to it: what one of them throws reaches nobody else, and the
 * status is told at once and at each change.
 *
 *   connected ◀──▶ disconnected
 *       └──────┬──────┘
 *              ▼
 *            closed, for good
 */
import type { TransportStatus } from './transport.ts';

/** Calls code of others; what it throws is reported and goes no further. */
export function guard(report: (error: unknown) => void): (call: () => void) => void {
  return (call) => {
    try {
      call();
    } catch (error) {
      report(error);
    }
  };
}

/** For errors that nobody wants to hear: throws it in a microtask of its own, as an uncaught error. */
export function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** The status of a connection and those who want to know it. */
export interface Status {
  now(): TransportStatus;
  become(next: TransportStatus): void;
  watch(changed: (status: TransportStatus) => void): () => void;
}

/** @param guarded as `guard` gives it */
export function createStatus(first: TransportStatus, guarded: (call: () => void) => void): Status {
  const watchers = new Set<{ readonly changed: (status: TransportStatus) => void }>();
  let status = first;
  return {
    now: () => status,
    become(next) {
      if (status === next || status === 'closed') return;
      status = next;
      for (const { changed } of [...watchers]) guarded(() => changed(next));
    },
    watch(changed) {
      const watcher = { changed };
      watchers.add(watcher);
      guarded(() => changed(status));
      return () => void watchers.delete(watcher);
    },
  };
}
