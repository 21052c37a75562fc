/**
 * Typed keys on a memory disk under virtual time: what each kind does, then what a failing disk does to it.
 */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../scenarios/virtual-clock.ts';
import {
  type AppendFault,
  createMemoryDisk,
  type MemoryDisk,
  openMemoryStore,
} from '../../store/memory.ts';
import { MaxRetriesError } from '../../store/retry.ts';
import { type Store, StoreConflict } from '../../store/store.ts';
import { createKeys, type Keys } from '../../store/typed-keys.ts';

let clock: VirtualClock;
let disk: MemoryDisk;
let store: Store;
let keys: Keys;

beforeEach(async () => {
  clock = createVirtualClock();
  disk = createMemoryDisk();
  store = await openMemoryStore(disk);
  keys = createKeys(store, { clock });
});

/** The result of an operation, with time moved on as long as it takes; and how long that was. */
async function finish<R>(operation: Promise<R>): Promise<{ result: R | Error; tookMs: number }> {
  let result: R | Error | undefined;
  let done = false;
  const startedAt = clock.elapsed();
  operation.then(
    (value) => ((result = value), (done = true)),
    (error: Error) => ((result = error), (done = true)),
  );
  await clock.runUntil(() => done, { withinMs: 60_000 });
  return { result: result as R | Error, tookMs: clock.elapsed() - startedAt };
}

describe('a counter', () => {
  it('is null until something is added', async () => {
    const tasks = keys.counter('tasks');
    expect(await tasks.get()).toBeNull();
    expect(await tasks.add(0)).toBe(0);
    expect(await tasks.get()).toBe(0);
    expect(await tasks.add(5)).toBe(5);
    expect(await tasks.add(-2)).toBe(3);
    expect(await keys.counter('others').get()).toBeNull();
  });

  it('adds up what is added at the same time', async () => {
    const counts = await Promise.all([1, 2, 3].map((n) => keys.counter('tasks').add(n)));
    expect(counts).toEqual([1, 3, 6]);
  });

  it('adds once for each operation id, also after a restart', async () => {
    expect(await keys.counter('tasks').add(1, 'a')).toBe(1);
    expect(await keys.counter('tasks').add(1, 'a')).toBe(1);
    await store.close();
    store = await openMemoryStore(disk);
    keys = createKeys(store, { clock });
    expect(await keys.counter('tasks').add(1, 'a')).toBe(1);
    expect(await keys.counter('tasks').add(1, 'b')).toBe(2);
    expect(await keys.counter('others').add(1, 'a')).toBe(1);
  });

  it('remembers the last 32 operation ids', async () => {
    const tasks = keys.counter('tasks');
    for (let i = 0; i < 33; i++) await tasks.add(1, `id${i}`);
    expect(await tasks.add(1, 'id1')).toBe(33);
    expect(await tasks.add(1, 'id0')).toBe(34);
  });

  it.each([NaN, Infinity])('refuses to add %d', async (amount) => {
    await expect(keys.counter('tasks').add(amount)).rejects.toBeInstanceOf(RangeError);
    expect(await keys.counter('tasks').get()).toBeNull();
  });
});

describe('a JSON key', () => {
  interface Settings {
    readonly name: string;
    readonly tags?: string[];
  }

  it('keeps the last value that was set', async () => {
    const settings = keys.json<Settings>('settings');
    expect(await settings.get()).toBeNull();
    await settings.set({ name: 'one' });
    await settings.set({ name: 'two', tags: ['x'] });
    expect(await settings.get()).toEqual({ name: 'two', tags: ['x'] });
  });

  it('is set as the value was at the call', async () => {
    const settings = keys.json<{ name: string }>('settings');
    const value = { name: 'one' };
    const setting = settings.set(value);
    value.name = 'changed';
    await setting;
    expect(await settings.get()).toEqual({ name: 'one' });
  });

  it('is compared and set', async () => {
    const settings = keys.json<Settings>('settings');
    expect(await settings.compareAndSet({ name: 'one' }, { name: 'two' })).toBe(false);
    expect(await settings.compareAndSet(null, { name: 'one' })).toBe(true);
    expect(await settings.compareAndSet(null, { name: 'two' })).toBe(false);
    expect(await settings.compareAndSet({ name: 'one' }, { name: 'two' })).toBe(true);
    expect(await settings.get()).toEqual({ name: 'two' });
  });

  it('is won by one of many that compare at the same time', async () => {
    const settings = keys.json<number>('settings');
    const wins = await Promise.all([1, 2, 3].map((n) => settings.compareAndSet(null, n)));
    expect(wins).toEqual([true, false, false]);
    expect(await settings.get()).toBe(1);
  });
});

describe('a list', () => {
  it('keeps the order of its elements', async () => {
    const ids = keys.list<string>('ids');
    expect(await ids.all()).toEqual([]);
    await ids.push('a', 'b');
    await Promise.all([ids.push('c'), ids.push('d')]);
    await ids.push();
    expect(await ids.all()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('removes the first equal element and keeps the rest', async () => {
    const ids = keys.list<{ id: number }>('ids');
    await ids.push({ id: 1 }, { id: 2 }, { id: 1 });
    expect(await ids.remove({ id: 1 })).toBe(true);
    expect(await ids.all()).toEqual([{ id: 2 }, { id: 1 }]);
    expect(await ids.remove({ id: 3 })).toBe(false);
    await ids.push({ id: 4 });
    expect(await ids.all()).toEqual([{ id: 2 }, { id: 1 }, { id: 4 }]);
  });

  it('is cleared without touching its neighbours', async () => {
    await keys.list('ids').push('a');
    await keys.list('ids2').push('b');
    await keys.list('id').push('c');
    await keys.list('ids').clear();
    expect(await keys.list('ids').all()).toEqual([]);
    expect(await keys.list('ids2').all()).toEqual(['b']);
    expect(await keys.list('id').all()).toEqual(['c']);
    await keys.counter('ids').add(1);
    expect(await keys.counter('ids').get()).toBe(1);
  });
});

describe('a key of another kind', () => {
  it('is refused', async () => {
    await keys.counter('tasks').add(1);
    await expect(keys.json('tasks').get()).rejects.toThrow(
      'The key "tasks" holds no json; use another key for it.',
    );
    await expect(keys.json('tasks').set(1)).rejects.toBeInstanceOf(TypeError);
    await expect(keys.list('tasks').push(1)).rejects.toBeInstanceOf(TypeError);
    expect(await keys.counter('tasks').add(1)).toBe(2);
  });
});

describe('a failing disk', () => {
  const faults: AppendFault[] = ['nothing', 'lost', 'applied'];

  it.each(faults)('delays an increment and applies it once (%s)', async (fault) => {
    await keys.counter('tasks').add(1);
    disk.faults.failNextAppend(1, fault);
    expect(await finish(keys.counter('tasks').add(1))).toEqual({ result: 2, tookMs: 1000 });
    disk.faults.failNextAppend(3, fault);
    const { result } = await finish(keys.counter('tasks').add(1, 'id'));
    expect(result).toBe(3);
    expect(await keys.counter('tasks').get()).toBe(3);
  });

  it.each(faults)('changes nothing about lists and JSON (%s)', async (fault) => {
    const ids = keys.list<string>('ids');
    const state = keys.json<string>('state');
    disk.faults.failNextAppend(1, fault);
    await finish(ids.push('a', 'b'));
    disk.faults.failNextAppend(1, fault);
    expect((await finish(ids.remove('a'))).result).toBe(true);
    disk.faults.failNextAppend(1, fault);
    await finish(state.set('one'));
    disk.faults.failNextAppend(1, fault);
    expect((await finish(state.compareAndSet('one', 'two'))).result).toBe(true);
    expect(await ids.all()).toEqual(['b']);
    expect(await state.get()).toBe('two');
  });

  it('is given ten more tries, a second apart', async () => {
    disk.faults.failNextAppend(10, 'nothing');
    expect(await finish(keys.counter('tasks').add(1))).toEqual({ result: 1, tookMs: 10_000 });
  });

  it('ends in an error that names the key and the cause', async () => {
    disk.faults.full = true;
    const { result, tookMs } = await finish(keys.counter('tasks').add(1));
    expect(tookMs).toBe(10_000);
    expect(result).toBeInstanceOf(MaxRetriesError);
    expect((result as Error).message).toMatch(
      /^max retries: the key "tasks" failed 11 times, 1000 ms apart; the last time: The disk is full/,
    );
    expect((result as Error).cause).toMatchObject({ name: 'StoreFailed' });
    disk.faults.full = false;
    expect(await keys.counter('tasks').add(1)).toBe(1);
  });

  it('is tried as often and as fast as the options say', async () => {
    keys = createKeys(store, { clock, retries: 2, retryDelayMs: 50 });
    disk.faults.failNextAppend(3, 'nothing');
    const { result, tookMs } = await finish(keys.json('a').set(1));
    expect(result).toBeInstanceOf(MaxRetriesError);
    expect(tookMs).toBe(100);
  });

  it('lets what waits for its turn go on after a failure', async () => {
    disk.faults.failNextAppend(11, 'nothing');
    const failing = keys.counter('tasks').add(1);
    failing.catch(() => undefined);
    expect((await finish(keys.counter('tasks').add(2))).result).toBe(2);
    await expect(failing).rejects.toBeInstanceOf(MaxRetriesError);
  });

  // At most ten faults in all, so that no addition runs out of tries.
  it('never makes a count wrong, whatever it does', async () => {
    const addition = fc.record({
      amount: fc.integer({ min: -5, max: 5 }),
      faults: fc.array(fc.constantFrom(...faults), { maxLength: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(addition, { minLength: 1, maxLength: 5 }), async (additions) => {
        const ownDisk = createMemoryDisk();
        const counter = createKeys(await openMemoryStore(ownDisk), { clock }).counter('n');
        let sum = 0;
        for (const { amount, faults: ahead } of additions) {
          for (const fault of ahead) ownDisk.faults.failNextAppend(1, fault);
          const { result } = await finish(counter.add(amount));
          expect(result).toBe((sum += amount));
        }
      }),
    );
  });
});

describe('another writer', () => {
  it('makes an operation read again, at once', async () => {
    const counter = keys.counter('tasks');
    await counter.add(1);
    const rival = await openMemoryStore(disk, { force: true });
    await rival.append({ entries: ['term'], writes: [] }, { expect: 0 });
    const record = rival.get('tasks');
    expect(record).toBeDefined();
    expect(await finish(counter.add(1))).toEqual({ result: 2, tookMs: 0 });
  });

  it('shares the store through the append it is given', async () => {
    let conflicts = 3;
    const batches: number[] = [];
    keys = createKeys(store, {
      clock,
      append: (batch) => {
        batches.push(batch.writes.length);
        if (conflicts-- > 0) return Promise.reject(new StoreConflict('Somebody was here.'));
        return store.append({ ...batch, entries: ['shared'] }, { expect: store.position() });
      },
    });
    expect(await finish(keys.counter('tasks').add(1))).toEqual({ result: 1, tookMs: 0 });
    expect(batches).toEqual([2, 2, 2, 2]);
    expect([...store.read(1)]).toEqual([[1, 'shared']]);
  });

  it('that always gets in first ends the operation', async () => {
    const append = () => Promise.reject(new StoreConflict('Somebody was here.'));
    keys = createKeys(store, { clock, append });
    const { result } = await finish(keys.counter('tasks').add(1));
    expect(result).toBeInstanceOf(StoreConflict);
  });
});
