/** What is done to the links of a world: cuts, losses, late frames, and seats that lose the broker. */
import { describe, expect, it } from 'vitest';
import type { Action } from '../../scenarios/plan.ts';
import { Watched } from './watching.ts';

const inPeace = { do: 'submit', id: 'x', runsMs: 100 } as const;

/** Frames that a seat has taken in, of the other side of its link. */
const taken = (watched: Watched, seat: string) =>
  (seat === 'controller' ? watched.of('decided') : watched.of('turned'))
    .filter((sight) => sight.seat === seat)
    .flatMap(({ step }) => step.inputs as readonly { readonly kind: string }[])
    .filter(({ kind }) => kind === 'frame').length;

describe('a cut', () => {
  it('loses every frame of that way, for as long as it is told to', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'cut', agent: 'a1', way: 'to', forMs: 25_000 });
    const [toAgent, fromAgent] = [taken(watched, 'a1'), taken(watched, 'controller')];
    await watched.advance(24_999);
    expect(taken(watched, 'a1')).toBe(toAgent);
    expect(taken(watched, 'controller')).toBeGreaterThan(fromAgent);
    expect(Object.keys(watched.fates('a1'))).toEqual(['cut']);
    expect(watched.fates('a2')).toEqual({});
    expect(await watched.rest()).toEqual([]);
    await watched.advance(20_000);
    expect(taken(watched, 'a1')).toBeGreaterThan(toAgent);
    expect(watched.done).toEqual(['1000 cut', '26000 healed cut']);
  });

  it('of one controller leaves the agent to the other', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'cut', agent: 'a1', way: 'both', only: 'rival' });
    const fromAgent = taken(watched, 'controller');
    await watched.advance(15_000);
    expect(taken(watched, 'controller')).toBeGreaterThan(fromAgent);
    watched.do({ do: 'mend', seat: 'a1' });
    watched.do({ do: 'cut', agent: 'a1', way: 'both', only: 'controller' });
    const [toAgent, heard] = [taken(watched, 'a1'), taken(watched, 'controller')];
    await watched.advance(15_000);
    expect(taken(watched, 'a1')).toBe(toAgent);
    expect(watched.fates('a1')).toHaveProperty('cut');
    expect(taken(watched, 'controller')).toBeGreaterThan(heard);
    expect(watched.fates('a2')).toEqual({});
  });

  it('is over when its agent is mended, and not when another one is', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'cut', agent: 'a1', way: 'both' });
    watched.do({ do: 'mend', seat: 'a2' });
    expect(watched.done).toEqual(['1000 cut', '1000 mend']);
    watched.do({ do: 'mend', seat: 'a1' });
    expect(watched.done.slice(2)).toEqual(['1000 mend', '1000 healed cut']);
  });
});

describe('a lossy link', () => {
  const lossy = {
    do: 'lossy',
    agent: '*',
    way: 'both',
    drop: 0.3,
    duplicate: 0.3,
    reorder: 0.3,
  } as const;
  const items = Array.from({ length: 20 }, (_, i) => ({ id: `x${i}` }));

  it('drops, doubles, delays and reorders, and says so of each frame', async () => {
    const watched = await Watched.open();
    watched.do({ ...lossy, delayMs: [0, 400] }, { do: 'job', name: 'j', items });
    await watched.advance(60_000);
    for (const agent of ['a1', 'a2'])
      expect(Object.keys(watched.fates(agent)).sort()).toEqual([
        'delayed',
        'dropped',
        'duplicated',
        'reordered',
      ]);
    watched.do({ do: 'heal' });
    expect(await watched.rest()).toEqual([]);
  });

  it('has a chance of its own, which other faults do not touch', async () => {
    const lost = async (...others: readonly Action[]) => {
      const watched = await Watched.open({ agents: [{ id: 'a1' }] });
      watched.do(...others, { ...lossy, way: 'from', drop: 0.5, duplicate: 0, reorder: 0 });
      await watched.advance(100_000);
      return watched.of('frame').filter(({ fate }) => fate === 'dropped').map(({ atMs }) => atMs);
    }; // prettier-ignore
    const alone = await lost();
    expect(alone.length).toBeGreaterThan(2);
    expect(await lost({ do: 'lossy', agent: 'a2', way: 'both', drop: 0.5 })).toEqual(alone);
  });
});

describe('late frames', () => {
  it('are held back, and reach whoever sits there when they come', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'hold', agent: 'a1', way: 'from', forMs: 30_000 });
    await watched.advance(1_000);
    watched.do({ do: 'crash', seat: 'controller', forMs: 5_000 });
    await watched.advance(28_000);
    const before = taken(watched, 'controller');
    expect(watched.fates('a1')['held']).toBeGreaterThan(1);
    await watched.advance(1_010);
    // They were said to the term before, and the present one gets them all in one go.
    expect(taken(watched, 'controller') - before).toBeGreaterThanOrEqual(
      watched.fates('a1')['held']!,
    );
    expect(await watched.rest()).toEqual([]);
  });

  it('come a second time to another boot when they are echoed', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'echo', agent: 'a1', way: 'to', frames: 3, forMs: 20_000 }, inPeace);
    await watched.advance(5_000);
    expect(watched.fates('a1')).toEqual({});
    expect(watched.ledger).toHaveLength(2);
    watched.do({ do: 'crash', seat: 'a1', forMs: 1_000 });
    await watched.advance(16_000);
    expect(watched.fates('a1')).toEqual({ echoed: 3 });
    expect(watched.done.at(-1)).toBe('21000 healed echo');
    expect(await watched.rest()).toEqual([]);
    // The boot before was given x in one of them.
    expect(watched.ledger).toHaveLength(2);
  });

  it('that were delayed reach another boot, too', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'lossy', agent: 'a1', way: 'to', delayMs: [9_000, 9_000] }, inPeace);
    await watched.advance(8_000);
    watched.do({ do: 'crash', seat: 'a1', forMs: 100 });
    await watched.advance(110);
    const before = taken(watched, 'a1');
    await watched.advance(2_000);
    expect(taken(watched, 'a1')).toBeGreaterThan(before);
    expect(watched.ledger).toEqual([]);
  });
});

describe('a seat without a broker', () => {
  it('neither says nor hears anything, and knows it', async () => {
    const watched = await Watched.open();
    const before = taken(watched, 'controller');
    watched.do({ do: 'offline', seat: 'controller', forMs: 30_000 });
    watched.do({ do: 'offline', seat: 'controller' });
    await watched.advance(29_999);
    expect(taken(watched, 'controller')).toBe(before);
    const told = () =>
      watched
        .of('decided')
        .flatMap(({ step }) => step.inputs)
        .filter(({ kind }) => kind === 'connected' || kind === 'disconnected')
        .map(({ kind }) => kind);
    expect(told()).toEqual(['connected', 'disconnected']);
    await watched.advance(1_000);
    expect(told()).toEqual(['connected', 'disconnected', 'connected']);
    expect(watched.done).toEqual(['1000 offline', '31000 healed offline']);
    expect(await watched.rest()).toEqual([]);
  });

  it('is an agent that beats at once when it is back', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'offline', seat: 'a1', forMs: 3_000 });
    await watched.advance(2_999);
    const before = taken(watched, 'controller');
    await watched.advance(2);
    expect(taken(watched, 'controller')).toBeGreaterThan(before);
  });
});
