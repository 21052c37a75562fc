/**
 * The virtual clock: timers at their own instants, settled promises between them, clocks of nodes that
 * drift and jump. All other tests of time rest on what is promised here.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';

describe('virtual clock: timers', () => {
  it('fires a timer at its instant and not a millisecond before', async () => {
    const clock = createVirtualClock();
    const firedAt: number[] = [];
    clock.after(100, () => firedAt.push(clock.elapsed()));
    await clock.advance(99);
    expect(firedAt).toEqual([]);
    await clock.advance(1);
    expect(firedAt).toEqual([100]);
  });

  it('fires a timer of 10 ms that sets itself again ten times within 100 ms', async () => {
    const clock = createVirtualClock();
    const firedAt: number[] = [];
    const again = () => {
      firedAt.push(clock.elapsed());
      clock.after(10, again);
    };
    clock.after(10, again);
    await clock.advance(100);
    expect(firedAt).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(clock.nextAt()).toBe(110);
  });

  it('fires a timer set after an await at the instant of the awaiting timer', async () => {
    const clock = createVirtualClock();
    const firedAt: number[] = [];
    const chain = async () => {
      for (let hop = 0; hop < 1000; hop++) await Promise.resolve();
      clock.after(5, () => firedAt.push(clock.elapsed()));
    };
    clock.after(10, () => void chain());
    clock.after(12, () => firedAt.push(clock.elapsed()));
    await clock.advance(50);
    expect(firedAt).toEqual([12, 15]);
  });

  it('lets promises and microtasks of one timer settle before the next of the same instant', async () => {
    const clock = createVirtualClock();
    const order: string[] = [];
    clock.after(10, () => {
      queueMicrotask(() => queueMicrotask(() => order.push('microtask')));
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => order.push('promise'));
    });
    clock.after(10, () => order.push('second timer'));
    await clock.advance(10);
    expect(order).toEqual(['microtask', 'promise', 'second timer']);
  });

  it('cancels a timer, and only that one', async () => {
    const clock = createVirtualClock();
    const fired: string[] = [];
    clock.after(10, () => fired.push('a'));
    const cancel = clock.after(10, () => fired.push('b'));
    clock.after(10, () => fired.push('c'));
    cancel();
    cancel();
    await clock.advance(10);
    cancel();
    expect(fired).toEqual(['a', 'c']);
    expect(clock.nextAt()).toBeUndefined();
  });

  it('fires in the order of instants, then of setting, whatever is cancelled', async () => {
    const plan = fc.array(fc.record({ afterMs: fc.nat(20), cancelled: fc.boolean() }));
    await fc.assert(
      fc.asyncProperty(plan, async (timers) => {
        const clock = createVirtualClock();
        const fired: { at: number; order: number }[] = [];
        const cancels = timers.map(({ afterMs }, order) =>
          clock.after(afterMs, () => fired.push({ at: clock.elapsed(), order })),
        );
        timers.forEach(({ cancelled }, order) => cancelled && cancels[order]?.());
        await clock.advance(20);
        const expected = timers
          .map(({ afterMs, cancelled }, order) => ({ at: afterMs, order, cancelled }))
          .filter(({ cancelled }) => !cancelled)
          .sort((one, other) => one.at - other.at || one.order - other.order)
          .map(({ at, order }) => ({ at, order }));
        expect(fired).toEqual(expected);
      }),
    );
  });
});

describe('virtual clock: after(0) and settle', () => {
  it('fires after(0) when it settles, never at once, and without moving time', async () => {
    const clock = createVirtualClock();
    const fired: number[] = [];
    clock.after(0, () => {
      clock.after(-5, () => fired.push(clock.elapsed()));
      expect(fired).toEqual([]);
    });
    clock.after(1, () => fired.push(clock.elapsed()));
    expect(fired).toEqual([]);
    await clock.settle();
    expect(fired).toEqual([0]);
  });

  it('refuses timers that set each other for ever at one instant', async () => {
    const clock = createVirtualClock();
    const again = () => void clock.after(0, again);
    clock.after(3, again);
    await expect(clock.advance(10)).rejects.toThrow('Time stands still');
    expect(clock.elapsed()).toBe(3);
  });
});

describe('virtual clock: moving time', () => {
  it('passes on what a wake throws and goes on from there', async () => {
    const clock = createVirtualClock();
    clock.after(10, () => {
      throw new Error('broken wake');
    });
    await expect(clock.advance(20)).rejects.toThrow('broken wake');
    expect(clock.elapsed()).toBe(10);
    await clock.advance(20);
    expect(clock.elapsed()).toBe(30);
  });

  it('refuses to move while it is moving', async () => {
    const clock = createVirtualClock();
    const first = clock.advance(10);
    await expect(clock.advance(10)).rejects.toThrow('moving already');
    await first;
    expect(clock.elapsed()).toBe(10);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses to move by %s',
    async (byMs) => {
      await expect(createVirtualClock().advance(byMs)).rejects.toThrow(RangeError);
    },
  );

  it('refuses a timer of NaN ms', () => {
    expect(() => createVirtualClock().after(Number.NaN, () => {})).toThrow(RangeError);
  });

  it('runs until a condition holds and no further', async () => {
    const clock = createVirtualClock();
    let beats = 0;
    const beat = () => {
      beats++;
      clock.after(10_000, beat);
    };
    clock.after(10_000, beat);
    await clock.runUntil(() => beats === 3, { withinMs: 60_000 });
    expect(clock.elapsed()).toBe(30_000);
    await clock.runUntil(() => beats === 3, { withinMs: 0 });
    expect(clock.elapsed()).toBe(30_000);
  });

  it('says so when the condition does not hold in time', async () => {
    const clock = createVirtualClock();
    await expect(clock.runUntil(() => false, { withinMs: 500 })).rejects.toThrow(
      'The condition did not hold within 500 ms of virtual time.',
    );
    expect(clock.elapsed()).toBe(500);
  });

  it('asks the condition a last time at the end of its time', async () => {
    const clock = createVirtualClock();
    await clock.runUntil(() => clock.elapsed() >= 500, { withinMs: 500 });
    expect(clock.elapsed()).toBe(500);
  });
});

describe('virtual clock: wall clock', () => {
  it('starts where it is told and goes with time', async () => {
    const clock = createVirtualClock(1_000);
    await clock.advance(50);
    expect(clock.now()).toBe(1_050);
    expect(clock.elapsed()).toBe(50);
  });

  it('jumps without moving elapsed or any timer', async () => {
    const clock = createVirtualClock(1_000_000);
    const firedAt: number[] = [];
    clock.after(10, () => firedAt.push(clock.elapsed()));
    clock.jump(-3_600);
    expect(clock.now()).toBe(996_400);
    expect(clock.elapsed()).toBe(0);
    await clock.advance(10);
    expect(firedAt).toEqual([10]);
    expect(clock.now()).toBe(996_410);
  });
});

describe('virtual clock: views', () => {
  it('starts the elapsed time of a node with the node and keeps wall clocks apart', async () => {
    const clock = createVirtualClock(1_000_000);
    await clock.advance(500);
    const node = clock.view({ rate: 1, offsetMs: 30 });
    expect([node.elapsed(), node.now()]).toEqual([0, 1_000_530]);
    clock.jump(7_000);
    node.jump(-100);
    await clock.advance(10);
    expect([node.elapsed(), node.now()]).toEqual([10, 1_000_440]);
    expect(clock.now()).toBe(1_007_510);
  });

  it.each([
    { rate: 2, firesAt: 500 },
    { rate: 0.5, firesAt: 2_000 },
    { rate: 1.0005, firesAt: 1_000 },
    { rate: 0.9995, firesAt: 1_001 },
  ])('fires a timer of 1000 ms at $firesAt when it runs at $rate', async ({ rate, firesAt }) => {
    const clock = createVirtualClock();
    const node = clock.view({ rate, offsetMs: 0 });
    const fired: number[] = [];
    node.after(1_000, () => fired.push(clock.elapsed(), node.elapsed()));
    await clock.advance(3_000);
    expect(fired).toEqual([firesAt, 1_000]);
  });

  it('wakes no node before its own time, and at the first ms that is not', async () => {
    const rates = fc.double({ min: 0.01, max: 100, noNaN: true });
    const property = async (rate: number, startMs: number, afterMs: number) => {
      const clock = createVirtualClock();
      const node = clock.view({ rate, offsetMs: 0 });
      await clock.advance(startMs);
      const dueAt = node.elapsed() + afterMs;
      let woken = false;
      node.after(afterMs, () => (woken = true));
      const next = clock.nextAt()!;
      await clock.advance(Math.max(0, next - 1 - clock.elapsed()));
      if (next > startMs) expect(node.elapsed()).toBeLessThan(dueAt);
      await clock.runUntil(() => woken, { withinMs: 1 });
      expect(node.elapsed()).toBeGreaterThanOrEqual(dueAt);
    };
    await fc.assert(
      fc.asyncProperty(rates, fc.nat(10_000), fc.integer({ min: 0, max: 1e7 }), property),
    );
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses the rate %s', (rate) => {
    expect(() => createVirtualClock().view({ rate, offsetMs: 0 })).toThrow(RangeError);
  });
});
