/**
 * The clock port and the only file that may touch timers and the system's clocks.
 *
 * Two readings: `now` is the wall clock, for people; it may jump. `elapsed` only grows, also while the
 * host was suspended, and is what every duration is measured with.
 */
import { uptime } from 'node:os';

/** The clock port: two readings and a timer. */
export interface Clock {
  /** Wall clock, in ms since 1970 (UTC). */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back and counts time spent suspended. */
  elapsed(): number;
  /** Calls `wake` once, `afterMs` from now (0 or less: as soon as possible). Returns a function that cancels it. */
  after(afterMs: number, wake: () => void): () => void;
}

/** Longest delay that Node's timers take; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** So far may wall clock and monotonic clock drift apart before the boot-time clock is asked. */
const SUSPICIOUS_MS = 500;

/**
 * CLOCK_MONOTONIC stands still while the host is suspended; the boot-time clock does not, but is dear to
 * read and ticks in 10 ms. It is asked when the wall clock says that something happened.
 */
function createElapsed(): () => number {
  const startedAt = performance.now();
  const uptimeAtStartMs = uptime() * 1000;
  let wallAheadMs = Date.now();
  let suspendedMs = 0;
  return () => {
    const monotonicMs = performance.now() - startedAt;
    const aheadMs = Date.now() - monotonicMs;
    if (Math.abs(aheadMs - wallAheadMs) > SUSPICIOUS_MS) {
      wallAheadMs = aheadMs;
      const missedMs = uptime() * 1000 - uptimeAtStartMs - monotonicMs;
      if (missedMs > suspendedMs + SUSPICIOUS_MS) suspendedMs = missedMs;
    }
    return Math.round(monotonicMs + suspendedMs);
  };
}

/** The host's clocks and Node's timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: createElapsed(),
  after(afterMs, wake) {
    if (afterMs <= 0) {
      const immediate = setImmediate(wake);
      return () => clearImmediate(immediate);
    }
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number) => {
      const stepMs = Math.min(leftMs, LONGEST_TIMER_MS);
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : wake()), stepMs);
    };
    arm(Math.ceil(afterMs));
    return () => clearTimeout(timer);
  },
};
