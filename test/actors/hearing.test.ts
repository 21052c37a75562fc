/** When a controller hears: instants of probes and of their return. */
import { describe, expect, it } from 'vitest';
import { Hearing } from '../../actors/hearing.ts';

describe('hearing', () => {
  it('begins with the first probe that is back in time', () => {
    const hearing = new Hearing(10_000, 2_000);
    expect(hearing.hears(0)).toBe(false);
    expect(hearing.back(0, 5)).toBe(true);
    expect(hearing.hears(5)).toBe(true);
    expect(hearing.back(1_000, 1_005)).toBe(false);
  });

  it('lasts a probe and the delay after the last one was back, inclusive', () => {
    const hearing = new Hearing(10_000, 2_000);
    hearing.back(0, 0);
    expect([hearing.hears(3_000), hearing.hears(3_001)]).toEqual([true, false]);
  });

  it('does not begin with a probe that was late', () => {
    const hearing = new Hearing(10_000, 2_000);
    expect(hearing.back(0, 3_001)).toBe(false);
    expect(hearing.hears(3_001)).toBe(false);
    expect(hearing.back(3_001, 3_002)).toBe(true);
  });

  it('begins anew after it was interrupted', () => {
    const hearing = new Hearing(10_000, 2_000);
    hearing.back(0, 0);
    expect(hearing.back(9_000, 9_000)).toBe(true);
    expect(hearing.back(9_500, 9_500)).toBe(false);
  });

  it.each([
    [10_000, 1_000],
    [1_000, 500],
    [3, 1],
    [1, 1],
  ])('of a period of %i ms probes every %i ms', (periodMs, everyMs) => {
    expect(new Hearing(periodMs, 100).everyMs).toBe(everyMs);
  });
});
