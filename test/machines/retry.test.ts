/** Budgets, delays and jitter. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkPolicy,
  delayBeforeRetry,
  isPoison,
  mayLose,
  mayRetry,
  type RetryPolicy,
} from '../../machines/retry.ts';
import { InvalidSetting, LONGEST_MS } from '../../machines/timing.ts';

const policy: RetryPolicy = { maxRetries: 4, delaysMs: [], onUnknown: 'retry', maxLosses: 4 };
const fence = { birth: 7, attempt: 1 };

describe('delayBeforeRetry', () => {
  it.each([
    [[], 1, 0],
    [[], 9, 0],
    [[500], 1, 500],
    [[500], 9, 500],
    [[1, 20, 300], 1, 1],
    [[1, 20, 300], 2, 20],
    [[1, 20, 300], 3, 300],
    [[1, 20, 300], 4, 300],
  ])('of %j before retry %d is %d ms', (delaysMs, retry, expected) => {
    expect(delayBeforeRetry({ delaysMs }, retry, fence)).toBe(expected);
  });

  const someFence = fc.record({
    birth: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    attempt: fc.integer({ min: 1, max: 1_000 }),
  });

  it('stays within its jitter and is the same for the same fence', () => {
    fc.assert(
      fc.property(
        someFence,
        fc.integer({ min: 0, max: LONGEST_MS }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (fence, delayMs, jitter) => {
          const given = { delaysMs: [delayMs], jitter };
          const actual = delayBeforeRetry(given, 1, fence);
          expect(actual).toBe(delayBeforeRetry(given, 1, { ...fence }));
          expect(Number.isInteger(actual)).toBe(true);
          expect(actual).toBeGreaterThanOrEqual(Math.floor(delayMs * (1 - jitter)));
          expect(actual).toBeLessThanOrEqual(
            Math.min(LONGEST_MS, Math.ceil(delayMs * (1 + jitter))),
          );
        },
      ),
    );
  });

  it('spreads neighbouring fences evenly', () => {
    const tenths = new Array<number>(10).fill(0);
    for (let birth = 0; birth < 2_000; birth += 1) {
      for (const attempt of [1, 2, 3, 4, 5]) {
        const delayMs = delayBeforeRetry({ delaysMs: [1_000_000], jitter: 1 }, 1, {
          birth,
          attempt,
        });
        const tenth = Math.min(9, Math.floor(delayMs / 200_000));
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
    }
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it('tells births apart that differ beyond 32 bits', () => {
    const given = { delaysMs: [1_000_000], jitter: 1 };
    const high = delayBeforeRetry(given, 1, { birth: 7 + 2 ** 40, attempt: 1 });
    expect(high).not.toBe(delayBeforeRetry(given, 1, fence));
  });
});

describe('budgets', () => {
  it.each([
    [0, 0, 'error', false],
    [1, 0, 'error', true],
    [1, 1, 'error', false],
    [4, 3, 'timedOut', true],
    [4, 4, 'timedOut', false],
    [4, 0, 'refused', false],
  ] as const)(
    'with maxRetries %d and %d used, %s may be retried: %s',
    (maxRetries, used, cause, may) => {
      expect(mayRetry({ ...policy, maxRetries }, used, cause)).toBe(may);
    },
  );

  it.each([
    ['retry', 1, 0, true],
    ['retry', 1, 1, false],
    ['retry', 0, 0, false],
    ['park', 4, 0, false],
  ] as const)(
    'with onUnknown %s, maxLosses %d and %d used, may be lost: %s',
    (onUnknown, maxLosses, used, may) => {
      expect(mayLose({ ...policy, onUnknown, maxLosses }, used)).toBe(may);
    },
  );

  it('call it poison at the second death', () => {
    expect([0, 1, 2, 3].map(isPoison)).toEqual([false, false, true, true]);
  });
});

describe('checkPolicy', () => {
  it('accepts what can be used', () => {
    const given = { ...policy, maxRetries: 0, delaysMs: [0, LONGEST_MS], jitter: 1 };
    expect(checkPolicy(given)).toBe(given);
  });

  it.each<[string, Partial<RetryPolicy>, string]>([
    [
      'negative retries',
      { maxRetries: -1 },
      'maxRetries) must be a whole number from 0 to 1000000',
    ],
    ['NaN retries', { maxRetries: NaN }, 'not NaN'],
    ['half a retry', { maxRetries: 0.5 }, 'not 0.5'],
    ['too many retries', { maxRetries: 1_000_001 }, 'not 1000001'],
    ['infinite losses', { maxLosses: Infinity }, 'maxLosses) must be a whole number'],
    ['a negative delay', { delaysMs: [1, -1] }, 'delay before retry 2 must be'],
    ['a NaN delay', { delaysMs: [NaN] }, 'not NaN'],
    ['a delay beyond a timer', { delaysMs: [2 ** 31] }, 'to 2147483647, not 2147483648'],
    ['too many delays', { delaysMs: new Array<number>(101).fill(1) }, 'at most 100 delays'],
    ['negative jitter', { jitter: -0.1 }, 'fraction from 0 to 1'],
    ['NaN jitter', { jitter: NaN }, 'fraction from 0 to 1'],
  ])('refuses %s', (_, change, message) => {
    const check = () => checkPolicy({ ...policy, ...change });
    expect(check).toThrow(InvalidSetting);
    expect(check).toThrow(message);
  });
});
