/** The host's clocks and timers, under fake timers: never early, never twice, also beyond Node's longest timer. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../actors/clock.ts';

describe('the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    { afterMs: 0, label: 'at once' },
    { afterMs: -5, label: 'at once when it is overdue' },
  ])('wakes $label, never within the call', async ({ afterMs }) => {
    let woken = 0;
    systemClock.after(afterMs, () => woken++);
    expect(woken).toBe(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(woken).toBe(1);
  });

  it.each([1, 999.5, 60_000, 2 ** 31 - 1, 2 ** 31, 2 ** 33 + 7])(
    'wakes once, not before %d ms have passed',
    async (afterMs) => {
      let woken = 0;
      systemClock.after(afterMs, () => woken++);
      await vi.advanceTimersByTimeAsync(Math.ceil(afterMs) - 1);
      expect(woken).toBe(0);
      await vi.advanceTimersByTimeAsync(1);
      expect(woken).toBe(1);
      await vi.advanceTimersByTimeAsync(afterMs);
      expect(woken).toBe(1);
    },
  );

  it.each([0, 10, 2 ** 32])('does not wake when a timer of %d ms is cancelled', async (afterMs) => {
    let woken = 0;
    const cancel = systemClock.after(afterMs, () => woken++);
    if (afterMs > 2 ** 31) await vi.advanceTimersByTimeAsync(2 ** 31);
    cancel();
    await vi.advanceTimersByTimeAsync(afterMs + 10);
    expect(woken).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('its readings', () => {
  it('are whole ms; elapsed time never goes back', () => {
    let last = systemClock.elapsed();
    for (let reads = 0; reads < 10_000; reads++) {
      const elapsed = systemClock.elapsed();
      expect(elapsed).toBeGreaterThanOrEqual(last);
      last = elapsed;
    }
    expect(Number.isInteger(last)).toBe(true);
    expect(Number.isInteger(systemClock.now())).toBe(true);
  });
});
