/** Timeouts of embedded machines, on a clock that a test moves. */
import { describe, expect, it } from 'vitest';
import { assign, createActor, setup } from 'xstate';
import { agentConnection } from '../../machines/agent-connection.ts';
import { job } from '../../machines/job.ts';
import { lease } from '../../machines/lease.ts';
import { defaultTiming } from '../../machines/timing.ts';
import { withDeadlines } from '../../machines/with-deadlines.ts';

/** Fires each timer at its own instant, in order. `early` fires timers that many ms too soon. */
function createClock(early = 0) {
  let now = 0;
  let fired = 0;
  const timers = new Map<object, { at: number; wake: () => void }>();
  return {
    now: () => now,
    after(ms: number, wake: () => void) {
      const key = {};
      timers.set(key, { at: now + Math.max(0, ms - (ms > early ? early : 0)), wake });
      return () => void timers.delete(key);
    },
    pending: () => timers.size,
    fired: () => fired,
    advanceTo(until: number) {
      for (let turns = 0; turns < 1_000; turns += 1) {
        const due = [...timers].filter(([, { at }]) => at <= until);
        const next = due.sort(([, a], [, b]) => a.at - b.at)[0];
        if (next === undefined) {
          now = until;
          return;
        }
        timers.delete(next[0]);
        now = next[1].at;
        fired += 1;
        next[1].wake();
      }
      throw new Error('The timers never come to rest.');
    },
  };
}

const timing = defaultTiming;

describe('withDeadlines', () => {
  it('wakes a machine at its deadlines, one after the other', () => {
    const clock = createClock();
    const actor = createActor(lease, { input: { stamp: 0, timing, at: 0 } });
    withDeadlines(actor, clock);
    actor.start();
    clock.advanceTo(19_999);
    expect(actor.getSnapshot().value).toBe('held');
    clock.advanceTo(20_000);
    expect(actor.getSnapshot().value).toBe('late');
    clock.advanceTo(60_000);
    expect(actor.getSnapshot().value).toBe('expired');
    expect(clock.pending()).toBe(0);
  });

  it('follows a deadline that moves', () => {
    const clock = createClock();
    const input = { agent: 'a1', boot: 1, timing, at: 0, outage: false };
    const actor = createActor(agentConnection, { input }).start();
    withDeadlines(actor, clock);
    actor.send({ type: 'report', at: 0 });
    clock.advanceTo(10_000);
    actor.send({ type: 'word', at: 10_000, deaf: false });
    expect(clock.pending()).toBe(1);
    clock.advanceTo(22_000);
    expect(actor.getSnapshot().value).toBe('connected');
    clock.advanceTo(22_001);
    expect(actor.getSnapshot().value).toBe('suspect');
    expect(clock.fired()).toBe(1);
  });

  it('wakes again for each tick of a periodic job', () => {
    const clock = createClock();
    const ticking = job.provide({
      actions: {
        schedule: ({ self, event: { at } }) =>
          self.send({ type: 'scheduled', at, nextAt: at + 100, missed: 0 }),
      },
    });
    const input = { name: 'j', generation: 1, nextAt: 100, at: 0 };
    const actor = createActor(ticking, { input }).start();
    withDeadlines(actor, clock);
    clock.advanceTo(1_000);
    expect(actor.getSnapshot().context).toMatchObject({ skippedTicks: 10, deadlineAt: 1_100 });
  });

  it('wakes at once for a deadline that has passed', () => {
    const clock = createClock();
    clock.advanceTo(30_000);
    const actor = createActor(lease, { input: { stamp: 0, timing, at: 0 } }).start();
    withDeadlines(actor, clock);
    clock.advanceTo(30_000);
    expect(actor.getSnapshot().value).toBe('late');
    expect(actor.getSnapshot().context.deadlineAt).toBe(60_000);
  });

  it('wakes twice at one instant when the next deadline is the same', () => {
    const twice = setup({
      types: {
        context: {} as { deadlineAt: number | null; woken: number },
        events: {} as { type: 'timeout'; at: number },
      },
      guards: { isFirst: ({ context }) => context.woken === 0 },
      actions: {
        count: assign(({ context }) => ({ woken: context.woken + 1 })),
        disarm: assign({ deadlineAt: null }),
      },
    }).createMachine({
      context: { deadlineAt: 10, woken: 0 },
      on: { timeout: [{ guard: 'isFirst', actions: 'count' }, { actions: ['count', 'disarm'] }] },
    });
    const clock = createClock();
    const actor = createActor(twice).start();
    withDeadlines(actor, clock);
    clock.advanceTo(10);
    expect(actor.getSnapshot().context).toEqual({ deadlineAt: null, woken: 2 });
  });

  it('waits on when a timer fires early', () => {
    const clock = createClock(5);
    const actor = createActor(lease, { input: { stamp: 0, timing, at: 0 } }).start();
    withDeadlines(actor, clock);
    clock.advanceTo(19_999);
    expect(actor.getSnapshot().value).toBe('held');
    clock.advanceTo(20_000);
    expect(actor.getSnapshot().value).toBe('late');
    expect(clock.fired()).toBe(2);
  });

  it('does not spin on a machine that ignores its timeout', () => {
    const stubborn = setup({
      types: {
        context: {} as { deadlineAt: number | null },
        events: {} as { type: 'timeout' | 'move'; at: number },
      },
      actions: { move: assign(({ event }) => ({ deadlineAt: event.at })) },
    }).createMachine({ context: { deadlineAt: 10 }, on: { move: { actions: 'move' } } });
    const clock = createClock();
    const actor = createActor(stubborn).start();
    withDeadlines(actor, clock);
    clock.advanceTo(1_000);
    expect(clock.fired()).toBe(1);
    actor.send({ type: 'move', at: 2_000 });
    clock.advanceTo(2_000);
    expect(clock.fired()).toBe(2);
  });

  it('has nothing to do for an actor that has reached its end', () => {
    const clock = createClock();
    const actor = createActor(lease, { input: { stamp: 0, timing, at: 0 } }).start();
    actor.send({ type: 'timeout', at: 60_000 });
    withDeadlines(actor, clock);
    expect(clock.pending()).toBe(0);
  });

  it('ends with an actor that fails', () => {
    const brittle = setup({
      types: {
        context: {} as { deadlineAt: number | null },
        events: {} as { type: 'timeout' | 'fail'; at: number },
      },
      actions: {
        fail: assign(() => {
          throw new Error('planted');
        }),
      },
    }).createMachine({ context: { deadlineAt: 10 }, on: { fail: { actions: 'fail' } } });
    const clock = createClock();
    const actor = createActor(brittle).start();
    const seen: unknown[] = [];
    actor.subscribe({ error: (error) => seen.push(error) });
    withDeadlines(actor, clock);
    actor.send({ type: 'fail', at: 1 });
    expect(seen).toHaveLength(1);
    expect(clock.pending()).toBe(0);
  });

  it('ends with the actor', () => {
    const clock = createClock();
    const actor = createActor(lease, { input: { stamp: 0, timing, at: 0 } }).start();
    withDeadlines(actor, clock);
    actor.stop();
    expect(clock.pending()).toBe(0);
  });

  it('has nothing to do for an actor that was stopped', () => {
    const clock = createClock();
    const actor = createActor(lease, { input: { stamp: 0, timing, at: 0 } }).start();
    actor.stop();
    withDeadlines(actor, clock);
    expect(clock.pending()).toBe(0);
  });

  it('stops when it is told to', () => {
    const clock = createClock();
    const actor = createActor(lease, { input: { stamp: 0, timing, at: 0 } }).start();
    const stop = withDeadlines(actor, clock);
    stop();
    actor.send({ type: 'echo', at: 1_000, stamp: 500, timing });
    expect(clock.pending()).toBe(0);
    clock.advanceTo(100_000);
    expect(actor.getSnapshot().value).toBe('held');
    expect(clock.fired()).toBe(0);
  });
});
