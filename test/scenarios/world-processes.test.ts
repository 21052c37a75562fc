/**
 * What is done to the processes of a world: they crash, stop, leave, are doubled, put back and retimed, and
 * work takes them down.
 */
import { describe, expect, it } from 'vitest';
import { Watched } from './watching.ts';

const long = { do: 'submit', id: 'x', runsMs: 30_000 } as const;

describe('a crash', () => {
  it('takes the work of an agent with it, and lasts as long as it is told to', async () => {
    const watched = await Watched.open();
    watched.do(long);
    await watched.advance(1_000);
    watched.do({ do: 'crash', seat: 'a1', forMs: 2_000 });
    await watched.advance(2_010);
    expect(watched.ledger.slice(0, 2)).toEqual(['1004 start x#1 a1', '2000 end x#1 a1 crash']);
    expect(watched.of('over')).toMatchObject([{ atMs: 2_000, seat: 'a1', crashed: true }]);
    expect(watched.done).toEqual(['1000 submit', '2000 crash', '4000 healed crash']);
    expect(watched.lives('a1')).toEqual(['2 boot 1', '4002 boot 2']);
  });

  it('happens at the first such phase of a turn, and keeps of the disk what it is told to', async () => {
    for (const [keep, attempts] of [
      [0, 0],
      [1, 1],
    ] as const) {
      const watched = await Watched.open({ agents: [] });
      watched.do({ do: 'crash', seat: 'controller', phase: 'appending', keep }, { ...long });
      expect(watched.done).toEqual(['1000 submit']);
      await watched.advance(100);
      expect(watched.done).toEqual(['1000 submit', '1000 crash']);
      const kept = [
        ...watched.world.view.storeOf('controller')!.range({ from: 'sub/', to: 'sub0' }),
      ];
      expect(kept).toHaveLength(attempts);
    }
  });

  it('that loses what was synced says what the disk had and what it has', async () => {
    const watched = await Watched.open();
    watched.do({ ...long, id: 'y' });
    await watched.advance(100);
    watched.do({ do: 'crash', seat: 'controller', lose: 2 });
    const [lie] = watched.of('lie');
    expect(lie!.before.position() - lie!.after.position()).toBeGreaterThan(0);
    expect(watched.world.view.storeOf('controller')!.position()).toBe(lie!.after.position());
  });

  it('loses no more than the disk remembers, and is no lie where nothing was lost', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'crash', seat: 'a1', lose: 99, forMs: 10 }, { do: 'crash', seat: 'a2' });
    expect(watched.of('lie')).toMatchObject([{ seat: 'a1' }]);
    expect(watched.world.view.storeOf('a1')!.position()).toBe(0);
  });

  it('of who is down already does nothing, and does not show', async () => {
    const watched = await Watched.open();
    watched.do(
      { do: 'crash', seat: 'a1' },
      { do: 'crash', seat: 'a1' },
      { do: 'pause', seat: 'a1' },
    );
    expect(watched.done).toEqual(['1000 crash']);
    watched.do({ do: 'start', seat: 'a1' }, { do: 'start', seat: 'a1' });
    expect(watched.done).toEqual(['1000 crash', '1000 start']);
  });
});

describe('a stopped process', () => {
  it('does nothing, while its tasks run on', async () => {
    const watched = await Watched.open({ agents: [{ id: 'a1' }] });
    watched.do({ do: 'submit', id: 'x', runsMs: 3_000 });
    await watched.advance(1_000);
    watched.do({ do: 'pause', seat: 'a1', forMs: 8_000 });
    const turns = watched.of('turned').length;
    await watched.advance(7_999);
    expect(watched.of('turned')).toHaveLength(turns);
    expect(watched.ledger).toEqual(['1004 start x#1 a1', '4004 end x#1 a1 done']);
    expect(await watched.rest(5_000)).toEqual([]);
    expect(watched.of('turned').length).toBeGreaterThan(turns);
    expect(watched.lives('a1')).toEqual(['2 boot 1']);
  });

  it('has its tasks ended by the guard when the lease is over', async () => {
    const watched = await Watched.open();
    watched.do({ ...long, runsMs: 200_000, killMs: 300 });
    await watched.advance(1_000);
    watched.do({ do: 'pause', seat: 'a1' });
    await watched.advance(100_000);
    const [start, end, again] = watched.ledger;
    expect(start).toBe('1004 start x#1 a1');
    // The beat at 0.99 s was the last that was echoed; killing takes 300 ms.
    expect(end).toMatch(/^61[0-9]{3} end x#1 a1 stopped$/);
    expect(again).toMatch(/start x#2 a2$/);
    watched.do({ do: 'resume', seat: 'a1' });
    await watched.advance(2_000);
    expect(watched.done.slice(1)).toEqual(['2000 pause', '102000 resume', '102000 healed pause']);
    expect(watched.lives('a1')).toHaveLength(2);
  });

  it('is ended itself when it holds what cannot be killed', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'submit', id: 'x', runsMs: 20_000, unkillable: true, abortMs: Infinity });
    await watched.advance(1_000);
    watched.do({ do: 'pause', seat: 'a1' });
    await watched.advance(80_000);
    // The function stands still with its process, which is ended half a kill time after the lease.
    expect(watched.ledger[1]).toMatch(/^61[0-9]{3} end x#1 a1 crash$/);
    expect(watched.of('over')).toMatchObject([{ seat: 'a1', crashed: true }]);
    const [, second] = watched.of('boot').filter(({ seat }) => seat === 'a1');
    expect(second!.life.runner.endedByLease).toBe(true);
  });
});

describe('work', () => {
  it('that takes its agent down is tried again elsewhere, and the agent is back', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'submit', id: 'x', runsMs: 500, poisons: 1 });
    expect(await watched.rest()).toEqual([]);
    expect(watched.ledger.map((line) => line.replace(/^\d+ /, ''))).toEqual([
      'start x#1 a1',
      'end x#1 a1 crash',
      'start x#2 a2',
      'end x#2 a2 done',
    ]);
    expect(watched.lives('a1')[1]).toBe('2506 boot 2');
  });

  it('that is a function outlives the end of its lease in a process that lives, until that ends itself', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'submit', id: 'x', runsMs: 100_000, unkillable: true, abortMs: Infinity });
    await watched.advance(1_000);
    watched.do({ do: 'cut', agent: 'a1', way: 'both' });
    await watched.advance(70_000);
    expect(watched.ledger[1]).toMatch(/^6[01][0-9]{3} end x#1 a1 crash$/);
  });

  it('that a person has tried again does what it did under its first name', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'submit', id: 'x', runsMs: 700, fails: 1, maxRetries: 0 });
    expect(await watched.rest()).toEqual([]);
    watched.do({ do: 'retry', id: 'x' });
    expect(await watched.rest()).toEqual([]);
    const [, again] = watched.of('answered');
    const { id } = again!.reply as { id: string };
    expect(id).not.toBe('x');
    expect(watched.world.view.scriptOf(id)).toMatchObject({ runsMs: 700, fails: 1 });
  });
});

describe('an agent that leaves', () => {
  it('stops what runs, hands over, says goodbye, and is back when it is started', async () => {
    const watched = await Watched.open();
    watched.do({ ...long, abortMs: 200 });
    await watched.advance(1_000);
    watched.do({ do: 'leave', agent: 'a1' });
    await watched.advance(10_000);
    expect(watched.ledger.slice(1, 3)).toEqual([
      '2202 end x#1 a1 stopped',
      expect.stringMatching(/start x#2 a2/),
    ]);
    expect(watched.of('over')).toMatchObject([{ seat: 'a1', crashed: false }]);
    expect(watched.world.view.storeOf('controller')!.get('agent/a1')).toMatchObject({
      state: 'left',
    });
    watched.do({ do: 'mend', seat: 'a1' });
    expect(await watched.rest()).toEqual([]);
    expect(watched.lives('a1')).toHaveLength(2);
  });
});

describe('a disk that is put back', () => {
  it('is what it was at the backup, with its logs, and says what it had before', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'restore', seat: 'a1' });
    expect(watched.done).toEqual([]);
    watched.do({ do: 'backup', seat: 'a1' }, long);
    await watched.advance(1_000);
    watched.do({ do: 'restore', seat: 'a1' });
    const [lie] = watched.of('lie');
    expect([...lie!.before.range({ from: 'task/', to: 'task0' })]).toHaveLength(1);
    expect([...lie!.after.range({ from: 'task/', to: 'task0' })]).toHaveLength(0);
    await watched.advance(2_000);
    expect(watched.lives('a1').slice(0, 2)).toEqual(['2 boot 1', '2002 boot 2']);
    expect(await watched.rest()).toEqual([]);
  });

  it('of a controller sends it back to what it knew', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'backup', seat: 'controller' }, { ...long, runsMs: 100 });
    await watched.advance(1_000);
    watched.do({ do: 'restore', seat: 'controller' });
    await watched.advance(5_000);
    expect(watched.world.view.storeOf('controller')!.get('id/x')).toBeUndefined();
    expect(await watched.rest()).toEqual([]);
  });

  it('is put back with nobody in it, and admits whoever comes next', async () => {
    const settings = { termLeaseMs: 10_000 };
    const watched = await Watched.open({ sharedStore: true, settings });
    watched.do({ do: 'backup', seat: 'controller' }, { do: 'rival', forMs: 60_000 });
    await watched.advance(10_000);
    watched.do({ do: 'restore', seat: 'controller' });
    expect(watched.of('over').slice(-1)).toMatchObject([{ seat: 'rival', crashed: true }]);
    await watched.advance(20_000);
    expect([...watched.world.view.alive].sort()).toEqual(['a1', 'a2', 'controller']);
    expect(watched.lives('rival')).toEqual(['1002 term 2']);
    watched.do({ do: 'rival', forMs: 5_000 });
    await watched.advance(10_000);
    expect(await watched.rest(60_000)).toEqual([]);
    expect(watched.lives('rival')[1]).toBe('31002 term 3');
  });
});

describe('a second process', () => {
  it('under the id of an agent has a store of its own, and is told that the id is in use', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'twin', agent: 'a1', forMs: 5_000 }, { do: 'twin', agent: 'a2' });
    expect(watched.done).toEqual(['1000 twin']);
    await watched.advance(4_000);
    expect(watched.lives('twin')).toEqual(['1002 boot 1']);
    const notices = watched
      .of('turned')
      .filter(({ seat }) => seat === 'twin')
      .flatMap(({ step }) => step.later.filter(({ kind }) => kind === 'idTaken'));
    expect(notices.length).toBeGreaterThan(0);
    await watched.advance(2_000);
    expect(watched.world.view.alive.has('twin')).toBe(false);
    expect(watched.done).toEqual(['1000 twin', '6000 healed twin']);
  });

  it('of the controller takes the store, and gives way when its time is over', async () => {
    const settings = { termLeaseMs: 10_000 };
    const watched = await Watched.open({ sharedStore: true, settings });
    watched.do({ do: 'rival', forMs: 60_000 });
    await watched.advance(30_000);
    expect(watched.lives('rival')).toEqual(['1002 term 2']);
    expect([...watched.world.view.alive].sort()).toEqual(['a1', 'a2', 'rival']);
    watched.do({ do: 'submit', id: 'x' });
    await watched.advance(60_000);
    expect([...watched.world.view.alive].sort()).toEqual(['a1', 'a2', 'controller']);
    expect(watched.lives('controller').at(-1)).toBe('61002 term 3');
    expect(await watched.rest()).toEqual([]);
    expect(watched.ledger.at(-1)).toMatch(/end x#1 .* done$/);
  });

  it('of the controller finds no place on a store that admits one alone', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'rival' });
    expect(watched.done).toEqual([]);
  });
});

describe('a controller', () => {
  it('is started anew with another timing', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'retime', settings: { timeoutMs: 120_000 } });
    await watched.advance(2_000);
    const terms = watched.of('term').map(({ life }) => life.config.timing.timeoutMs);
    expect(terms).toEqual([60_000, 120_000]);
    expect(watched.of('over')).toMatchObject([{ seat: 'controller', crashed: false }]);
  });

  it('is started anew after it has handed over, though its disk stands still', async () => {
    const watched = await Watched.open();
    watched.do({ do: 'handOver', timeoutMs: null });
    await watched.advance(8_000);
    expect(watched.of('answered')).toMatchObject([{ command: { kind: 'handOver' } }]);
    expect(watched.lives('controller')).toHaveLength(2);
    watched.do({ do: 'disk', seat: 'controller', fault: 'stall' }, long);
    watched.do({ do: 'retime', settings: {} }, { do: 'disk', seat: 'a1', fault: 'full' });
    await watched.advance(7_000);
    watched.do({ do: 'mend', seat: 'controller' });
    await watched.advance(2_000);
    expect(watched.lives('controller')).toHaveLength(3);
  });
});

describe('the heal', () => {
  it('ends all faults, starts all seats, and looks after what waits for a person', async () => {
    const watched = await Watched.open();
    watched.do(
      { do: 'submit', id: 'x', runsMs: 1_000, poisons: 2 },
      { do: 'drain', agent: 'a2' },
      { do: 'twin', agent: 'a2' },
      { do: 'cut', agent: 'a2', way: 'to' },
    );
    await watched.advance(120_000);
    watched.do({ do: 'crash', seat: 'a1' }, { do: 'crash', seat: 'controller', phase: 'acted' });
    expect(watched.world.view.healed).toBe(false);
    watched.do({ do: 'heal' });
    expect(watched.world.view.healed).toBe(true);
    expect([...watched.world.view.alive].sort()).toEqual(['a1', 'a2', 'controller']);
    expect(await watched.rest(900_000)).toEqual([]);
    expect(watched.world.view.storeOf('controller')!.get('agent/a2')).toMatchObject({
      draining: false,
    });
    expect(watched.done.filter((line) => line.includes('healed'))).toHaveLength(3);
    expect(watched.ledger.at(-1)).toMatch(/end x#\d a\d done$/);
  });
});
