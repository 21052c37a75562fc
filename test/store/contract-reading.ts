/**
 * The contract of reading: what was written comes back, as a copy (I5), in the order of the keys' bytes, and
 * all in all as a plain map would have it.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch, Value } from '../../store/store.ts';
import { append, entry, everything, outcomes, put, type TestBed } from './test-bed.ts';

export function readingContract(bed: TestBed): void {
  describe('reading', () => {
    it.each<[string, Value]>([
      ['null', null],
      ['booleans', [true, false]],
      ['numbers', [0, -1, 255, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER, -1.5, 1e300]],
      ['text', 'grüße 漢字 😀 \u0000 \u001f'],
      ['bytes', new Uint8Array([0, 1, 255])],
      ['nested values', { a: [{ b: { c: [null, new Uint8Array([7])] } }], d: {}, e: [] }],
      ['large text', 'x'.repeat(256 * 1024)],
    ])('gives back %s', async (_, value) => {
      await append(bed.store, { entries: [value], writes: [{ put: 'a', value }] });
      await bed.reopen();
      expect(bed.store.get('a')).toStrictEqual(value);
      expect([...bed.store.read(1)]).toStrictEqual([[1, value]]);
      expect([...bed.store.range(everything)]).toStrictEqual([['a', value]]);
    });

    it('gives back large bytes', async () => {
      const bytes = new Uint8Array(256 * 1024).map((_, i) => i);
      await append(bed.store, put('a', bytes));
      await bed.reopen();
      expect(Buffer.compare(bed.store.get('a') as Uint8Array, bytes)).toBe(0);
    });

    it('gives copies', async () => {
      const value = { list: [1], bytes: new Uint8Array([1]) };
      await append(bed.store, { entries: [value], writes: [{ put: 'a', value }] });
      const seen = [
        bed.store.get('a'),
        [...bed.store.range(everything)][0]?.[1],
        [...bed.store.read(1)][0]?.[1],
      ] as (typeof value)[];
      for (const copy of seen) {
        copy.list.push(2);
        copy.bytes[0] = 2;
      }
      const again = [
        bed.store.get('a'),
        [...bed.store.range(everything)][0]?.[1],
        [...bed.store.read(1)][0]?.[1],
      ];
      expect(again).toStrictEqual([value, value, value]);
    });

    it('starts the journal where it is asked to', async () => {
      await append(bed.store, entry('one', 'two', 'three'));
      const numbers = (from: number) => [...bed.store.read(from)].map(([number]) => number);
      expect([0, 1, 2, 3, 4].map(numbers)).toEqual([[1, 2, 3], [1, 2, 3], [2, 3], [3], []]);
    });

    it('gives back the entries of one append from any of them on, however many and large', async () => {
      const entries = Array.from({ length: 150 }, (_, i) =>
        i % 40 === 7 ? String(i).padStart(70_000) : { n: i },
      );
      await append(bed.store, { entries: ['before'], writes: [] });
      await append(bed.store, { entries, writes: [] });
      await append(bed.store, { entries: ['after'], writes: [] });
      const all = ['before', ...entries, 'after'].map((value, i) => [i + 1, value] as const);
      for (const from of [0, 1, 2, 3, 8, 9, 10, 33, 34, 35, 66, 151, 152, 153])
        expect([...bed.store.read(from)]).toStrictEqual(all.slice(Math.max(0, from - 1)));
      await bed.reopen();
      expect(bed.store.position()).toBe(all.length);
      expect([...bed.store.read(1)]).toStrictEqual(all);
    });

    it('walks keys in byte order of their UTF-8', async () => {
      const inOrder = ['\u0000', '\u0001', ' ', 'A', 'a', 'a\u0000', 'a/1', 'aa', 'ab', '\u007f'];
      inOrder.push('ß', 'ä', '漢', '\ue000', '\uff21', '\uffff', '😀', '\u{10fffe}');
      const writes = inOrder.toReversed().map((key) => ({ put: key, value: 1 }));
      await append(bed.store, { entries: [], writes });
      expect(bed.keys()).toEqual(inOrder);
      const byBytes = inOrder.toSorted((one, other) =>
        Buffer.compare(Buffer.from(one), Buffer.from(other)),
      );
      expect(byBytes).toEqual(inOrder);
    });

    it.each<[string, string, boolean, string[]]>([
      ['a', 'c', false, ['a', 'b']],
      ['a', 'c', true, ['b', 'a']],
      ['a\u0000', 'c\u0000', false, ['b', 'c']],
      ['a\u0000', 'c\u0000', true, ['c', 'b']],
      ['', 'zz', true, ['d', 'c', 'b', 'a']],
      ['b', 'b', false, []],
      ['b', 'b', true, []],
      ['c', 'a', false, []],
      ['c', 'a', true, []],
      ['x', 'z', true, []],
      ['', '', false, []],
    ])('ranges from %j to %j (reverse: %j)', async (from, to, reverse, found) => {
      const writes = ['d', 'b', 'a', 'c'].map((key) => ({ put: key, value: key }));
      await append(bed.store, { entries: [], writes });
      expect([...bed.store.range({ from, to, reverse })]).toEqual(found.map((key) => [key, key]));
    });
  });

  it('agrees with a plain map, whatever is appended', async () => {
    const key = fc.constantFrom('a', 'b', 'b/1', 'b/2', 'ä', '漢', '\uff21', '😀', 'zz');
    const value = fc.oneof(fc.integer(), fc.string(), fc.array(fc.boolean()));
    const write = fc.oneof(
      fc.record({ put: key, value }),
      fc.record({ delete: key }),
      fc.record({ check: key, value: fc.option(value, { nil: undefined }) }),
    );
    const batch = fc.record({
      entries: fc.array(value, { maxLength: 3 }),
      writes: fc.array(write, { maxLength: 6 }),
    });
    const bounds = fc.record({ from: key, to: key, reverse: fc.boolean() });
    const model = createModel();

    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 8 }), bounds, async (batches, range) => {
        for (const one of batches) {
          const [result] = await outcomes([append(bed.store, one)]);
          expect(result).toBe(model.append(one));
        }
        expect(bed.store.position()).toBe(model.entries.length);
        expect([...bed.store.read(1)].map(([, read]) => read)).toEqual(model.entries);
        expect([...bed.store.range(everything)]).toEqual(model.range(everything));
        expect([...bed.store.range(range)]).toEqual(model.range(range));
        expect(bed.store.get(range.from)).toEqual(model.values.get(range.from));
      }),
      { numRuns: 60 },
    );
    await bed.reopen();
    expect([...bed.store.range(everything)]).toEqual(model.range(everything));
  });
}

/** The same store, in as few words as it takes. */
function createModel() {
  const entries: Value[] = [];
  const values = new Map<string, Value>();
  const bytes = (key: string) => Buffer.from(key);
  return {
    entries,
    values,
    append(batch: Batch): 'ok' | 'StoreConflict' {
      for (const write of batch.writes) {
        if (!('check' in write)) continue;
        const same = JSON.stringify(values.get(write.check)) === JSON.stringify(write.value);
        if (!same) return 'StoreConflict';
      }
      entries.push(...batch.entries);
      for (const write of batch.writes) {
        if ('put' in write) values.set(write.put, write.value);
        else if ('delete' in write) values.delete(write.delete);
      }
      return 'ok';
    },
    range({ from, to, reverse = false }: { from: string; to: string; reverse?: boolean }) {
      const found = [...values]
        .filter(([key]) => Buffer.compare(bytes(key), bytes(from)) >= 0)
        .filter(([key]) => Buffer.compare(bytes(key), bytes(to)) < 0)
        .sort(([one], [other]) => Buffer.compare(bytes(one), bytes(other)));
      return reverse ? found.reverse() : found;
    },
  };
}
