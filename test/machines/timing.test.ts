/** The durations of the protocol, at the defaults and at the source's two hours. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkDuration,
  checkTiming,
  defaultMargins,
  defaultTiming,
  guardMs,
  handOutAfterMs,
  InvalidSetting,
  lateAfterMs,
  LONGEST_MS,
  resendEveryMs,
  sendsWithinTimeout,
  suspectAfterMs,
  type Timing,
} from '../../machines/timing.ts';

const twoHours: Timing = { version: 1, periodMs: 120_000, delayMs: 2_000, timeoutMs: 7_200_000 };

const legal = fc
  .record({
    periodMs: fc.integer({ min: 1, max: 100_000 }),
    delayMs: fc.integer({ min: 1, max: 100_000 }),
    times: fc.integer({ min: 1, max: 200 }),
  })
  .map(({ periodMs, delayMs, times }): Timing => {
    const fewest = Math.max(2, Math.floor((periodMs + delayMs) / periodMs) + 1);
    return { version: 0, periodMs, delayMs, timeoutMs: (fewest + times - 1) * periodMs };
  });

describe('timing', () => {
  it.each([
    ['suspectAfterMs', suspectAfterMs, 12_000, 122_000],
    ['lateAfterMs', lateAfterMs, 20_000, 240_000],
    ['resendEveryMs', resendEveryMs, 12_000, 122_000],
    ['sendsWithinTimeout', sendsWithinTimeout, 5, 60],
    ['guardMs', (timing: Timing) => guardMs(timing, defaultMargins), 2_000, 8_205],
    [
      'handOutAfterMs',
      (timing: Timing) => handOutAfterMs(timing, defaultMargins),
      62_000,
      7_208_205,
    ],
  ])('%s at 60/10 and at 7200/120', (_, of, atDefault, atTwoHours) => {
    expect(of(defaultTiming)).toBe(atDefault);
    expect(of(twoHours)).toBe(atTwoHours);
  });

  it('makes the guard long enough for the kill when the delay is not', () => {
    expect(guardMs(defaultTiming, { drift: 0, killTimeMs: 5_000 })).toBe(5_000);
    expect(guardMs(defaultTiming, { drift: 0.01, killTimeMs: 1_000 })).toBe(2_223);
  });

  it('sends within the timeout only, and never later than one interval before it', () => {
    fc.assert(
      fc.property(legal, (timing) => {
        const lastAt = (sendsWithinTimeout(timing) - 1) * resendEveryMs(timing);
        expect(lastAt).toBeLessThan(timing.timeoutMs);
        expect(lastAt + resendEveryMs(timing)).toBeGreaterThanOrEqual(timing.timeoutMs);
      }),
    );
  });

  it('covers the drift of two clocks and the kill by the guard', () => {
    const margins = fc.record({
      drift: fc.double({ min: 0, max: 0.05, noNaN: true }),
      killTimeMs: fc.integer({ min: 1, max: 60_000 }),
    });
    fc.assert(
      fc.property(legal, margins, (timing, margins) => {
        const { drift, killTimeMs } = margins;
        // The slowest agent: it counts the timeout at rate 1 − drift; the fastest controller at 1 + drift.
        const goneAt = timing.timeoutMs / (1 - drift) + killTimeMs;
        const givenOutAt = handOutAfterMs(timing, margins) / (1 + drift);
        expect(givenOutAt).toBeGreaterThanOrEqual(goneAt - 1e-6);
      }),
    );
  });
});

describe('checkTiming', () => {
  it('accepts the defaults and two hours', () => {
    expect(checkTiming(defaultTiming)).toBe(defaultTiming);
    expect(checkTiming(twoHours)).toBe(twoHours);
  });

  it.each<[string, Partial<Timing>, string]>([
    ['zero period', { periodMs: 0 }, 'heartbeat period must be a whole number'],
    ['negative period', { periodMs: -10_000 }, 'not -10000'],
    ['zero delay', { delayMs: 0 }, 'heartbeat delay must be a whole number'],
    ['NaN timeout', { timeoutMs: NaN }, 'heartbeat timeout must be a whole number'],
    ['infinite timeout', { timeoutMs: Infinity }, 'not Infinity'],
    ['half a millisecond', { periodMs: 0.5 }, 'not 0.5'],
    ['more than a timer takes', { timeoutMs: 2 ** 31 }, 'to 2147483647, not 2147483648'],
    ['no multiple', { timeoutMs: 61_000 }, 'use 60000 ms'],
    ['no multiple, nearer to the next', { timeoutMs: 65_001 }, 'use 70000 ms'],
    ['timeout = period', { timeoutMs: 10_000 }, 'use 20000 ms'],
    ['timeout < period', { timeoutMs: 4_000 }, 'use 20000 ms'],
    ['timeout = period + delay', { delayMs: 10_000, timeoutMs: 20_000 }, 'use 30000 ms'],
    ['a period without a legal timeout', { periodMs: 2 ** 30, timeoutMs: 2 ** 30 }, 'shorten them'],
    [
      'a timeout beyond the last multiple',
      { periodMs: 7e8, timeoutMs: 2.1e9 + 1 },
      'use 2100000000',
    ],
    ['a negative version', { version: -1 }, 'version of a timing'],
  ])('refuses %s', (_, change, message) => {
    const check = () => checkTiming({ ...defaultTiming, ...change });
    expect(check).toThrow(InvalidSetting);
    expect(check).toThrow(message);
  });

  it('suggests a timeout that it accepts, and accepts what it would suggest', () => {
    fc.assert(
      fc.property(legal, fc.integer({ min: 1, max: LONGEST_MS }), (timing, timeoutMs) => {
        expect(checkTiming(timing)).toBe(timing);
        const given = { ...timing, timeoutMs };
        try {
          checkTiming(given);
        } catch (error) {
          const suggested = Number(/use (\d+) ms/.exec((error as Error).message)?.[1]);
          expect(checkTiming({ ...given, timeoutMs: suggested }).timeoutMs).toBe(suggested);
        }
      }),
    );
  });
});

describe('checkDuration', () => {
  it('names what it refuses', () => {
    expect(checkDuration(1, 'idle limit')).toBe(1);
    expect(checkDuration(LONGEST_MS, 'idle limit')).toBe(LONGEST_MS);
    expect(() => checkDuration(0, 'idle limit')).toThrow(
      'The idle limit must be a whole number of milliseconds from 1 to 2147483647, not 0.',
    );
  });
});
