/** The connection to one boot of an agent: reached everywhere, then its boundaries in virtual time. */
import { describe, expect, it } from 'vitest';
import {
  agentConnection,
  type AgentConnectionContext,
  type AgentConnectionEvent,
  type AgentConnectionState,
} from '../../machines/agent-connection.ts';
import { defaultTiming } from '../../machines/timing.ts';
import { observe, resume } from './observe.ts';
import { walk } from './walk.ts';

const timing = defaultTiming;
const longer = { version: 1, periodMs: 120_000, delayMs: 2_000, timeoutMs: 7_200_000 };

const input = { agent: 'a1', boot: 4, timing, at: 0, outage: false };

function word(at: number): AgentConnectionEvent {
  return { type: 'word', at, deaf: false };
}
function deaf(at: number): AgentConnectionEvent {
  return { type: 'word', at, deaf: true };
}
function report(at: number): AgentConnectionEvent {
  return { type: 'report', at };
}
function timeout(at: number): AgentConnectionEvent {
  return { type: 'timeout', at };
}
function hearing(at: number): AgentConnectionEvent {
  return { type: 'hearing', at };
}

function given(...events: AgentConnectionEvent[]) {
  const observed = observe(agentConnection, input);
  events.forEach((event) => observed.send(event));
  return observed;
}

/** Each state, entered at 0 (reconciled: after an outage that was over at 0). */
function at(value: AgentConnectionState, context: Partial<AgentConnectionContext> = {}) {
  const connected = given(report(0)).state().context;
  const deadlines = { reconciling: 60_000, connected: 12_001, suspect: 60_000, reconciled: 12_001 };
  const deadlineAt = value === 'lost' || value === 'left' ? null : deadlines[value];
  return resume(agentConnection, { value, context: { ...connected, deadlineAt, ...context } });
}

describe('agentConnection', () => {
  it('is reached everywhere', async () => {
    const later = 5_000;
    const walked = await walk(agentConnection, {
      inputs: [input, { ...input, outage: true }],
      events: ({ context: { deadlineAt, timing } }): AgentConnectionEvent[] => [
        word(later),
        word(later + 55_000),
        deaf(later),
        report(later),
        timeout((deadlineAt ?? 0) - 1),
        timeout(deadlineAt ?? 0),
        timeout(later + timing.timeoutMs),
        hearing(later),
        { type: 'retime', at: later, timing: longer },
        { type: 'end', at: later },
      ],
      stopWhen: ({ context: { outages } }) => outages > 2,
      invariant: ({ value, context }) => {
        expect(context.deadlineAt === null).toBe(value === 'lost' || value === 'left');
        if (value === 'suspect' || value === 'reconciled') {
          expect(context.outageAt).not.toBeNull();
        }
        if (value === 'connected') expect(context.outageAt).toBeNull();
      },
    });
    expect(walked).toMatchObject({ missing: [], stuck: [] });
  });

  it.each<[AgentConnectionState, AgentConnectionEvent, AgentConnectionState]>([
    ['connected', timeout(10_000), 'connected'],
    ['connected', timeout(11_999), 'connected'],
    ['connected', timeout(12_000), 'connected'],
    ['connected', timeout(12_001), 'suspect'],
    ['connected', deaf(1), 'suspect'],
    ['reconciled', timeout(12_000), 'reconciled'],
    ['reconciled', timeout(12_001), 'suspect'],
    ['reconciled', deaf(1), 'suspect'],
    ['suspect', timeout(59_999), 'suspect'],
    ['suspect', timeout(60_000), 'lost'],
    ['suspect', word(59_999), 'reconciling'],
    ['suspect', deaf(59_999), 'suspect'],
    ['reconciling', timeout(59_999), 'reconciling'],
    ['reconciling', timeout(60_000), 'lost'],
    ['reconciling', report(59_999), 'connected'],
    ['reconciling', deaf(1), 'reconciling'],
  ])('goes from %s by %o to %s', (from, event, to) => {
    const { send, state } = at(from, { reconciledAt: 0 });
    send(event);
    expect(state().value).toBe(to);
  });

  it('opens a link at once, and is connected by the first report', () => {
    const { state, effects } = given(report(7));
    expect(state()).toMatchObject({
      value: 'connected',
      context: { heardAt: 7, since: 7, reconciledAt: 7, deadlineAt: 12_008, outages: 0 },
    });
    expect(effects).toEqual(['openLink']);
  });

  it('is reconciled by the first report when there was trouble before the boot', () => {
    const { send, state } = observe(agentConnection, { ...input, outage: true });
    send(report(7));
    expect(state()).toMatchObject({ value: 'reconciled', context: { outageAt: 0, outages: 1 } });
  });

  it('counts silence from the last word', () => {
    const { send, state } = given(report(0), word(9_000));
    send(timeout(21_000));
    expect(state().value).toBe('connected');
    send(timeout(21_001));
    expect(state()).toMatchObject({
      value: 'suspect',
      context: { since: 21_001, outageAt: 21_001, outages: 1, deadlineAt: 69_000 },
    });
  });

  it('probes, then compares notes and is reconciled', () => {
    const { state, effects } = given(report(0), timeout(12_001), word(59_999), report(70_000));
    expect(state()).toMatchObject({
      value: 'reconciled',
      context: { reconcilingAt: 59_999, reconciledAt: 70_000, outageAt: 12_001 },
    });
    expect(effects).toEqual(['openLink', 'probe', 'openLink']);
  });

  it('becomes connected one timeout after the report without trouble', () => {
    const { send, state } = given(report(0), timeout(12_001), word(20_000), report(20_000));
    for (let now = 30_000; now < 80_000; now += 10_000) send(word(now));
    expect(state()).toMatchObject({ value: 'reconciled', context: { deadlineAt: 80_000 } });
    send(timeout(79_999));
    expect(state().value).toBe('reconciled');
    send(timeout(80_000));
    expect(state()).toMatchObject({
      value: 'connected',
      context: { outageAt: null, outages: 1, deadlineAt: 82_001 },
    });
  });

  it('is suspect, not connected, when it falls silent before the timeout is over', () => {
    const { send, state } = given(report(0), timeout(12_001), word(20_000), report(20_000));
    send(timeout(80_000));
    expect(state()).toMatchObject({ value: 'suspect', context: { outages: 2, outageAt: 80_000 } });
  });

  it('is not kept by words of an agent that hears nothing, but remembers them for the guard', () => {
    const { send, state } = given(report(0), deaf(5_000), deaf(50_000));
    send(timeout(64_999));
    expect(state()).toMatchObject({
      value: 'suspect',
      context: { heardAt: 50_000, deadlineAt: 65_000 },
    });
    send(timeout(65_000));
    expect(state()).toMatchObject({ value: 'lost', context: { heardAt: 50_000 } });
  });

  it('is not kept reconciling by words without a report', () => {
    const { send, state, effects } = given(report(0), timeout(12_001), word(20_000));
    for (let now = 30_000; now < 80_000; now += 10_000) send(word(now));
    expect(state()).toMatchObject({ context: { heardAt: 70_000, deadlineAt: 80_000 } });
    send(timeout(80_000));
    expect(state()).toMatchObject({
      value: 'lost',
      context: { heardAt: 70_000, deadlineAt: null },
    });
    expect(effects.at(-1)).toBe('declareLost');
  });

  it.each<[AgentConnectionState, number]>([
    ['connected', 100_000 + 12_001],
    ['suspect', 100_000 + 60_000],
    ['reconciling', 100_000 + 60_000],
  ])('counts silence anew in %s when the controller hears again', (value, deadlineAt) => {
    const { send, state } = at(value);
    send(hearing(100_000));
    expect(state()).toMatchObject({ value, context: { heardAt: 100_000, deadlineAt } });
  });

  it('grants the report all of the grace that a new term begins with', () => {
    const { send, state } = observe(agentConnection, { ...input, at: 10_000 });
    send(hearing(1));
    expect(state().context).toMatchObject({ heardAt: 10_000, deadlineAt: 70_000 });
  });

  it('counts the silence of a reconciled agent anew, but not its calm', () => {
    const { send, state } = at('reconciled', { reconciledAt: 0, outageAt: 0 });
    send(hearing(55_000));
    expect(state().context.deadlineAt).toBe(60_000);
  });

  it('never goes back in time', () => {
    const { state } = given(report(5_000), word(4_000), hearing(3_000));
    expect(state().context).toMatchObject({ heardAt: 5_000, deadlineAt: 17_001 });
  });

  it.each<[AgentConnectionState, number]>([
    ['connected', 122_001],
    ['reconciled', 122_001],
    ['suspect', 7_200_000],
    ['reconciling', 7_200_000],
  ])('takes other durations while %s', (value, deadlineAt) => {
    const { send, state } = at(value, { reconciledAt: 0 });
    send({ type: 'retime', at: 1, timing: longer });
    expect(state()).toMatchObject({ value, context: { timing: longer, deadlineAt } });
  });

  it.each<AgentConnectionState>(['reconciling', 'connected', 'suspect', 'reconciled'])(
    'has left from %s when the agent says so, and is not lost',
    (value) => {
      const { send, state, effects } = at(value);
      send({ type: 'end', at: 5 });
      expect(state()).toMatchObject({ value: 'left', context: { since: 5, deadlineAt: null } });
      expect(effects).toEqual([]);
    },
  );
});
