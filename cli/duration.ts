/**
 * Durations as people write them: `500ms`, `10s`, `2m`, `1h`; a plain number means seconds, as in the
 * source systems.
 */
import { LONGEST_MS } from '../machines/timing.ts';
import { durationMs, UNITS_MS } from '../scenarios/format/duration.ts';
import { usage } from './failure.ts';

/**
 * Milliseconds of a duration.
 *
 * @param what what it is, for the sentence: `--period`
 * @throws {CommandFailed} for what is no duration, is not more than zero, or more than 2^31 − 1 ms
 */
export function parseDuration(text: string, what: string): number {
  const ms = durationMs(text.replace(/\s/g, ''));
  if (ms === undefined) {
    throw usage(
      `${what} is no duration: ${JSON.stringify(text)}; write it as 500ms, 10s, 2m or 1h (a plain number means seconds).`,
    );
  }
  if (ms <= 0) throw usage(`${what} must be more than zero, not ${text.trim()}.`);
  if (ms > LONGEST_MS) {
    throw usage(`${what} must be at most ${LONGEST_MS} ms (24.8 days), not ${text.trim()}.`);
  }
  return ms;
}

/** As short as it can be typed: 1500 → `1500ms`, 60000 → `1m`. */
export function typedDuration(ms: number): string {
  for (const unit of ['h', 'm', 's'] as const) {
    if (ms >= UNITS_MS[unit] && ms % UNITS_MS[unit] === 0) return `${ms / UNITS_MS[unit]}${unit}`;
  }
  return `${ms}ms`;
}
