/**
 * What handlers may return, and how the rest is refused.
 */
import fc from 'fast-check';
import { Packr, Unpackr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { MAX_VALUE_BYTES, toValue } from '../../handlers/value.ts';

const cycle: Record<string, unknown> = {};
cycle['self'] = { again: cycle };

describe('toValue', () => {
  it('leaves out what is undefined and makes null of nothing', () => {
    expect(toValue({ a: 1, b: undefined })).toEqual({ value: { a: 1 } });
    expect(toValue({ a: 1, b: undefined })).not.toHaveProperty('value.b');
    expect(toValue(undefined)).toEqual({ value: null });
  });

  it('copies, so that a later change by the handler changes nothing', () => {
    const given = { list: [1], bytes: new Uint8Array([1]) };
    const fitted = toValue(given);
    given.list.push(2);
    given.bytes[0] = 9;
    expect(fitted).toEqual({ value: { list: [1], bytes: new Uint8Array([1]) } });
  });

  it.each([
    ['a function', { nested: { done: () => undefined } }, 'has a function at /nested/done'],
    ['NaN', [1, NaN], 'has the number NaN at /1'],
    ['Infinity', Infinity, 'has the number Infinity at /'],
    ['a bigint', { n: 1n }, 'has a bigint at /n'],
    ['a date', { at: new Date(0) }, 'has a Date at /at'],
    ['a map', new Map(), 'has a Map at /'],
    ['undefined in a list', [undefined], 'has a undefined at /0'],
    ['half a character', { name: '\ud800' }, 'has half a character at /name'],
    ['half a character as a name', { '\ud800': 1 }, 'has half a character at /'],
    ['__proto__', JSON.parse('{"__proto__": 1}'), 'has the name __proto__ at /'],
    ['a cycle', cycle, 'contains itself or is deeper than 64 levels'],
  ])('refuses %s', (_name, given: unknown, why) => {
    expect(toValue(given)).toEqual({ why });
  });

  it('refuses what takes more than 256 KB, and takes what fills them', () => {
    const fits = 'x'.repeat(MAX_VALUE_BYTES - 5);
    expect(toValue(fits)).toEqual({ value: fits });
    expect(toValue(`${fits}x`)).toEqual({
      why: `takes ${MAX_VALUE_BYTES + 1} bytes; at most ${MAX_VALUE_BYTES} are allowed`,
    });
    expect(toValue(new Array(MAX_VALUE_BYTES).fill(0))).toHaveProperty('why');
  });

  it('survives a getter that throws', () => {
    const trap = Object.defineProperty({}, 'x', { enumerable: true, get: () => fail() });
    expect(toValue(trap)).toEqual({ why: 'cannot be read: Error: a trap' });
  });

  it('returns only what msgpack carries unchanged', () => {
    const packr = new Packr({ useRecords: false });
    const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true }), (given) => {
        const fitted = toValue(given);
        if ('value' in fitted) {
          expect(unpackr.unpack(packr.pack(fitted.value))).toEqual(positiveZero(fitted.value));
        } else expect(fitted.why).not.toBe('');
      }),
    );
  });
});

/** msgpackr writes −0 as 0. */
function positiveZero(given: unknown): unknown {
  if (typeof given === 'number') return given + 0;
  if (Array.isArray(given)) return given.map(positiveZero);
  if (typeof given !== 'object' || given === null || given instanceof Uint8Array) return given;
  return Object.fromEntries(Object.entries(given).map(([key, item]) => [key, positiveZero(item)]));
}

function fail(): never {
  throw new Error('a trap');
}
