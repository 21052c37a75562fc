/** What is done to the disks and clocks of a world. */
import { describe, expect, it } from 'vitest';
import { Watched } from './watching.ts';

const work = { do: 'submit', id: 'x', runsMs: 100 } as const;

/** Turns of a seat that are durable. */
const durable = (watched: Watched, seat: string) =>
  watched.of('durable').filter((sight) => sight.seat === seat).length;

const durableAfter = async (watched: Watched, seat: string, ms: number) => {
  const before = watched.world.view.storeOf(seat)!.position();
  await watched.advance(ms);
  return watched.world.view.storeOf(seat)!.position() - before;
};

describe('a disk', () => {
  it('takes two milliseconds, or what the setting says', async () => {
    for (const syncMs of [undefined, 40]) {
      const watched = new Watched(syncMs === undefined ? {} : { syncMs });
      await watched.advance(100);
      expect(watched.lives('controller')).toEqual([`${syncMs ?? 2} term 1`]);
    }
  });

  it('that stalls makes nothing durable until it goes on', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'disk', seat: 'controller', fault: 'stall', forMs: 5_000 }, work);
    watched.do({ do: 'disk', seat: 'controller', fault: 'stall' });
    expect(await durableAfter(watched, 'controller', 4_999)).toBe(0);
    expect(watched.of('answered')).toEqual([]);
    expect(await durableAfter(watched, 'controller', 10)).toBeGreaterThan(0);
    expect(watched.done).toEqual(['1000 disk', '1000 submit', '6000 healed disk']);
    expect(await watched.rest()).toEqual([]);
  });

  it('that is slow takes as long as it is told to', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'disk', seat: 'controller', fault: 'slow', syncMs: 700 }, work);
    expect(await durableAfter(watched, 'controller', 699)).toBe(0);
    await watched.advance(2);
    expect(watched.of('answered')).toMatchObject([{ atMs: 1_700 }]);
  });

  it('that is full takes nothing, neither rows nor logs, until there is room', async () => {
    const watched = await Watched.open({ agents: [{ id: 'a1' }] });
    watched.do({ ...work, lines: 4, runsMs: 5_000 });
    await watched.advance(500);
    watched.do({ do: 'disk', seat: 'a1', fault: 'full', forMs: 20_000 });
    expect(await durableAfter(watched, 'a1', 19_000)).toBe(0);
    await watched.advance(1_000);
    expect(watched.done).toEqual(['1000 submit', '1500 disk', '21500 healed disk']);
    expect(await watched.rest()).toEqual([]);
    expect(watched.lives('a1').length).toBeGreaterThan(1);
  });

  it.each([
    ['nothing', 0],
    ['lost', 0],
    ['applied', 1],
  ] as const)('that fails once, outcome %s, ends the term', async (outcome, kept) => {
    const watched = await Watched.open({ agents: [] });
    watched.do({ do: 'disk', seat: 'controller', fault: 'fail', outcome }, work);
    await watched.advance(100);
    const store = watched.world.view.storeOf('controller')!;
    expect([...store.range({ from: 'sub/', to: 'sub0' })]).toHaveLength(kept);
    expect(watched.of('over')).toMatchObject([{ seat: 'controller', crashed: false }]);
    await watched.advance(2_000);
    expect(watched.lives('controller')).toHaveLength(2);
    // Whoever asked has asked again.
    expect(watched.of('answered')).toHaveLength(1);
  });

  it('is out of reach for a controller whose hold on it is cut, and for nobody else', async () => {
    const settings = { termLeaseMs: 10_000 };
    const watched = await Watched.open({ sharedStore: true, settings });
    watched.do({ do: 'disk', seat: 'controller', fault: 'gone', forMs: 60_000 });
    watched.do({ do: 'disk', seat: 'a1', fault: 'gone' });
    await watched.advance(10_000);
    watched.do({ do: 'rival', forMs: 120_000 });
    await watched.advance(5_000);
    expect(watched.lives('rival')).toHaveLength(1);
    expect(watched.world.view.alive.has('controller')).toBe(true);
    expect(durable(watched, 'rival')).toBeGreaterThan(0);
    await watched.advance(46_000);
    // What it wanted to write comes too late.
    expect(watched.done).toEqual(['1000 disk', '11000 rival', '61000 healed disk']);
    expect(watched.world.view.alive.has('controller')).toBe(false);
    watched.do({ do: 'heal' });
    expect(await watched.rest()).toEqual([]);
  });
});

describe('a clock', () => {
  it('jumps for people, and for no deadline, also in the processes to come', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'jump', seat: 'a1', byMs: 3_600_000 });
    await watched.advance(30_000);
    expect(watched.of('over')).toEqual([]);
    watched.do({ do: 'crash', seat: 'a1', forMs: 100 });
    await watched.advance(1_000);
    const [first, second] = watched.of('boot').filter(({ seat }) => seat === 'a1');
    expect(second!.life.at - first!.life.at).toBe(3_600_000 + 31_100);
  });

  it('runs at its own rate, from its own beginning', async () => {
    const agents = [{ id: 'a1', rate: 1.01, offsetMs: -5_000 }];
    const watched = await Watched.open({ agents });
    await watched.advance(99_000);
    watched.do({ do: 'crash', seat: 'a1', forMs: 0 });
    await watched.advance(10);
    const [first, second] = watched.of('boot');
    expect(first!.life.at).toBe(watched.of('term')[0]!.life.at - 5_000);
    expect(second!.life.at - first!.life.at).toBe(101_000);
  });
});
