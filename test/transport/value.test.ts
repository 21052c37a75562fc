/**
 * What users may send. The property at the end holds the two halves together: what `checkValue` lets
 * through arrives as it was.
 */
import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodedBytes, pack, unpack } from '../../transport/msgpack.ts';
import {
  checkValue,
  MAX_VALUE_BYTES,
  MAX_VALUE_DEPTH,
  ValueRefused,
} from '../../transport/value.ts';

class Point {
  readonly x = 1;
}

function nested(levels: number): unknown {
  let value: unknown = null;
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { in: value };
  return value;
}

function cyclic(): unknown {
  const list: unknown[] = [];
  list.push({ back: list });
  return { list };
}

/** A list that holds the next one twice, and so on: few objects, 2^40 ways through them. */
function shared(): unknown {
  let value: unknown = [];
  for (let level = 0; level < 40; level++) value = [value, value];
  return value;
}

describe('checkValue', () => {
  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'input is undefined; leave it out or send null'],
    [
      'undefined in a list',
      { a: [1, undefined] },
      'input.a[1] is undefined; leave it out or send null',
    ],
    ['a hole in a list', [1, , 3], 'input[1] is undefined; leave it out or send null'],
    ['NaN', { n: NaN }, 'input.n is NaN; send a finite number or null'],
    ['an infinity', [-Infinity], 'input[0] is -Infinity; send a finite number or null'],
    ['a bigint', { n: 1n }, 'input.n is a bigint; send it as a number or as text'],
    ['a function', { f: () => 1 }, 'input.f is a function; send data only'],
    ['a symbol', [Symbol('s')], 'input[0] is a symbol; send data only'],
    ['a Date', { at: new Date(0) }, 'input.at is a Date; send its ISO text or its milliseconds'],
    ['a Map', new Map([[1, 2]]), 'input is a Map; send Object.fromEntries(map) or a list of pairs'],
    ['a Set', new Set([1]), 'input is a Set; send a list: [...set]'],
    ['an Error', new Error('no'), 'input is an Error; send its message as text'],
    ['a RegExp', /a/, 'input is a RegExp instance; send a plain object'],
    [
      'an instance of a class',
      { p: new Point() },
      'input.p is a Point instance; send a plain object',
    ],
    ['a Promise', Promise.resolve(), 'input is a Promise instance; send a plain object'],
    [
      'a Float32Array',
      new Float32Array(64),
      'input is a Float32Array instance; send a Uint8Array of its bytes or a list of numbers',
    ],
    [
      'an Int8Array',
      new Int8Array(1),
      'input is an Int8Array instance; send a Uint8Array of its bytes or a list of numbers',
    ],
    [
      'an ArrayBuffer',
      new ArrayBuffer(1),
      'input is an ArrayBuffer instance; send a Uint8Array of its bytes or a list of numbers',
    ],
    [
      'a DataView',
      new DataView(new ArrayBuffer(1)),
      'input is a DataView instance; send a Uint8Array of its bytes or a list of numbers',
    ],
    ['a boxed string', Object('x'), 'input is a String instance; send a plain object'],
    [
      'half a character',
      ['🦊'.slice(0, 1)],
      'input[0] has half a character (a lone surrogate); cut text between characters',
    ],
    [
      'half a character in a name',
      { '\udc00': 1 },
      'input["\\udc00"] has half a character in its name; cut text between characters',
    ],
    [
      'the name __proto__',
      JSON.parse('{"a":{"__proto__":1}}'),
      'input.a.__proto__ has a name that no object may carry; rename it',
    ],
    ['a cycle', cyclic(), 'input.list[0].back contains itself; send a tree without cycles'],
    [
      'a name with spaces',
      { 'a b': { c: NaN } },
      'input["a b"].c is NaN; send a finite number or null',
    ],
  ])('refuses %s and says where', (_name, value, sentence) => {
    expect(() => checkValue(value, 'input')).toThrow(
      new ValueRefused(`The input cannot be sent: ${sentence}.`),
    );
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['nested data', { a: [1, 'two', { three: true }], b: null, c: new Uint8Array([1, 2]) }],
    ['a Buffer', Buffer.from('x')],
    ['an object without prototype', Object.assign(Object.create(null) as object, { a: 1 })],
    ['an undefined property', { a: 1, b: undefined }],
    ['the same object twice', ((o) => [o, o])({ a: 1 })],
    ['telling names', { constructor: 'x', toJSON: 'y', hasOwnProperty: null }],
    ['whole surrogate pairs', '🦊'],
    ['the deepest value', nested(MAX_VALUE_DEPTH)],
  ])('accepts %s', (_name, value) => {
    expect(checkValue(value, 'input')).toBe(encodedBytes(value));
  });

  it('refuses a value that is nested too deep', () => {
    expect(() => checkValue(nested(MAX_VALUE_DEPTH + 1), 'result')).toThrow(
      /^The result cannot be sent: result(\.in|\[0\]){64} lies deeper than 64 levels; send it flatter\.$/,
    );
  });

  it('accepts 256 KB and refuses one byte more, naming the size', () => {
    const header = 5;
    expect(checkValue(new Uint8Array(MAX_VALUE_BYTES - header), 'input')).toBe(MAX_VALUE_BYTES);
    expect(() => checkValue(new Uint8Array(MAX_VALUE_BYTES - header + 1), 'input')).toThrow(
      ValueRefused,
    );
    expect(() => checkValue('x'.repeat(300 * 1024 - header), 'input')).toThrow(
      'The input is 300 KB; at most 256 KB can be sent, so send a path or a key of the data instead.',
    );
  });

  it('ends quickly when few objects make an endless value', () => {
    expect(() => checkValue(shared(), 'input')).toThrow(
      'The input is too large; at most 256 KB can be sent, so send a path or a key of the data instead.',
    );
  });

  it('refuses a list of more items than may be sent', () => {
    expect(() => checkValue(new Array(MAX_VALUE_BYTES + 1).fill(0), 'input')).toThrow(
      'The input is too large',
    );
  });

  it('lets nothing through that would arrive as something else', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
    });
    let accepted = 0;
    fc.assert(
      fc.property(anything, (value) => {
        try {
          checkValue(value, 'input');
        } catch (error) {
          expect(error).toBeInstanceOf(ValueRefused);
          return;
        }
        accepted++;
        deepStrictEqual(unpack(pack(value), 0, MAX_VALUE_DEPTH), {
          ok: true,
          value: arrival(value),
        });
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(200);
  });
});

/** The value as it may arrive: undefined properties absent, every prototype plain, no −0. */
function arrival(value: unknown): unknown {
  if (typeof value === 'number') return value + 0;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(arrival);
  const properties = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(properties.map(([key, item]) => [key, arrival(item)]));
}
