/**
 * The order of keys: the same as that of their bytes, for any text.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareKeys } from '../../store/key-order.ts';

it('orders keys as the bytes of their UTF-8', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 6 });
  const near = fc.string({
    unit: fc.constantFrom('a', '\u07ff', '\ud7ff', '\ue000', '\uffff', '😀'),
  });
  fc.assert(
    fc.property(fc.oneof(text, near), fc.oneof(text, near), (one, other) => {
      const byBytes = Buffer.compare(Buffer.from(one), Buffer.from(other));
      expect(Math.sign(compareKeys(one, other))).toBe(byBytes);
    }),
    { numRuns: 2000 },
  );
});
