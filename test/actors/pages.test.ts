/** Lists and logs that are read piece by piece: nothing is missing or twice, and each piece is bounded. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryList } from '../../actors/entry-row.ts';
import { history } from '../../actors/history.ts';
import {
  pageOfSubTransactions,
  subRowOf,
  type SubTransactionFilter,
} from '../../actors/queries.ts';
import { readLog } from '../../actors/read-log.ts';
import { key } from '../../actors/records.ts';
import { listOf } from '../../actors/sub-row.ts';
import type { KeyRange, Store } from '../../store/store.ts';
import { createMemoryDisk, openMemoryStore } from '../../store/memory.ts';
import { Cluster, endless } from './cluster.ts';
import { HandMade } from './hand-made.ts';

describe('pages of sub-transactions', () => {
  const all = (store: Store, filter: SubTransactionFilter, limit: number) => {
    const ids: string[] = [];
    let pages = 0;
    for (let after: number | null = 0; after !== null; pages++) {
      const page = pageOfSubTransactions(store, { ...filter, after }, limit);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      ids.push(...page.items.map(({ id }) => id));
      after = page.next;
    }
    return { ids, pages };
  };

  it.each([1, 2, 3, 4, 100])('have at most %i and all together', async (limit) => {
    const made = await HandMade.open();
    for (const id of ['a', 'b', 'c', 'd']) {
      await made.sub(id, [], { row: { job: id === 'b' ? 'other' : 'mine', generation: 1 } });
    }
    expect(all(made.store, {}, limit).ids).toEqual(['a', 'b', 'c', 'd']);
    expect(all(made.store, { job: 'mine' }, limit).ids).toEqual(['a', 'c', 'd']);
  });

  it('look at so many rows and no more, and go on after them', async () => {
    const made = await HandMade.open();
    const { store } = made;
    await made.sub('x1', []);
    const one = subRowOf(store, 'x1');
    const writes = Array.from({ length: 24_999 }, (_, n) => {
      const row = {
        ...one,
        birth: n + 2,
        id: `x${n + 2}`,
        state: n === 24_998 ? 'done' : 'queued',
      } as const;
      return { put: key.sub(row.birth), value: listOf(row) };
    });
    await store.append({ entries: [], writes }, { expect: store.position() });
    const rare = { states: ['done'] } as const;
    const first = pageOfSubTransactions(store, rare, 10);
    expect(first).toEqual({ items: [], next: 10_000 });
    expect(all(store, rare, 10)).toEqual({ ids: ['x25000'], pages: 3 });
    expect(all(store, { job: 'none' }, 10)).toEqual({ ids: [], pages: 1 });
  });

  it('find what is in flight without looking at the rest', async () => {
    const cluster = await Cluster.start(['a1'], {}, 2);
    cluster.behave = (id) => (id.startsWith('long') ? endless : { ...endless, afterMs: 60 });
    for (const id of ['short1', 'long1', 'short2', 'long2', 'short3', 'long3']) {
      await cluster.submit(id);
      await cluster.advance(100);
    }
    const { store } = cluster.controller;
    const looked: string[] = [];
    const watched: Store = {
      ...store,
      get: (name) => store.get(name),
      range: (range) => {
        looked.push(range.from);
        return store.range(range);
      },
    };
    const flying = ['sent', 'received', 'inProgress', 'idle', 'cancelling'] as const;
    const { ids } = all(watched, { states: flying }, 1);
    expect(ids).toEqual(['long1', 'long2']);
    expect(looked.every((from) => from.startsWith('flight/'))).toBe(true);
    const [first] = pageOfSubTransactions(store, { states: flying }, 1).items;
    expect(first).toMatchObject({ sentAt: expect.any(String) as unknown, endedAt: null });
    expect(all(store, { states: ['inProgress', 'queued'] }, 10).ids).toContain('long3');
  });
});

describe('pages of the history', () => {
  it('look at so many facts and no more, and go on after them', async () => {
    const store = await openMemoryStore(createMemoryDisk());
    const entries = Array.from({ length: 25_000 }, (_, n) =>
      entryList({ at: n, kind: n === 24_999 ? 'rare' : 'many', subject: 'controller' }),
    );
    await store.append({ entries, writes: [] }, { expect: 0 });
    const filter = { kinds: ['rare'] };
    expect(history(store, filter)).toEqual({ items: [], next: 10_000 });
    expect(history(store, { ...filter, after: 10_000 })).toEqual({ items: [], next: 20_000 });
    expect(history(store, { ...filter, after: 20_000 })).toMatchObject({
      items: [{ n: 25_000 }],
      next: null,
    });
  });
});

describe('a log that is read from the middle', () => {
  it('has the bytes from there on, whatever pieces it is kept in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 8 }),
        fc.nat(80),
        async (sizes, from) => {
          const made = await HandMade.open();
          const birth = await made.sub('x', [
            [0, { kind: 'assign', attempt: 1, agent: 'a1', boot: 1, state: 'sent' }],
          ]);
          const whole = Buffer.from(Array.from({ length: 72 }, (_, n) => n));
          let length = 0;
          const offsets: number[] = [];
          for (const size of sizes) {
            offsets.push(length);
            await made.put(key.log(birth, 1, length), whole.subarray(length, length + size));
            length += size;
          }
          await made.put(key.logged(birth, 1), length);
          const starts: string[] = [];
          const watched: Store = Object.assign(Object.create(made.store) as Store, {
            range(range: KeyRange) {
              if (range.from.startsWith('log/') && range.reverse !== true) starts.push(range.from);
              return made.store.range(range);
            },
          });
          const { chunks, ...log } = readLog(watched, 'x', { from });
          expect(Buffer.concat([...chunks])).toEqual(
            whole.subarray(Math.min(from, length), length),
          );
          expect(log).toMatchObject({ length, attempt: 1 });
          // It begins at the last piece that begins there or before, not at the first.
          const piece = offsets.findLast((offset) => offset <= from) ?? 0;
          expect(starts).toEqual([key.log(birth, 1, piece)]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
