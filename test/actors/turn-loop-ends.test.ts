/** How the life of a turn loop ends: by a failed append, an exception, closing or halting. */
import { describe, expect, it } from 'vitest';
import type { Phase, TurnLoop } from '../../actors/turn-loop.ts';
import type { VirtualClock } from '../../scenarios/virtual-clock.ts';
import { readMemoryDisk, type AppendFault } from '../../store/memory.ts';
import { begin, recordAndAct } from './turning.ts';

describe('a failed append', () => {
  it.each(['nothing', 'lost', 'applied'] satisfies AppendFault[])(
    'ends the life and is told once: %s',
    async (fault) => {
      const { clock, disk, loop, did, failures } = await begin();
      loop.post('a');
      await clock.settle();
      disk.faults.holdSync();
      disk.faults.failNextAppend(1, fault);
      loop.post('b');
      await clock.settle();
      loop.post('c');
      await clock.settle();
      disk.faults.releaseSync();
      await clock.settle();
      loop.post('d');
      loop.deadlines.set('x', loop.at());
      await clock.advance(1_000);
      expect(did).toEqual(['take a', 'recorded 1', 'act a', 'take b', 'take c']);
      expect(failures.map(String)).toEqual(['StoreFailed: The disk failed; try again.']);
    },
  );
});

describe('an exception', () => {
  const boom = () => {
    throw new Error('boom');
  };

  it.each([
    { where: 'taking', options: { take: boom }, acted: [] },
    { where: 'finishing', options: { finish: boom }, acted: [] },
    { where: 'acting', options: { perform: boom }, acted: ['act a'] },
  ])('while $where ends the life', async ({ options, acted }) => {
    const { clock, loop, did, failures } = await begin(options);
    loop.post('a');
    loop.post('b');
    await clock.settle();
    loop.post('c');
    await clock.settle();
    expect(failures.map(String)).toEqual(['Error: boom']);
    expect(did.filter((line) => line.startsWith('act'))).toEqual(acted);
    expect(did).not.toContain('take c');
    expect(() => loop.turn).toThrow('No turn is open.');
  });

  it('records nothing of its turn, and what was under way is not acted on', async () => {
    const { clock, disk, loop, did, store } = await begin({
      take: (input, turn) => (input === 'b' ? boom() : recordAndAct(input, turn)),
    });
    disk.faults.holdSync();
    loop.post('a');
    await clock.settle();
    loop.post('b');
    await clock.settle();
    disk.faults.releaseSync();
    await clock.settle();
    expect(did).toEqual(['take a', 'take b', 'recorded 1']);
    expect([...store.read(1)]).toEqual([[1, 'a']]);
  });
});

describe('closing', () => {
  it('takes no more input, and resolves when all that was taken is acted on', async () => {
    const { clock, disk, loop, did } = await begin();
    disk.faults.holdSync();
    loop.post('a');
    await clock.settle();
    loop.post('b');
    let isClosed = false;
    void loop.close().then(() => (isClosed = true));
    loop.post('c');
    await clock.settle();
    expect(isClosed).toBe(false);
    disk.faults.releaseSync();
    await clock.settle();
    expect(isClosed).toBe(true);
    expect(did.filter((line) => line.startsWith('act'))).toEqual(['act a', 'act b']);
  });

  it('may be asked for from within an effect: the rest of the turn is acted on', async () => {
    const { clock, loop, did } = await begin({
      take: (input, turn) => {
        turn.record(input);
        turn.act('close');
        turn.act('last');
      },
      perform: (effect) => {
        if (effect === 'close') void loop.close();
      },
    });
    loop.post('a');
    await clock.settle();
    expect(did.at(-1)).toBe('act last');
    await loop.close();
  });

  it('resolves for everybody who asks', async () => {
    const { clock, disk, loop } = await begin();
    disk.faults.holdSync();
    loop.post('a');
    await clock.settle();
    let closed = 0;
    for (let asked = 0; asked < 2; asked++) void loop.close().then(() => closed++);
    disk.faults.releaseSync();
    await clock.settle();
    void loop.close().then(() => closed++);
    await clock.settle();
    expect(closed).toBe(3);
  });

  it('leaves deadlines alone', async () => {
    const { clock, loop, did } = await begin();
    loop.deadlines.set('x', loop.at() + 10);
    loop.post('a');
    await loopClosed(loop, clock);
    await clock.advance(100);
    expect(did).not.toContain('due x');
  });
});

const loopClosed = async (loop: TurnLoop<string, string>, clock: VirtualClock) => {
  const closing = loop.close();
  await clock.settle();
  await closing;
};

describe('halting', () => {
  it.each(['taken', 'decided', 'appending', 'recorded', 'acted'] satisfies Phase[])(
    'at %s stops the loop there',
    async (at) => {
      const { clock, loop, did } = await begin({
        take: (input, turn) => {
          turn.record(input);
          turn.act('first');
          turn.act('second');
        },
        observe: (phase, turn) => {
          if (phase === at && turn === 1) loop.halt();
        },
      });
      loop.post('a');
      loop.deadlines.set('x', loop.at() + 10);
      await clock.settle();
      loop.post('b');
      await clock.advance(100);
      const seen = { taken: [], decided: ['take a'], appending: ['take a', 'recorded 1'], recorded: ['take a', 'recorded 1'], acted: ['take a', 'recorded 1', 'act first'] }; // prettier-ignore
      expect(did).toEqual(seen[at]);
    },
  );

  it('ends a close that waits', async () => {
    const { clock, disk, loop } = await begin();
    disk.faults.holdSync();
    loop.post('a');
    await clock.settle();
    const closing = loop.close();
    loop.halt();
    await closing;
    expect(readMemoryDisk(disk).position()).toBe(0);
  });
});
