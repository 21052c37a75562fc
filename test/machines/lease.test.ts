/** A lease: reached everywhere, its boundaries, and that it always ends before the controller counts it out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentConnection } from '../../machines/agent-connection.ts';
import { lease, type LeaseEvent, type LeaseState } from '../../machines/lease.ts';
import { defaultTiming, type Timing } from '../../machines/timing.ts';
import { observe } from './observe.ts';
import { walk } from './walk.ts';

const timing: Timing = { ...defaultTiming, version: 5 };
const shortest: Timing = { version: 5, periodMs: 10_000, delayMs: 2_000, timeoutMs: 20_000 };
const input = { stamp: 0, timing, at: 0 };

function echo(at: number, stamp: number, by: Timing = timing): LeaseEvent {
  return { type: 'echo', at, stamp, timing: by };
}
function timeout(at: number): LeaseEvent {
  return { type: 'timeout', at };
}

function given(...events: LeaseEvent[]) {
  const observed = observe(lease, input);
  events.forEach((event) => observed.send(event));
  return observed;
}

describe('lease', () => {
  it('is reached everywhere', async () => {
    const walked = await walk(lease, {
      inputs: [input, { ...input, timing: shortest }],
      events: ({ context: { stamp, timing, deadlineAt } }): LeaseEvent[] => [
        echo(stamp + 1, stamp + 1, timing),
        echo(stamp + 19_999, stamp + 1, timing),
        echo(stamp + 20_001, stamp + 1, timing),
        timeout((deadlineAt ?? 0) - 1),
        timeout(deadlineAt ?? 0),
        timeout(stamp + 60_000),
      ],
      stale: ({ context: { stamp, timing } }) => [
        echo(stamp + 1, stamp, timing),
        echo(stamp + 1, stamp - 1, timing),
        echo(stamp + 60_000, stamp + 59_000, timing),
      ],
      stopWhen: ({ context: { stamp } }) => stamp > 3,
      invariant: ({ value, context }) => {
        expect(context.deadlineAt === null).toBe(value === 'expired');
      },
    });
    expect(walked).toMatchObject({ missing: [], stuck: [] });
  });

  it.each<[number, LeaseState, number | null]>([
    [19_999, 'held', 20_000],
    [20_000, 'late', 60_000],
    [59_999, 'late', 60_000],
    [60_000, 'expired', null],
  ])('without an echo is at %d ms %s', (at, value, deadlineAt) => {
    const { state } = given(timeout(at));
    expect(state()).toMatchObject({ value, context: { deadlineAt } });
  });

  it('beats faster when it is late and ends the boot when it is over', () => {
    const { effects } = given(timeout(20_000), timeout(59_999), timeout(60_000));
    expect(effects).toEqual(['beatFaster', 'endBoot']);
  });

  it('runs from the sending of the beat, not from its echo', () => {
    const { state } = given(echo(15_000, 10_000));
    expect(state()).toMatchObject({
      value: 'held',
      context: { stamp: 10_000, deadlineAt: 30_000 },
    });
  });

  it('is held again by an echo, however often', () => {
    const { state, effects } = given(timeout(20_000), echo(21_000, 20_500), timeout(40_500));
    expect(state().value).toBe('late');
    expect(effects).toEqual(['beatFaster', 'beatFaster']);
  });

  it.each<[LeaseState, LeaseEvent[]]>([
    ['held', []],
    ['late', [timeout(20_000)]],
  ])('that is %s is late by the echo of an old beat, without another alarm', (value, before) => {
    const { send, state, effects } = given(...before);
    expect(state().value).toBe(value);
    send(echo(29_999, 10_000));
    expect(state().value).toBe('held');
    const old = given(...before);
    old.send(echo(30_000, 10_000));
    expect(old.state()).toMatchObject({
      value: 'late',
      context: { stamp: 10_000, deadlineAt: 70_000 },
    });
    expect(old.effects).toEqual(['beatFaster']);
    expect(effects).toEqual(before.length === 0 ? [] : ['beatFaster']);
  });

  it('is not brought back once it is over, though the timeout has not been told yet', () => {
    const { send, state } = given(timeout(20_000), echo(60_000, 59_000));
    expect(state()).toMatchObject({ value: 'late', context: { stamp: 0 } });
    send(timeout(60_000));
    expect(state().value).toBe('expired');
  });

  it('takes a newer timing and keeps it against an older one', () => {
    const longer = { version: 6, periodMs: 120_000, delayMs: 2_000, timeoutMs: 7_200_000 };
    const { send, state } = given(echo(1_000, 500, longer));
    expect(state().context).toMatchObject({ timing: longer, deadlineAt: 240_500 });
    send(echo(2_000, 1_500, timing));
    expect(state().context).toMatchObject({ stamp: 1_500, timing: longer, deadlineAt: 241_500 });
  });

  it('renews nothing by an echo that is older than the timeout it brings', () => {
    const shorter = { version: 6, periodMs: 1_000, delayMs: 100, timeoutMs: 3_000 };
    const { send, state } = given(echo(4_000, 1_000, shorter));
    expect(state().context).toMatchObject({ stamp: 0, timing });
    send(echo(3_999, 1_000, shorter));
    expect(state()).toMatchObject({ value: 'late', context: { stamp: 1_000, timing: shorter } });
  });

  it('is expired before the controller declares the boot lost, whatever the network does', () => {
    const beats = fc.array(
      fc.record({
        waitMs: fc.integer({ min: 1, max: 15_000 }),
        thereMs: fc.integer({ min: 0, max: 70_000 }),
        backMs: fc.integer({ min: 0, max: 70_000 }),
        lost: fc.boolean(),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(beats, (plan) => {
        const agent = observe(lease, input);
        const watch = observe(agentConnection, {
          agent: 'a1',
          boot: 1,
          timing,
          at: 0,
          outage: false,
        });
        watch.send({ type: 'report', at: 0 });
        let sentAt = 0;
        const arrivals = plan
          .flatMap(({ waitMs, thereMs, backMs, lost }) => {
            sentAt += waitMs;
            const heardAt = sentAt + thereMs;
            const stamp = sentAt;
            return lost ? [] : [{ at: heardAt, stamp, backMs }];
          })
          .sort((a, b) => a.at - b.at);
        const echoes: { at: number; stamp: number }[] = [];
        let newest = 0;
        const lostAt = () => watch.state().context.heardAt + timing.timeoutMs;
        for (const { at, stamp, backMs } of arrivals) {
          if (at >= lostAt()) break;
          watch.send({ type: 'word', at, deaf: false });
          newest = Math.max(newest, stamp);
          echoes.push({ at: at + backMs, stamp: newest });
        }
        for (const { at, stamp } of echoes.sort((a, b) => a.at - b.at)) {
          agent.send(timeout(at));
          if (agent.state().value === 'expired') break;
          agent.send(echo(at, stamp));
        }
        const { stamp } = agent.state().context;
        expect(stamp + timing.timeoutMs).toBeLessThanOrEqual(lostAt());
      }),
    );
  });
});
