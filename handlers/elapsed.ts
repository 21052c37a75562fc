/**
 * A deadline that threads and processes of one host read alike, and that counts time spent suspended.
 *
 * The monotonic clock stands still while a host sleeps, its peers' clocks do not; the host's uptime
 * goes on. A deadline is over when either says so. Uptime is coarse, so it is believed a second later.
 */
import { uptime } from 'node:os';

/** The moment on both clocks, ms; NaN: never. */
export interface Deadline {
  readonly monotonicMs: number;
  readonly uptimeMs: number;
}

const UPTIME_COARSENESS_MS = 1000;

const monotonicNow = (): number => Number(process.hrtime.bigint() / 1_000_000n);

/** The deadline `ms` from now. */
export function deadlineIn(ms: number): Deadline {
  return { monotonicMs: monotonicNow() + ms, uptimeMs: uptime() * 1000 + ms };
}

/** Milliseconds until it is over; 0 or less: it is. */
export function leftUntil(deadline: Deadline): number {
  return Math.min(
    deadline.monotonicMs - monotonicNow(),
    deadline.uptimeMs + UPTIME_COARSENESS_MS - uptime() * 1000,
  );
}
