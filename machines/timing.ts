/**
 * Every duration of the protocol, in milliseconds, with its formula.
 *
 *   0        period   + delay          2 × period                timeout        + guard
 *   │──────────│─────────│─────────────────│────── … ───────────────│──────────────│
 *   last word  beat due  suspect           lease late               lost, expired  handed out again
 *              10 s      12 s inclusive    20 s                     60 s           62 s
 *
 * The three durations of a `Timing` come with the process class, from the controller; the rest follows.
 */

/** A number in a configuration that cannot be used. The message is one sentence which says what to do. */
export class InvalidSetting extends Error {
  override readonly name = 'InvalidSetting';
  readonly retryable = false;
}

/** How one agent and the controller keep watch over each other. */
export interface Timing {
  /** Grows with each change, and each term; of two timings the one with the higher version holds. */
  readonly version: number;
  /** Milliseconds after which an agent that has sent nothing sends a beat. */
  readonly periodMs: number;
  /** Milliseconds that the controller waits beyond the period. */
  readonly delayMs: number;
  /** Milliseconds of silence after which a connection is lost; a multiple (2 or more) of the period. */
  readonly timeoutMs: number;
}

/** 10 s, 2 s, 60 s. */
export const defaultTiming: Timing = {
  version: 0,
  periodMs: 10_000,
  delayMs: 2_000,
  timeoutMs: 60_000,
};

/** What the guard allows for. */
export interface Margins {
  /** How far the rate of a clock may be off, as a fraction. */
  readonly drift: number;
  /** Milliseconds from the end of a lease until the last process of a task is gone. */
  readonly killTimeMs: number;
}

/** 0.05 % and 1 s. */
export const defaultMargins: Margins = { drift: 0.0005, killTimeMs: 1_000 };

/** The watchdog passes over what is overdue every 120 s. */
export const defaultSweepMs = 120_000;

/** A sub-transaction is idle after 120 s without a pulse. */
export const defaultIdleMs = 120_000;

/** From the abort of a task to its kill, on cancel and time-out: 5 s. */
export const defaultGraceMs = 5_000;

/** A task reports `inProgress` first after 10 s, then every 10 s. */
export const defaultLongRunningMs = 10_000;

/** An agent whose lease is late beats every second. */
export const defaultLateBeatMs = 1_000;

/** Longest duration that a timer of Node takes: 2^31 − 1 ms, some 24.8 days. */
export const LONGEST_MS = 2 ** 31 - 1;

/**
 * Returns `ms` when it is a whole number of milliseconds from 1 to 2^31 − 1.
 *
 * @param what what it is, for the sentence: "idle limit"
 * @throws {InvalidSetting}
 */
export function checkDuration(ms: number, what: string): number {
  if (Number.isInteger(ms) && ms > 0 && ms <= LONGEST_MS) return ms;
  throw new InvalidSetting(
    `The ${what} must be a whole number of milliseconds from 1 to ${LONGEST_MS}, not ${ms}.`,
  );
}

/**
 * Returns `timing` when its three durations fit each other: the timeout is a multiple (2 or more) of the
 * period and greater than period + delay.
 *
 * @throws {InvalidSetting} naming the nearest legal value
 */
export function checkTiming(timing: Timing): Timing {
  const { version, periodMs, delayMs, timeoutMs } = timing;
  if (!Number.isSafeInteger(version) || version < 0) {
    throw new InvalidSetting(
      `The version of a timing must be a whole number from 0 on, not ${version}.`,
    );
  }
  checkDuration(periodMs, 'heartbeat period');
  checkDuration(delayMs, 'heartbeat delay');
  checkDuration(timeoutMs, 'heartbeat timeout');
  const nearestMs = nearestTimeoutMs(timing);
  if (nearestMs > LONGEST_MS) {
    throw new InvalidSetting(
      `A period of ${periodMs} ms and a delay of ${delayMs} ms leave no legal timeout up to ` +
        `${LONGEST_MS} ms: shorten them.`,
    );
  }
  if (timeoutMs !== nearestMs) {
    throw new InvalidSetting(
      `The heartbeat timeout must be a multiple (2 or more) of the period (${periodMs} ms) and greater ` +
        `than period + delay (${suspectAfterMs(timing)} ms), not ${timeoutMs} ms: use ${nearestMs} ms.`,
    );
  }
  return timing;
}

/**
 * The timeout that a lease is to have for a handover: `wantedMs`, rounded up to a multiple of the period.
 *
 * @throws {InvalidSetting} when that is no longer than it is anyway, or beyond what a timer takes
 */
export function handoverMs(timing: Timing, wantedMs: number): number {
  const { periodMs, timeoutMs } = timing;
  const longerMs = Math.ceil(wantedMs / periodMs) * periodMs;
  if (checkDuration(wantedMs, 'handover') > timeoutMs && longerMs <= LONGEST_MS) return longerMs;
  throw new InvalidSetting(
    `The handover must be longer than the heartbeat timeout (${timeoutMs} ms) and at most ` +
      `${LONGEST_MS} ms in whole periods of ${periodMs} ms, not ${wantedMs} ms.`,
  );
}

/** The legal timeout nearest to the one given; beyond `LONGEST_MS` when there is none. */
function nearestTimeoutMs(timing: Timing): number {
  const { periodMs, timeoutMs } = timing;
  const fewest = Math.max(2, Math.floor(suspectAfterMs(timing) / periodMs) + 1);
  const most = Math.floor(LONGEST_MS / periodMs);
  const nearest = Math.min(Math.round(timeoutMs / periodMs), most);
  return Math.max(fewest, nearest) * periodMs;
}

/** period + delay. Silence of up to this many ms, inclusive, is still `connected`. 12 s. */
export function suspectAfterMs(timing: Timing): number {
  return timing.periodMs + timing.delayMs;
}

/**
 * Silence about a sub-transaction after which it is idle: the limit that is set, 120 s, or longer where beats,
 * which carry the pulses, are that far apart.
 */
export function idleAfterMs(settings: {
  readonly idleMs: number;
  readonly timing: Timing;
}): number {
  return Math.max(settings.idleMs, suspectAfterMs(settings.timing) + 1);
}

/** 2 × period. A lease without an echo for this many ms is late (two beats unanswered). 20 s. */
export function lateAfterMs(timing: Timing): number {
  return 2 * timing.periodMs;
}

/**
 * max(delay, killTime × (1 + drift) + 2 × drift × timeout / (1 − drift)), rounded up to whole ms.
 * How long beyond the timeout a lost agent's lease is not surely over. 2 s; 8,205 ms at 7200/120.
 */
export function guardMs(timing: Timing, margins: Margins): number {
  const { drift, killTimeMs } = margins;
  const neededMs = killTimeMs * (1 + drift) + (2 * drift * timing.timeoutMs) / (1 - drift);
  return Math.ceil(Math.max(timing.delayMs, neededMs));
}

/** timeout + guard. Silence after which the work of a lost agent may be given out again. 62 s. */
export function handOutAfterMs(timing: Timing, margins: Margins): number {
  return timing.timeoutMs + guardMs(timing, margins);
}

/** period + delay. A request without an answer is sent again this many ms after its last sending. 12 s. */
export function resendEveryMs(timing: Timing): number {
  return timing.periodMs + timing.delayMs;
}

/** ⌈timeout / (period + delay)⌉. Sendings of one request before the timeout: 5; 60 at 7200/120. */
export function sendsWithinTimeout(timing: Timing): number {
  return Math.ceil(timing.timeoutMs / resendEveryMs(timing));
}
