/** The rate of a job, as the page works it out from what it was told. */
import { describe, expect, it } from 'vitest';
import { rateOf, shownRate } from '../../../dashboard/page/rate.ts';

describe('a rate', () => {
  it('is not known from one look, nor from two that are too close', () => {
    expect(rateOf('one', 10, 0)).toBeNull();
    expect(rateOf('one', 11, 500)).toBeNull();
  });

  it('is what was added over the time between', () => {
    rateOf('two', 100, 0);
    expect(rateOf('two', 160, 10_000)).toBe(6);
  });

  it('forgets what lies more than fifteen seconds back', () => {
    rateOf('three', 0, 0);
    rateOf('three', 1_000, 10_000);
    rateOf('three', 1_000, 20_000);
    expect(rateOf('three', 1_000, 40_000)).toBe(0);
  });

  it('begins anew with another run, whose count is smaller', () => {
    rateOf('four', 500, 0);
    expect(rateOf('four', 3, 5_000)).toBeNull();
    expect(rateOf('four', 13, 10_000)).toBe(2);
  });

  it.each([
    [null, '–'],
    [0, '0/s'],
    [1_234.4, '1,234/s'],
    [0.5, '0.5/s'],
    [0.1, '6.0/min'],
  ])('%s is shown as %s', (rate, text) => {
    expect(shownRate(rate)).toBe(text);
  });
});
