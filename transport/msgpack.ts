/**
 * Values to bytes and back: msgpack without extensions, so that what arrives is plain data.
 *
 * Written: null, booleans, finite numbers, text, bytes, arrays, plain objects. A property that is
 * undefined is left out, as JSON does; −0 arrives as 0. Whoever packs data of users has it checked first
 * (value.ts), for the packer changes silently what it does not know.
 *
 * Read: whatever bytes come, `unpack` does not throw. What it returns shares no memory with the message,
 * has no class but Uint8Array, and no key twice.
 */
import { Packr, RESERVE_START_SPACE } from 'msgpackr';
import { scanMsgpack, type ScanFault } from './msgpack-scan.ts';

const plain = {
  useRecords: false,
  variableMapSize: true,
  mapsAsObjects: true,
  moreTypes: false,
  structuredClone: false,
  useToJSON: false,
  int64AsType: 'number',
} as const;
const packr = new Packr(plain);

/** It makes a list of the keys of each object, which few values need. `skipValues` is missing from the package's types. */
const leavingOut = new Packr({ ...plain, ...{ skipValues: [undefined] } });

export type Unpacked =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: ScanFault };

/** The encoded value behind `reserve` bytes (0 to 255) that are the caller's to fill. */
export function pack(value: unknown, reserve = 0): Uint8Array {
  const by = isOrHoldsUndefined(value) ? leavingOut : packr;
  return by.pack(value, RESERVE_START_SPACE + reserve);
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

/** How many bytes the value takes when it is encoded, so that a sender knows what still fits into a frame. */
export function encodedBytes(value: unknown): number {
  return pack(value).length;
}

/**
 * Decodes the value that fills `bytes` from `from` to the end. Never throws.
 *
 * @param depthMax how many arrays and objects may lie within each other
 */
export function unpack(bytes: Uint8Array, from: number, depthMax: number): Unpacked {
  const scan = scanMsgpack(bytes, from, depthMax);
  if (scan.fault !== null) return { ok: false, why: scan.fault };
  try {
    const holder: Record<string, unknown> = { value: packr.unpack(bytes.subarray(from)) };
    return own(holder) === scan.mapEntries + 1
      ? { ok: true, value: holder['value'] }
      : { ok: false, why: 'shape' };
  } catch {
    return { ok: false, why: 'msgpack' };
  }
}

/**
 * Replaces views of the message by copies and counts the keys of all objects. Fewer keys than the scan
 * saw entries means that one came twice, and two readers might not agree which one counts.
 */
function own(container: object): number {
  let keys = 0;
  if (Array.isArray(container)) {
    for (const [index, item] of container.entries()) {
      if (typeof item !== 'object' || item === null) continue;
      if (item instanceof Uint8Array) container[index] = new Uint8Array(item);
      else keys += own(item as object);
    }
    return keys;
  }
  const object = container as Record<string, unknown>;
  for (const key in object) {
    keys++;
    const item = object[key];
    if (typeof item !== 'object' || item === null) continue;
    if (item instanceof Uint8Array) object[key] = new Uint8Array(item);
    else keys += own(item);
  }
  return keys;
}
