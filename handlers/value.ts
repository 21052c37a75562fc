/**
 * The gate for what handlers return: a fresh copy that msgpack carries without extensions, or the reason
 * why there is none.
 *
 * Handlers are other people's code. A class instance, a cycle or ten megabytes must fail that one
 * attempt with a sentence its author understands, never a frame of the link.
 */
import { Packr } from 'msgpackr';
import type { Value } from './handler.ts';

/** Largest input or result of a task, packed: 256 KB. */
export const MAX_VALUE_BYTES = 256 * 1024;
/** How many lists and objects may lie within each other; the same as on the link. */
const MAX_DEPTH = 64;

const packr = new Packr({ useRecords: false });
const loneSurrogate = /\p{Surrogate}/u;

/**
 * Copies `given`, leaving out properties that are undefined. Undefined itself becomes null.
 *
 * @returns the copy, or `why` as the end of a sentence: 'has a function at /done'
 */
export function toValue(given: unknown): { readonly value: Value } | { readonly why: string } {
  let nodes = 0;
  const copy = (from: unknown, path: string, depth: number): Value => {
    nodes += 1;
    // Every part takes a byte at least, so this many are too large whatever they are.
    if (nodes > MAX_VALUE_BYTES) throw new Unfit(`has more than ${MAX_VALUE_BYTES} parts`);
    if (depth > MAX_DEPTH) throw new Unfit(`contains itself or is deeper than ${MAX_DEPTH} levels`);
    if (from === null || typeof from === 'boolean') return from;
    if (typeof from === 'string') return wellFormed(from, path);
    if (typeof from === 'number' && Number.isFinite(from)) return from;
    if (typeof from !== 'object') throw new Unfit(`has ${kindOf(from)} at ${path || '/'}`);
    if (from instanceof Uint8Array) return Uint8Array.from(from);
    if (Array.isArray(from)) {
      return from.map((item, index) => copy(item, `${path}/${index}`, depth + 1));
    }
    const prototype: unknown = Object.getPrototypeOf(from);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new Unfit(`has ${kindOf(from)} at ${path || '/'}`);
    }
    return Object.fromEntries(
      Object.entries(from)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => {
          if (key === '__proto__') throw new Unfit(`has the name __proto__ at ${path || '/'}`);
          return [wellFormed(key, path), copy(item, `${path}/${key}`, depth + 1)];
        }),
    );
  };
  try {
    const value = copy(given ?? null, '', 0);
    const bytes = packedBytes(value);
    if (bytes > MAX_VALUE_BYTES) {
      return { why: `takes ${bytes} bytes; at most ${MAX_VALUE_BYTES} are allowed` };
    }
    return { value };
  } catch (error) {
    if (error instanceof Unfit) return { why: error.message };
    // A getter or a proxy of the handler's may throw anything.
    return { why: `cannot be read: ${String(error)}` };
  }
}

/** Packed size of a value. */
export const packedBytes = (value: Value): number => packr.pack(value).length;

class Unfit extends Error {}

function wellFormed(text: string, path: string): string {
  if (loneSurrogate.test(text)) throw new Unfit(`has half a character at ${path || '/'}`);
  return text;
}

function kindOf(given: unknown): string {
  if (typeof given === 'number') return `the number ${given}`;
  if (typeof given !== 'object' || given === null) return `a ${typeof given}`;
  const { constructor } = given as { constructor?: unknown };
  return `a ${typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'class instance'}`;
}
