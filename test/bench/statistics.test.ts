/** What is said of a handful of rounds: the middle, the ends, and ratios of rounds that lie side by side. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percentile, ratiosOf, spreadOf } from '../../bench/statistics.ts';

const numbers = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 });

describe('a spread', () => {
  it.each([
    [[7], { min: 7, median: 7, max: 7 }],
    [[3, 1, 2], { min: 1, median: 2, max: 3 }],
    [[10, 9, 100, 11], { min: 9, median: 10.5, max: 100 }],
  ])('of %j is %j', (values, spread) => {
    expect(spreadOf(values)).toEqual(spread);
  });

  it('does not depend on the order, nor change it', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const before = [...values];
        expect(spreadOf([...values].reverse())).toEqual(spreadOf(values));
        expect(values).toEqual(before);
      }),
    );
  });
});

describe('a percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it.each([
    [0.5, 50],
    [0.99, 99],
    [1, 100],
    [0, 1],
  ])('%d of 1 to 100 is %d', (part, value) => {
    expect(percentile(hundred, part)).toBe(value);
  });

  it('is one of the values, and not exceeded by the part it names', () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: 0, max: 1, noNaN: true }), (values, part) => {
        const found = percentile(values, part);
        expect(values).toContain(found);
        const covered = values.filter((value) => value <= found).length;
        expect(covered / values.length).toBeGreaterThanOrEqual(part);
      }),
    );
  });
});

describe('a ratio', () => {
  it('is taken within a round, not of the medians', () => {
    expect(ratiosOf([100, 10, 50], [50, 20, 50])).toEqual({ min: 0.5, median: 1, max: 2 });
    expect(ratiosOf([1, 10, 100], [100, 1, 10])).toEqual({ min: 0.01, median: 10, max: 10 });
  });
});

it('nothing can be said of nothing, or of rounds that do not pair', () => {
  expect(() => spreadOf([])).toThrow(RangeError);
  expect(() => percentile([], 0.5)).toThrow(RangeError);
  expect(() => ratiosOf([1, 2], [1])).toThrow(RangeError);
});
