/**
 * How a value becomes bytes and comes back, the same for every adapter.
 *
 * msgpack without extensions: no records, no classes, no dates. Properties that are `undefined` are left
 * out. Decoding copies binary parts, so that nothing read ever shares memory with what is stored (I5).
 */
import { isDeepStrictEqual } from 'node:util';
import { Packr } from 'msgpackr';
import type { Value } from './store.ts';

const plain = { useRecords: false, variableMapSize: true, moreTypes: false, copyBuffers: true };
const packr = new Packr(plain);

/** It makes a list of the keys of each object, which few values need. `skipValues` is missing from the package's types. */
const leavingOut = new Packr({ ...plain, ...{ skipValues: [undefined] } });

/** null, the value of every key that is there for its own sake. */
const NIL = 0xc0;

export function encode(value: Value): Uint8Array {
  const by = isOrHoldsUndefined(value) ? leavingOut : packr;
  return by.pack(value);
}

/** Of a list or an object: whether a property somewhere in it is undefined. */
function holdsUndefined(value: object): boolean {
  if (value instanceof Uint8Array) return false;
  if (Array.isArray(value)) {
    for (const part of value as unknown[]) if (isOrHoldsUndefined(part)) return true;
    return false;
  }
  for (const name in value)
    if (isOrHoldsUndefined((value as Record<string, unknown>)[name])) return true;
  return false;
}

const isOrHoldsUndefined = (value: unknown): boolean =>
  typeof value === 'object' ? value !== null && holdsUndefined(value) : value === undefined;

export function decode(bytes: Uint8Array): Value {
  if (bytes.length === 1 && bytes[0] === NIL) return null;
  // A plain view, because parts cut from a Buffer would be Buffers again.
  return packr.unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)) as Value;
}

/** Whether two encoded values mean the same, whatever the order of their properties. */
export function sameValue(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return isDeepStrictEqual(decode(one), decode(other));
}
