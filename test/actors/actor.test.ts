/**
 * The set of actors on a small machine of its own: deadlines armed and dropped, restored without effects,
 * and exceptions raised where they belong.
 */
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { ActorSet } from '../../actors/actor.ts';
import { createDeadlines } from '../../actors/deadlines.ts';

interface Context {
  readonly deadlineAt: number | null;
}

/** Is lit for a while; each `light` moves its end. `wick` is the effect. */
const candle = setup({
  types: {
    context: {} as Context,
    events: {} as { type: 'light' | 'timeout' | 'snuff' | 'shine' | 'spoil'; at: number },
    input: {} as { at: number },
  },
  actions: {
    burn: assign(({ event }) => ({ deadlineAt: event.at + 10 })),
    putOut: assign({ deadlineAt: null }),
    wick: () => {},
    spoil: () => {
      throw new Error('spoiled');
    },
  },
}).createMachine({
  initial: 'dark',
  context: { deadlineAt: null },
  states: {
    dark: { on: { light: { target: 'lit', actions: 'burn' } } },
    lit: {
      entry: 'wick',
      on: {
        light: { actions: 'burn' },
        shine: { actions: 'wick' },
        spoil: { actions: 'spoil' },
        timeout: 'burntDown',
        snuff: { target: 'dark', actions: 'putOut' },
      },
    },
    burntDown: { type: 'final' },
  },
});

function candles() {
  let wicks = 0;
  const deadlines = createDeadlines();
  const machine = candle.provide({ actions: { wick: () => wicks++ } });
  const set = new ActorSet<string, typeof machine>(machine, 'candle', deadlines);
  return { set, deadlines, armed: () => [...deadlines.entries()], wicks: () => wicks };
}

describe('a set of actors', () => {
  it('arms the deadline that each event leaves, and drops it at the end', () => {
    const { set, armed } = candles();
    set.start('a', { at: 0 });
    expect(armed()).toEqual([]);
    set.send('a', { type: 'light', at: 5 });
    expect(armed()).toEqual([[15, 'candle:a']]);
    set.send('a', { type: 'light', at: 8 });
    expect(armed()).toEqual([[18, 'candle:a']]);
    set.send('a', { type: 'snuff', at: 9 });
    expect(armed()).toEqual([]);
    set.send('a', { type: 'light', at: 10 });
    set.send('a', { type: 'timeout', at: 20 });
    expect([armed(), set.read('a')?.state]).toEqual([[], 'burntDown']);
  });

  it('says whether an event changed anything', () => {
    const { set } = candles();
    set.start('a', { at: 0 });
    expect(set.send('a', { type: 'snuff', at: 1 })).toBe(false);
    expect(set.send('a', { type: 'light', at: 1 })).toBe(true);
    expect(set.send('a', { type: 'light', at: 2 })).toBe(true);
  });

  it('goes on from what was written down, and repeats no effect', () => {
    const before = candles();
    before.set.start('a', { at: 0 });
    before.set.send('a', { type: 'light', at: 5 });
    const frozen = structuredClone(before.set.read('a')!);
    const after = candles();
    after.set.restore('a', frozen);
    expect(after.armed()).toEqual([[15, 'candle:a']]);
    expect([before.wicks(), after.wicks()]).toEqual([1, 0]);
    expect(after.set.send('a', { type: 'timeout', at: 15 })).toBe(true);
  });

  it('knows its actors by their keys', () => {
    const { set, armed } = candles();
    set.start('a', { at: 0 });
    set.start('b', { at: 0 });
    set.send('b', { type: 'light', at: 0 });
    expect([[...set.keys()], set.size, set.has('b'), set.has('c')]).toEqual([['a', 'b'], 2, true, false]); // prettier-ignore
    set.drop('b');
    set.drop('b');
    expect([[...set.keys()], armed(), set.read('b')]).toEqual([['a'], [], undefined]);
    expect(() => set.send('b', { type: 'light', at: 1 })).toThrow('There is no actor candle:b.');
  });

  it.each([
    'xstate.stop',
    'xstate.init',
    'xstate.done.actor.wick',
    'xstate.error.actor.wick',
    'xstate.after.10.candle.lit',
    'xstate.',
  ])('does not pass on %s', (type) => {
    const { set, armed, wicks } = candles();
    set.start('a', { at: 0 });
    set.send('a', { type: 'light', at: 5 });
    expect(set.send('a', { type, at: 6 } as never)).toBe(false);
    expect([set.read('a')?.state, armed(), wicks()]).toEqual(['lit', [[15, 'candle:a']], 1]);
    expect(set.send('a', { type: 'snuff', at: 7 })).toBe(true);
  });

  it('takes no event for an actor from its own action', () => {
    const machine = candle.provide({
      actions: { wick: () => void set.send('a', { type: 'snuff', at: 1 }) },
    });
    const set = new ActorSet<string, typeof machine>(machine, 'candle', createDeadlines());
    set.start('a', { at: 0 });
    set.send('a', { type: 'light', at: 0 });
    expect(set.read('a')?.state).toBe('lit');
    expect(() => set.send('a', { type: 'shine', at: 1 })).toThrow('has moved its own actor');
  });

  it('raises what an action throws where the event was sent', () => {
    const { set } = candles();
    set.start('a', { at: 0 });
    set.send('a', { type: 'light', at: 0 });
    expect(() => set.send('a', { type: 'spoil', at: 1 })).toThrow('spoiled');
  });
});
