/** When a controller hears, and which deadlines it may judge: instants of probes and of their return. */
import { describe, expect, it } from 'vitest';
import { Hearing } from '../../actors/hearing.ts';

const nothing = { begins: false, inTime: true, judged: [] };

describe('hearing', () => {
  it('begins with the first probe that is back in time', () => {
    const hearing = new Hearing(10_000, 2_000);
    expect(hearing.forMs(4)).toBe(0);
    expect(hearing.back(0, 5)).toEqual({ ...nothing, begins: true });
    expect(hearing.forMs(6)).toBe(1);
    expect(hearing.back(1_000, 1_005)).toEqual(nothing);
    expect(hearing.forMs(1_105)).toBe(1_100);
  });

  it('lasts a probe and the delay after the last one was back, inclusive', () => {
    const hearing = new Hearing(10_000, 2_000);
    hearing.back(0, 0);
    expect([hearing.forMs(3_000), hearing.forMs(3_001)]).toEqual([3_000, 0]);
  });

  it('does not begin with a probe that was late', () => {
    const hearing = new Hearing(10_000, 2_000);
    expect(hearing.back(0, 3_001)).toEqual({ ...nothing, inTime: false });
    expect(hearing.forMs(3_002)).toBe(0);
    expect(hearing.back(3_001, 3_002)).toEqual({ ...nothing, begins: true });
  });

  it('begins anew after it was interrupted', () => {
    const hearing = new Hearing(10_000, 2_000);
    hearing.back(0, 0);
    expect(hearing.back(9_000, 9_000)).toMatchObject({ begins: true });
    expect(hearing.back(9_500, 9_500)).toMatchObject({ begins: false });
    expect(hearing.forMs(9_500)).toBe(500);
  });

  it('ends at once when the transport is away, and no probe from before it counts', () => {
    const hearing = new Hearing(10_000, 2_000);
    hearing.back(0, 0);
    hearing.wait('connection:a1', 500);
    hearing.away(1_000);
    expect(hearing.forMs(1_000)).toBe(0);
    expect(hearing.back(1_000, 1_001)).toEqual({ ...nothing, inTime: false });
    expect(hearing.back(1_001, 1_002)).toMatchObject({ begins: true, judged: ['connection:a1'] });
  });

  it('lets a deadline wait for a probe that was sent after it came due', () => {
    const hearing = new Hearing(10_000, 2_000);
    hearing.back(0, 0);
    hearing.wait('connection:a1', 1_500);
    expect(hearing.waits('connection:a1')).toBe(true);
    expect(hearing.back(1_000, 1_600)).toEqual(nothing);
    hearing.wait('connection:a1', 2_500);
    hearing.wait('repeat:a1', 2_500);
    expect(hearing.back(2_000, 2_600).judged).toEqual(['connection:a1']);
    expect(hearing.back(2_500, 2_601).judged).toEqual(['repeat:a1']);
    expect(hearing.waits('repeat:a1')).toBe(false);
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
