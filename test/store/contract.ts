/**
 * What every store must do: one suite, run over each adapter.
 *
 * A harness gives the suite stores on one durable thing (a memory disk, a directory), a rival that writes
 * behind the owner's back, and a disk that can be full. Here: durability and ownership (I1, I6) and the
 * full disk; the rest is in contract-writing.ts and contract-reading.ts.
 */
import { describe, expect, it } from 'vitest';
import { type Batch, StoreFailed, StoreInUse } from '../../store/store.ts';
import { readingContract } from './contract-reading.ts';
import { writingContract } from './contract-writing.ts';
import { append, createTestBed, entry, outcomes, put, type StoreHarness } from './test-bed.ts';

export function storeContract(name: string, createHarness: () => StoreHarness): void {
  describe(`${name} as a store`, () => {
    const bed = createTestBed(createHarness);
    writingContract(bed);
    readingContract(bed);

    describe('what is durable', () => {
      it('is there after closing and opening', async () => {
        await append(bed.store, { entries: ['one', 'two'], writes: [{ put: 'a', value: [1] }] });
        await bed.reopen();
        expect(bed.store.position()).toBe(2);
        expect([...bed.store.read(2)]).toEqual([[2, 'two']]);
        expect(bed.store.get('a')).toEqual([1]);
        await append(bed.store, entry('three'));
        expect(bed.store.position()).toBe(3);
      });

      it('includes what was under way when the store was closed', async () => {
        const appends = [append(bed.store, entry('one')), append(bed.store, entry('two'))];
        await bed.reopen();
        expect(await outcomes(appends)).toEqual(['ok', 'ok']);
        expect(bed.store.position()).toBe(2);
      });

      it('has one owner at a time', async () => {
        await expect(bed.harness.open()).rejects.toBeInstanceOf(StoreInUse);
        await append(bed.store, entry('still mine'));
        await bed.reopen();
        expect(bed.store.position()).toBe(1);
      });

      it('is closed for good, and twice without harm', async () => {
        await bed.store.close();
        await bed.store.close();
        await bed.store[Symbol.asyncDispose]();
        await expect(bed.store.append(entry('x'), { expect: 0 })).rejects.toThrow(/is closed/);
        expect(() => bed.store.get('a')).toThrow(/closed/);
      });
    });

    describe('on a full disk', () => {
      const large = (): Batch => ({
        entries: ['large'],
        writes: Array.from({ length: 50 }, (_, i) => ({
          put: `large/${i}`,
          value: new Uint8Array(100_000),
        })),
      });

      it('applies nothing of the batch and works again when there is room', async () => {
        await append(bed.store, { entries: ['one'], writes: [{ put: 'a', value: 1 }] });
        bed.harness.fillDisk();
        const failure = await append(bed.store, large()).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(StoreFailed);
        expect(failure).toMatchObject({ retryable: true, outcome: 'nothing' });
        expect((failure as Error).message).toMatch(/^The disk is full/);
        expect(bed.store.position()).toBe(1);
        expect(bed.keys()).toEqual(['a']);

        bed.harness.freeDisk();
        await append(bed.store, large());
        expect(bed.store.position()).toBe(2);
        await bed.reopen();
        expect(bed.store.position()).toBe(2);
        expect(bed.keys()).toHaveLength(51);
      });

      it('refuses those that were started behind the one that failed', async () => {
        bed.harness.fillDisk();
        const appends = [append(bed.store, large()), append(bed.store, put('b', 1))];
        expect(await outcomes(appends)).toEqual(['StoreFailed', 'StoreFailed']);
        bed.harness.freeDisk();
        expect(bed.store.position()).toBe(0);
        expect(bed.keys()).toEqual([]);
        await append(bed.store, put('b', 2));
        expect(bed.store.get('b')).toBe(2);
      });
    });
  });
}
