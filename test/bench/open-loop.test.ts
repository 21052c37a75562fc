/** A steady load under virtual time: it keeps its rate, waits for no answer, and counts a stall as latency. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueBy, meantAtMs, runOpenLoop } from '../../bench/open-loop.ts';
import { percentile } from '../../bench/statistics.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';

const load = { perSecond: 1_000, total: 100 };

function start(answerAfterMs: (n: number) => number) {
  const clock = createVirtualClock();
  const sentAt: number[] = [];
  const result = runOpenLoop(
    { elapsedMs: () => clock.elapsed(), after: (ms, wake) => clock.after(ms, wake) },
    load,
    (n) => {
      sentAt.push(clock.elapsed());
      return new Promise<void>((resolve) => void clock.after(answerAfterMs(n), resolve));
    },
  );
  return { clock, sentAt, result };
}

describe('a schedule', () => {
  it.each([
    [-1, 0],
    [0, 1],
    [0.9, 1],
    [1, 2],
    [98.5, 99],
    [99, 100],
    [10_000, 100],
  ])('at %d ms has sent %i', (ms, sent) => {
    expect(dueBy(ms, load)).toBe(sent);
  });

  it('has each due when it is meant to be, and not much before', () => {
    const loads = fc.record({
      perSecond: fc.integer({ min: 1, max: 100_000 }),
      total: fc.integer({ min: 1, max: 1_000_000 }),
    });
    fc.assert(
      fc.property(loads, fc.nat(), (any, seed) => {
        const n = seed % any.total;
        const meantAt = meantAtMs(n, any);
        // The last bits of a quotient are no promise.
        expect(dueBy(meantAt + 1e-6, any)).toBeGreaterThanOrEqual(n + 1);
        expect(dueBy(meantAt - 1e-6, any)).toBeLessThanOrEqual(n);
      }),
    );
  });
});

describe('an open loop', () => {
  it('sends on although nothing is answered', async () => {
    const { clock, sentAt, result } = start(() => 5_000);
    await clock.advance(200);
    expect(sentAt).toEqual(Array.from({ length: 100 }, (_, n) => n));
    await clock.advance(5_000);
    expect(await result).toEqual(sentAt.map(() => 5_000));
  });

  it('counts from when it was meant to send, also when it could not', async () => {
    const clock = createVirtualClock();
    let stalledMs = 0;
    const result = runOpenLoop(
      { elapsedMs: () => clock.elapsed() + stalledMs, after: (ms, wake) => clock.after(ms, wake) },
      load,
      (n) => {
        // As a loop that is blocked for 50 ms: nothing is sent meanwhile, and the clock runs on.
        if (n === 10) stalledMs = 50;
        return Promise.resolve();
      },
    );
    await clock.advance(200);
    const latencies = await result;
    expect(latencies).toHaveLength(load.total);
    expect(latencies[9]).toBe(0);
    expect(latencies[10]).toBe(50);
    expect(latencies[11]).toBeGreaterThan(45);
    // Half of what was sent was late; measured from the real sending only one would have been.
    expect(latencies.filter((ms) => ms > 0).length).toBeGreaterThan(45);
    expect(percentile(latencies, 0.99)).toBeGreaterThan(45);
  });

  it('tells of a sending that failed', async () => {
    const clock = createVirtualClock();
    const result = runOpenLoop(
      { elapsedMs: () => clock.elapsed(), after: (ms, wake) => clock.after(ms, wake) },
      { perSecond: 1_000, total: 3 },
      (n) => (n === 1 ? Promise.reject(new Error('refused')) : Promise.resolve()),
    );
    const told = expect(result).rejects.toThrow('refused');
    await clock.advance(10);
    await told;
  });
});
