/**
 * The loop that every node is, with a disk that is held or slow: what is recorded, when it is acted on, and
 * in which order. How a life ends: turn-loop-ends.test.ts.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { begin } from './turning.ts';

describe('a turn', () => {
  it('is acted on once it is recorded', async () => {
    const { clock, loop, did } = await begin();
    loop.post('a');
    await clock.settle();
    expect(did).toEqual(['take a', 'recorded 1', 'act a']);
  });

  it('that records nothing waits for the turns before it', async () => {
    const { clock, disk, loop, did } = await begin({
      take: (input, turn) => {
        if (input === 'a') turn.record(input);
        turn.act(input);
      },
    });
    disk.faults.holdSync();
    loop.post('a');
    await clock.settle();
    loop.post('b');
    await clock.settle();
    expect(did).toEqual(['take a', 'take b']);
    disk.faults.releaseSync();
    await clock.settle();
    expect(did).toEqual(['take a', 'take b', 'recorded 1', 'act a', 'act b']);
  });

  it('does what cannot wait at once', async () => {
    const { clock, disk, loop, did } = await begin({
      take: (input, turn) => {
        turn.record(input);
        turn.act('later');
        turn.actNow('now');
      },
    });
    disk.faults.holdSync();
    loop.post('a');
    await clock.settle();
    expect(did).toEqual(['take a', 'act now']);
  });

  it('decides while the one before is being synced, and a third one waits', async () => {
    const { clock, disk, loop, did } = await begin();
    disk.faults.holdSync();
    for (const input of ['a', 'b', 'c', 'd']) {
      loop.post(input);
      await clock.settle();
    }
    expect(did).toEqual(['take a', 'take b']);
    disk.faults.releaseSync();
    await clock.settle();
    expect(did.filter((line) => line.startsWith('act'))).toEqual([
      'act a',
      'act b',
      'act c',
      'act d',
    ]);
    expect(did.indexOf('take c')).toBeGreaterThan(did.indexOf('recorded 1'));
  });

  it('is decided now and then although the disk stalls, and appended in its order', async () => {
    const { clock, disk, loop, did } = await begin();
    disk.faults.holdSync();
    for (const input of ['a', 'b', 'c']) {
      loop.post(input);
      await clock.settle();
    }
    await clock.advance(249);
    expect(did).toEqual(['take a', 'take b']);
    await clock.advance(1);
    loop.post('d');
    await clock.advance(250);
    expect(did).toEqual(['take a', 'take b', 'take c', 'take d']);
    disk.faults.releaseSync();
    await clock.settle();
    expect(did.slice(4).filter((line) => line.startsWith('recorded'))).toEqual([
      'recorded 1',
      'recorded 2',
      'recorded 3',
      'recorded 4',
    ]);
    expect(did.filter((line) => line.startsWith('act'))).toEqual([
      'act a',
      'act b',
      'act c',
      'act d',
    ]);
  });

  it('sees what the turns before it have decided and not recorded', async () => {
    const seen: unknown[] = [];
    const { clock, disk, loop, store } = await begin({
      take: (input, turn) => {
        seen.push(turn.get('k'), [...turn.range({ from: 'a', to: 'z' })]);
        if (input === 'delete') turn.delete('k');
        else turn.put('k', input);
        seen.push(turn.get('k'));
      },
    });
    disk.faults.holdSync();
    loop.post('1');
    await clock.settle();
    loop.post('delete');
    await clock.settle();
    expect(seen).toEqual([undefined, [], '1', '1', [['k', '1']], undefined]);
    expect(store.get('k')).toBeUndefined();
    disk.faults.releaseSync();
    loop.post('2');
    await clock.settle();
    expect(store.get('k')).toBe('2');
  });

  it('numbers its facts as the journal does, also while others are under way', async () => {
    const numbers: number[] = [];
    const { clock, disk, loop, store } = await begin({
      take: (input, turn) => {
        expect(turn.next).toBe((numbers.at(-1) ?? 0) + 1);
        numbers.push(turn.record(`${input}1`), turn.record(`${input}2`));
      },
    });
    disk.faults.holdSync();
    for (const input of ['a', 'b', 'c']) {
      loop.post(input);
      await clock.settle();
    }
    disk.faults.releaseSync();
    await clock.settle();
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...store.read(1)]).toEqual([[1, 'a1'], [2, 'a2'], [3, 'b1'], [4, 'b2'], [5, 'c1'], [6, 'c2']]); // prettier-ignore
  });

  it('passes its phases in order', async () => {
    const phases: string[] = [];
    const { clock, loop } = await begin({
      take: (input, turn) => {
        turn.record(input);
        turn.act('x');
        turn.act('y');
      },
      observe: (phase, turn) => void phases.push(`${turn} ${phase}`),
    });
    loop.post('a');
    await clock.settle();
    expect(phases).toEqual([
      '1 taken',
      '1 decided',
      '1 appending',
      '1 recorded',
      '1 acted',
      '1 acted',
    ]);
  });

  it('is open only while it decides', async () => {
    const { loop } = await begin();
    expect(() => loop.turn).toThrow('No turn is open.');
  });

  it('bears an instant that does not go back when the wall clock does', async () => {
    const instants: number[] = [];
    const { clock, loop } = await begin({ take: (_, turn) => void instants.push(turn.at) });
    loop.post('a');
    await clock.advance(100);
    clock.jump(-1_000_000);
    loop.post('b');
    await clock.settle();
    expect(instants[1]! - instants[0]!).toBe(100);
  });
});

describe('the order of a turn', () => {
  it.each([
    { first: 'inbox', order: ['take a', 'due early', 'due late'] },
    { first: 'deadlines', order: ['due early', 'due late', 'take a'] },
  ] as const)('is $first first', async ({ first, order }) => {
    const { clock, loop, did } = await begin({ first, take: () => {} });
    loop.deadlines.set('late', loop.at() + 10);
    loop.deadlines.set('early', loop.at() + 5);
    loop.deadlines.set('future', loop.at() + 1_000);
    clock.after(10, () => loop.post('a'));
    await clock.advance(9);
    // Nobody has woken it yet: it was told of deadlines outside of a turn.
    expect(did).toEqual([]);
    await clock.advance(1);
    expect(did.filter((line) => !line.startsWith('act'))).toEqual(order);
    await clock.advance(990);
    expect(did.at(-1)).toBe('act due future');
  });

  it('wakes at the deadline that a turn has set, moved or dropped', async () => {
    const { clock, loop, did } = await begin({
      take: (input) => {
        const [name, afterMs] = input.split(' ') as [string, string];
        loop.deadlines.set(name, afterMs === 'never' ? null : loop.at() + Number(afterMs));
      },
    });
    for (const input of ['x 50', 'y 70', 'x 20', 'y never']) loop.post(input);
    await clock.advance(19);
    expect(did.filter((line) => line.startsWith('due'))).toEqual([]);
    await clock.advance(1_000);
    expect(did.filter((line) => line.startsWith('due'))).toEqual(['due x']);
  });

  it.each(['inbox', 'deadlines'] as const)(
    'cuts a flood into turns, so that the first of it is acted on: %s first',
    async (first) => {
      const { clock, loop, did } = await begin({ first });
      for (let n = 0; n < 2_500; n++) loop.post(`i${n}`);
      for (let n = 0; n < 2_500; n++) loop.deadlines.set(`d${n}`, loop.at());
      await clock.settle();
      expect(did.filter((line) => line.startsWith('act')).length).toBe(5_000);
      expect(did.indexOf('act i0')).toBeLessThan(did.indexOf('take i2499'));
      expect(did.findIndex((line) => line.startsWith('act due'))).toBeLessThan(did.findLastIndex((line) => line.startsWith('due'))); // prettier-ignore
    },
  );
});

describe('any course of turns', () => {
  it('acts in order, after the records, with at most two appends under way', async () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 8 }),
      records: fc.boolean(),
      acts: fc.integer({ min: 0, max: 2 }),
    });
    const syncs = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30, size: 'max' }),
        syncs,
        async (steps, delays) => {
          let syncsMade = 0;
          const position = new Map<string, number>();
          let underWay = 0;
          let most = 0;
          const { clock, loop, did } = await begin({
            take: (input, turn) => {
              const { records, acts } = steps[Number(input)]!;
              if (records) turn.record(input);
              position.set(input, turn.next - 1);
              for (let n = 0; n < acts; n++) turn.act(`${input}.${n}`);
            },
            observe: (phase) => {
              if (phase === 'appending') most = Math.max(most, ++underWay);
              if (phase === 'recorded') underWay--;
            },
            schedule: (sync) => void clock.after(delays[syncsMade++ % delays.length]!, sync),
          });
          for (const [index, { waitMs }] of steps.entries()) {
            loop.post(String(index));
            await clock.advance(waitMs);
          }
          await clock.advance(5_000);
          const acted = did.filter((line) => line.startsWith('act'));
          const expected = steps.flatMap(({ acts }, index) =>
            Array.from({ length: acts }, (_, n) => `act ${index}.${n}`),
          );
          expect(acted).toEqual(expected);
          expect(most).toBeLessThanOrEqual(2);
          for (const [place, line] of did.entries()) {
            if (!line.startsWith('act')) continue;
            const needed = position.get(line.slice(4).split('.')[0]!)!;
            const durable = did.slice(0, place).filter((before) => before.startsWith('recorded'));
            const last = Number(durable.at(-1)?.split(' ')[1] ?? 0);
            expect(last).toBeGreaterThanOrEqual(needed);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a loop that was blocked', () => {
  it('says how late it was at most, once, whatever turn comes after', async () => {
    const { clock, process, loop } = await begin({
      take: (_, turn) => loop.deadlines.set('x', turn.at + 1_000),
    });
    loop.post('a');
    await clock.settle();
    process.stop();
    await clock.advance(6_000);
    process.goOn();
    loop.post('b');
    await clock.settle();
    expect([loop.takeLag(), loop.takeLag()]).toEqual([5_000, 0]);
  });
});
