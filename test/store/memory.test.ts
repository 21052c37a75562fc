/**
 * The memory store: the contract, and what a disk that fails, lies or loses its process does to it.
 */
import { describe, expect, it } from 'vitest';
import { createMemoryDisk, openMemoryStore, readMemoryDisk } from '../../store/memory.ts';
import { StoreFailed, StoreInUse } from '../../store/store.ts';
import { storeContract } from './contract.ts';

storeContract('memory', () => {
  const disk = createMemoryDisk();
  return {
    open: () => openMemoryStore(disk),
    async writeAsRival(batch) {
      const rival = await openMemoryStore(disk, { force: true });
      await rival.append(batch, { expect: rival.position() });
      await rival.close();
    },
    fillDisk: () => (disk.faults.full = true),
    freeDisk: () => (disk.faults.full = false),
    dispose: () => undefined,
  };
});

/** A store with the entries 'one' and 'two' on its disk. */
async function openWithTwo() {
  const disk = createMemoryDisk();
  const store = await openMemoryStore(disk);
  await store.append({ entries: ['one'], writes: [{ put: 'a', value: 1 }] }, { expect: 0 });
  await store.append({ entries: ['two'], writes: [{ put: 'a', value: 2 }] }, { expect: 1 });
  return { disk, store };
}

/** Whether a promise has settled once everything that can happen now has happened. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  for (let i = 0; i < 20; i++) await Promise.resolve();
  return settled;
}

describe('a held sync', () => {
  it('keeps appends waiting and out of sight until it is released', async () => {
    const { disk, store } = await openWithTwo();
    disk.faults.holdSync();
    const appending = store.append({ entries: ['three'], writes: [] }, { expect: 2 });
    expect(await isSettled(appending)).toBe(false);
    expect(store.position()).toBe(3);
    expect([...store.read(3)]).toEqual([]);
    disk.faults.releaseSync();
    await appending;
    expect([...store.read(3)]).toEqual([[3, 'three']]);
  });

  it('gathers what comes meanwhile into one group', async () => {
    const runs: (() => void)[] = [];
    const store = await openMemoryStore(createMemoryDisk({ schedule: (run) => runs.push(run) }));
    const appends = [0, 1, 2].map((i) => store.append({ entries: [i], writes: [] }, { expect: i }));
    expect(runs).toHaveLength(1);
    runs[0]?.();
    await Promise.all(appends);
    expect(runs).toHaveLength(1);
  });
});

describe('a crash', () => {
  it.each([0, 1, 2])('keeps %i of the batches that were not synced', async (keepUnsynced) => {
    const { disk, store } = await openWithTwo();
    disk.faults.holdSync();
    const appends = [2, 3].map((expected) =>
      store.append(
        { entries: [expected + 1], writes: [{ put: 'a', value: expected + 1 }] },
        { expect: expected },
      ),
    );
    disk.crash({ keepUnsynced });
    disk.faults.releaseSync();
    const after = await openMemoryStore(disk);
    expect(after.position()).toBe(2 + keepUnsynced);
    expect(after.get('a')).toBe(2 + keepUnsynced);
    await after.append({ entries: ['new'], writes: [] }, { expect: 2 + keepUnsynced });
    for (const appending of appends) expect(await isSettled(appending)).toBe(false);
  });

  it('loses the tail of a disk that lied about its syncs', async () => {
    const { disk, store } = await openWithTwo();
    expect(store.position()).toBe(2);
    disk.crash({ loseSynced: 1 });
    const after = await openMemoryStore(disk);
    expect([...after.read(1)]).toEqual([[1, 'one']]);
    expect(after.get('a')).toBe(1);
    await after.append({ entries: ['new'], writes: [] }, { expect: 1 });
    disk.crash({ loseSynced: 2 });
    expect((await openMemoryStore(disk)).position()).toBe(0);
  });

  it('has entries again that a lost batch had forgotten', async () => {
    const { disk, store } = await openWithTwo();
    await store.append({ entries: ['three'], writes: [], forgetBefore: 3 }, { expect: 2 });
    expect([...store.read(1)]).toEqual([[3, 'three']]);
    disk.crash({ loseSynced: 1 });
    expect([...(await openMemoryStore(disk)).read(1)].map(([number]) => number)).toEqual([1, 2]);
  });

  it('refuses to lose more than the disk remembers', async () => {
    const { disk } = await openWithTwo();
    expect(disk.recallable).toBe(2);
    expect(() => disk.crash({ loseSynced: 3 })).toThrow(/cannot lose 3/);
  });

  it('ends the hold of the process, whose store then refuses everything', async () => {
    const { disk, store } = await openWithTwo();
    await expect(openMemoryStore(disk)).rejects.toBeInstanceOf(StoreInUse);
    disk.crash();
    const after = await openMemoryStore(disk);
    expect(() => store.get('a')).toThrow(/has crashed/);
    expect(() => store.position()).toThrow(/has crashed/);
    await expect(store.append({ entries: ['x'], writes: [] }, { expect: 2 })).rejects.toThrow(
      /has crashed/,
    );
    await store.close();
    await expect(openMemoryStore(disk)).rejects.toBeInstanceOf(StoreInUse);
    expect(after.position()).toBe(2);
  });
});

describe('a copy', () => {
  it('has what lay on the disk then, and nobody holds it', async () => {
    const { disk, store } = await openWithTwo();
    const copy = disk.copy();
    await store.append({ entries: ['three'], writes: [{ delete: 'a' }] }, { expect: 2 });
    const later = await openMemoryStore(copy);
    expect([...later.read(1)]).toEqual([
      [1, 'one'],
      [2, 'two'],
    ]);
    expect(later.get('a')).toBe(2);
    await later.append({ entries: [], writes: [{ put: 'a', value: 3 }] }, { expect: 2 });
    expect(store.get('a')).toBeUndefined();
    expect(copy.recallable).toBe(1);
  });
});

describe('a reader of a disk', () => {
  it('sees what lies there, whoever holds it, and writes nothing', async () => {
    const { disk, store } = await openWithTwo();
    const reader = readMemoryDisk(disk);
    await store.append({ entries: [], writes: [{ put: 'b', value: 3 }] }, { expect: 2 });
    disk.crash();
    expect(reader.position()).toBe(2);
    expect([...reader.read(2)]).toEqual([[2, 'two']]);
    expect([...reader.range({ from: 'a', to: 'z' })]).toEqual([
      ['a', 2],
      ['b', 3],
    ]);
    await expect(reader.append({ entries: [], writes: [] }, { expect: 2 })).rejects.toThrow(
      'open the disk to write',
    );
  });
});

describe('a failed write', () => {
  it.each([
    ['nothing', 'nothing', 2],
    ['lost', 'unknown', 2],
    ['applied', 'unknown', 3],
  ] as const)('that is %s says %s and leaves %i entries', async (fault, outcome, entries) => {
    const { disk, store } = await openWithTwo();
    disk.faults.failNextAppend(1, fault);
    const failure = await store
      .append({ entries: ['three'], writes: [] }, { expect: 2 })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreFailed);
    expect(failure).toMatchObject({ outcome });
    expect(store.position()).toBe(entries);
    await store.append({ entries: ['more'], writes: [] }, { expect: entries });
  });

  it('repeats as often as it is told to', async () => {
    const { disk, store } = await openWithTwo();
    disk.faults.failNextAppend(2, 'nothing');
    const tries: boolean[] = [];
    for (let i = 0; i < 3; i++) {
      const appending = store.append({ entries: [], writes: [] }, { expect: store.position() });
      tries.push(
        await appending.then(
          () => true,
          () => false,
        ),
      );
    }
    expect(tries).toEqual([false, false, true]);
  });

  it('takes the appends behind it down', async () => {
    const { disk, store } = await openWithTwo();
    disk.faults.failNextAppend(1, 'applied');
    const [first, second] = await Promise.allSettled([
      store.append({ entries: ['three'], writes: [] }, { expect: 2 }),
      store.append({ entries: ['four'], writes: [] }, { expect: 3 }),
    ]);
    expect(first).toMatchObject({ status: 'rejected', reason: { outcome: 'unknown' } });
    expect(second).toMatchObject({ status: 'rejected', reason: { outcome: 'nothing' } });
    expect(store.position()).toBe(3);
  });
});

describe('a second owner by force', () => {
  it('keeps the disk when the first one closes', async () => {
    const { disk, store } = await openWithTwo();
    const second = await openMemoryStore(disk, { force: true });
    await store.close();
    await expect(openMemoryStore(disk)).rejects.toBeInstanceOf(StoreInUse);
    await second.close();
    expect((await openMemoryStore(disk)).position()).toBe(2);
  });
});
