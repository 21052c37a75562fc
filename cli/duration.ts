/**
 * Durations as people write them: `500ms`, `10s`, `2m`, `1h`; a plain number means seconds, as in the
 * source systems.
 */
import { LONGEST_MS } from '../machines/timing.ts';
import { usage } from './failure.ts';

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Milliseconds of a duration.
 *
 * @param what what it is, for the sentence: `--period`
 * @throws {CommandFailed} for what is no duration, is not more than zero, or more than 2^31 − 1 ms
 */
export function parseDuration(text: string, what: string): number {
  const [, number, unit = 's'] = /^\s*([+-]?\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*$/.exec(text) ?? [];
  if (number === undefined) {
    throw usage(
      `${what} is no duration: ${JSON.stringify(text)}; write it as 500ms, 10s, 2m or 1h (a plain number means seconds).`,
    );
  }
  const ms = Math.round(Number(number) * UNITS_MS[unit]!);
  if (ms <= 0) throw usage(`${what} must be more than zero, not ${text.trim()}.`);
  if (ms > LONGEST_MS) {
    throw usage(`${what} must be at most ${LONGEST_MS} ms (24.8 days), not ${text.trim()}.`);
  }
  return ms;
}

/** As short as it can be typed: 1500 → `1500ms`, 60000 → `1m`. */
export function typedDuration(ms: number): string {
  for (const unit of ['h', 'm', 's']) {
    if (ms >= UNITS_MS[unit]! && ms % UNITS_MS[unit]! === 0)
      return `${ms / UNITS_MS[unit]!}${unit}`;
  }
  return `${ms}ms`;
}
