/**
 * The contract of writing: batches (I2, I5), the order of appends, and what refuses them (I3, I4).
 */
import { describe, expect, it } from 'vitest';
import { StoreConflict, type Value } from '../../store/store.ts';
import { append, entry, everything, nothing, outcomes, put, type TestBed } from './test-bed.ts';

export function writingContract(bed: TestBed): void {
  describe('a batch', () => {
    it('starts from an empty store', () => {
      expect(bed.store.position()).toBe(0);
      expect([...bed.store.read(1)]).toEqual([]);
      expect(bed.store.get('a')).toBeUndefined();
      expect(bed.keys()).toEqual([]);
    });

    it('writes entries and values together', async () => {
      await bed.store.append(
        { entries: ['one', { two: 2 }], writes: [{ put: 'a', value: 1 }] },
        { expect: 0 },
      );
      expect(bed.store.position()).toBe(2);
      expect([...bed.store.read(1)]).toEqual([
        [1, 'one'],
        [2, { two: 2 }],
      ]);
      expect(bed.store.get('a')).toBe(1);
    });

    it('applies its writes in order', async () => {
      await append(bed.store, put('gone', 1));
      await append(bed.store, {
        entries: [],
        writes: [
          { put: 'a', value: 1 },
          { put: 'a', value: 2 },
          { delete: 'gone' },
          { delete: 'never there' },
          { put: 'b', value: 3 },
          { delete: 'b' },
        ],
      });
      expect([...bed.store.range(everything)]).toEqual([['a', 2]]);
    });

    it('may forget the oldest entries, and never the last one', async () => {
      for (let i = 1; i <= 4; i++) await append(bed.store, entry(i));
      await append(bed.store, { entries: [], writes: [], forgetBefore: 3 });
      expect([...bed.store.read(1)]).toEqual([
        [3, 3],
        [4, 4],
      ]);
      expect([...bed.store.read(2)].map(([number]) => number)).toEqual([3, 4]);
      await append(bed.store, { ...entry(5), forgetBefore: 100 });
      expect([...bed.store.read(1)]).toEqual([[5, 5]]);
      await bed.reopen();
      expect(bed.store.position()).toBe(5);
      await append(bed.store, entry(6));
      expect([...bed.store.read(1)].map(([number]) => number)).toEqual([5, 6]);
    });

    it('keeps entries that lie together with newer ones', async () => {
      await append(bed.store, { entries: [1, 2, 3], writes: [] });
      await append(bed.store, { ...entry(4), forgetBefore: 3 });
      expect([...bed.store.read(1)].map(([number]) => number)).toEqual([1, 2, 3, 4]);
    });

    it('may be empty', async () => {
      await append(bed.store, nothing);
      expect(bed.store.position()).toBe(0);
    });

    it('takes many entries', async () => {
      const entries = Array.from({ length: 10_000 }, (_, i) => ({ number: i + 1 }));
      const writes = entries.map(({ number }) => ({ put: `key/${number}`, value: number }));
      await append(bed.store, { entries, writes });
      expect(bed.store.position()).toBe(10_000);
      expect([...bed.store.read(9_999)]).toEqual([
        [9_999, { number: 9_999 }],
        [10_000, { number: 10_000 }],
      ]);
      expect(bed.keys()).toHaveLength(10_000);
    });

    it('keeps what it was given when the caller changes that later', async () => {
      const list = [1];
      const appending = append(bed.store, { entries: [list], writes: [{ put: 'a', value: list }] });
      list.push(2);
      await appending;
      expect([...bed.store.read(1)]).toEqual([[1, [1]]]);
      expect(bed.store.get('a')).toEqual([1]);
    });
  });

  describe('an append', () => {
    it('resolves in the order of the calls, without waiting for each other', async () => {
      const order: number[] = [];
      const appends = Array.from({ length: 200 }, (_, i) =>
        bed.store
          .append({ entries: [i], writes: [{ put: 'last', value: i }] }, { expect: i })
          .then(() => order.push(i)),
      );
      expect(bed.store.position()).toBe(200);
      await Promise.all(appends);
      expect(order).toEqual(Array.from({ length: 200 }, (_, i) => i));
      expect([...bed.store.read(1)]).toEqual(order.map((i) => [i + 1, i]));
      expect(bed.store.get('last')).toBe(199);
    });

    it('is refused when the journal does not end where it expects', async () => {
      await append(bed.store, entry('one'));
      for (const expected of [0, 2]) {
        const refused = bed.store.append(
          { entries: ['x'], writes: [{ put: 'a', value: 1 }] },
          { expect: expected },
        );
        await expect(refused).rejects.toBeInstanceOf(StoreConflict);
        expect(bed.store.position()).toBe(1);
      }
      expect([...bed.store.read(1)]).toEqual([[1, 'one']]);
      expect(bed.store.get('a')).toBeUndefined();
    });

    it.each<[string, Value | undefined, Value | undefined]>([
      ['the same number', 1, 1],
      ['an equal object, whatever the order of its keys', { b: 2, a: [1] }, { a: [1], b: 2 }],
      ['an object with an undefined property', { a: 1 }, { a: 1, b: undefined }],
      ['nothing where nothing is', undefined, undefined],
      ['null where null is', null, null],
    ])('passes a check for %s', async (_, present, checked) => {
      if (present !== undefined) await append(bed.store, put('a', present));
      await append(bed.store, {
        entries: [],
        writes: [
          { check: 'a', value: checked },
          { put: 'a', value: 'new' },
        ],
      });
      expect(bed.store.get('a')).toBe('new');
    });

    it.each<[string, Value | undefined, Value | undefined]>([
      ['another value', 1, 2],
      ['a value where nothing is', undefined, 1],
      ['nothing where a value is', 1, undefined],
      ['nothing where null is', null, undefined],
      ['null where nothing is', undefined, null],
    ])('is refused whole by a check for %s', async (_, present, checked) => {
      if (present !== undefined) await append(bed.store, put('a', present));
      const refused = append(bed.store, {
        entries: ['x'],
        writes: [
          { put: 'b', value: 1 },
          { check: 'a', value: checked },
        ],
      });
      await expect(refused).rejects.toBeInstanceOf(StoreConflict);
      expect(bed.store.position()).toBe(0);
      expect(bed.store.get('b')).toBeUndefined();
      expect(bed.store.get('a')).toEqual(present);
    });

    it('checks against the batches before it and not against itself', async () => {
      const check = { check: 'a', value: 1 };
      await Promise.all([
        append(bed.store, put('a', 1)),
        append(bed.store, { entries: [], writes: [{ put: 'a', value: 2 }, check] }),
      ]);
      expect(bed.store.get('a')).toBe(2);
    });

    it('takes those after it down with it, until the position is asked again', async () => {
      const result = outcomes([
        bed.store.append(entry('one'), { expect: 0 }),
        bed.store.append(entry('wrong'), { expect: 7 }),
        bed.store.append(entry('after'), { expect: 1 }),
        bed.store.append(put('a', 1), { expect: 1 }),
      ]);
      expect(await result).toEqual(['ok', 'StoreConflict', 'StoreConflict', 'StoreConflict']);
      expect(await outcomes([bed.store.append(entry('late'), { expect: 1 })])).toEqual([
        'StoreConflict',
      ]);
      expect(bed.store.position()).toBe(1);
      await bed.store.append(entry('two'), { expect: 1 });
      expect([...bed.store.read(1)]).toEqual([
        [1, 'one'],
        [2, 'two'],
      ]);
      expect(bed.store.get('a')).toBeUndefined();
    });

    it('goes through on a store opened afresh after a refusal', async () => {
      expect(await outcomes([bed.store.append(entry('wrong'), { expect: 7 })])).toEqual([
        'StoreConflict',
      ]);
      await bed.reopen();
      await bed.store.append(entry('one'), { expect: 0 });
      expect(bed.store.position()).toBe(1);
    });

    it('is refused after another writer was there', async () => {
      await append(bed.store, entry('mine'));
      await bed.harness.writeAsRival(entry('theirs'));
      expect(await outcomes([bed.store.append(entry('mine too'), { expect: 1 })])).toEqual([
        'StoreConflict',
      ]);
      expect(bed.store.position()).toBe(2);
      expect([...bed.store.read(2)]).toEqual([[2, 'theirs']]);
    });

    it.each([
      ['empty', ''],
      ['longer than 1978 bytes', 'k'.repeat(1979)],
      ['longer than 1978 bytes of UTF-8', 'ü'.repeat(990)],
      ['not well-formed', 'a\ud800b'],
    ])('is refused when a key is %s', async (_, key) => {
      const refused = append(bed.store, { entries: ['x'], writes: [{ put: key, value: 1 }] });
      await expect(refused).rejects.toThrow(/use well-formed text of 1 to 1978 bytes/);
      expect(bed.store.position()).toBe(0);
      await append(bed.store, put('k'.repeat(1978), 1));
      expect(bed.store.get('k'.repeat(1978))).toBe(1);
    });
  });
}
