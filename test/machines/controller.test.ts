/** The life of a controller: reached everywhere, and its effects. */
import { describe, expect, it } from 'vitest';
import { controller, type ControllerEvent } from '../../machines/controller.ts';
import { observe } from './observe.ts';
import { walk } from './walk.ts';

const at = 1_000;

describe('controller', () => {
  it('is reached everywhere', async () => {
    const walked = await walk(controller, {
      inputs: [{ at: 0 }],
      events: (): ControllerEvent[] => [
        { type: 'recovered', at },
        { type: 'drain', at },
        { type: 'handOver', at, withinMs: 5_000 },
        { type: 'settled', at },
        { type: 'timeout', at: at + 4_999 },
        { type: 'timeout', at: at + 5_000 },
        { type: 'stop', at },
      ],
    });
    expect(walked).toMatchObject({ missing: [], stuck: [] });
  });

  it('acts when it becomes active, drains and stops', () => {
    const { send, effects, state } = observe(controller, { at: 0 });
    send({ type: 'recovered', at: 10 });
    send({ type: 'handOver', at: 20, withinMs: 5_000 });
    expect(state()).toMatchObject({
      value: 'draining',
      context: { activeAt: 10, deadlineAt: 5_020 },
    });
    send({ type: 'settled', at: 30 });
    expect(state()).toMatchObject({ value: 'stopped', context: { endedAt: 30, deadlineAt: null } });
    expect(effects).toEqual(['activate', 'stopGivingOut', 'letGo']);
  });

  it('drains without end until it is to hand over', () => {
    const { send, state } = observe(controller, { at: 0 });
    send({ type: 'recovered', at: 0 });
    send({ type: 'drain', at: 0 });
    send({ type: 'settled', at: 1 });
    send({ type: 'timeout', at: 1_000_000 });
    expect(state()).toMatchObject({ value: 'draining', context: { deadlineAt: null } });
    send({ type: 'handOver', at: 1_000_000, withinMs: 5_000 });
    send({ type: 'timeout', at: 1_004_999 });
    expect(state().value).toBe('draining');
    send({ type: 'timeout', at: 1_005_000 });
    expect(state().value).toBe('stopped');
  });

  it.each([
    { type: 'drain', at: 1 },
    { type: 'handOver', at: 1, withinMs: 5_000 },
  ] as const)('stops at once at $type before it is active', (event) => {
    const { send, effects, state } = observe(controller, { at: 0 });
    send(event);
    expect(state().value).toBe('stopped');
    expect(effects).toEqual(['letGo']);
  });
});
