/**
 * What users may send: inputs, results, progress. Checked before it is recorded or packed.
 *
 * Carried as it is: null, booleans, finite numbers, well-formed text, Uint8Array, arrays, plain objects
 * (a property that is undefined counts as absent). Refused, with the place named: whatever would arrive
 * as something else. Dates, maps, sets and instances of classes would become objects without their
 * methods; a Float32Array would even carry memory that is nobody's business.
 */
import { encodedBytes } from './msgpack.ts';

/** Largest encoded input, result or progress in bytes: 256 KB. */
export const MAX_VALUE_BYTES = 262_144;

/** How many arrays and objects may lie within each other. */
export const MAX_VALUE_DEPTH = 64;

/** A value that cannot be sent. The message names the place and says what to do. */
export class ValueRefused extends Error {
  override readonly name = 'ValueRefused';
  readonly retryable = false;
}

/**
 * Returns the encoded size in bytes of a value that can be sent.
 *
 * @param what what the value is, for the sentence and as the root of the path: "input", "result"
 * @throws {ValueRefused} naming the first place that cannot be sent, or the size
 */
export function checkValue(value: unknown, what: string): number {
  // Every item takes a byte at least, so a walk of more steps means that the value is too large. It also
  // ends the walk through an object that is reached along a million paths.
  const walk: Walk = { within: new Set(), itemsLeft: MAX_VALUE_BYTES };
  const flaw = flawOf(value, walk);
  if (flaw)
    throw new ValueRefused(`The ${what} cannot be sent: ${what}${flaw.path} ${flaw.sentence}.`);
  const bytes = walk.itemsLeft < 0 ? Infinity : encodedBytes(value);
  if (bytes > MAX_VALUE_BYTES) {
    const size = bytes === Infinity ? 'too large' : `${Math.ceil(bytes / 1024)} KB`;
    throw new ValueRefused(
      `The ${what} is ${size}; at most ${MAX_VALUE_BYTES / 1024} KB can be sent, so send a path or a key of the data instead.`,
    );
  }
  return bytes;
}

interface Walk {
  /** The arrays and objects that the present place lies in. */
  readonly within: Set<object>;
  itemsLeft: number;
}

/** What is wrong at `path`, as the end of a sentence that begins with the path. */
interface Flaw {
  readonly path: string;
  readonly sentence: string;
}

function flawOf(value: unknown, walk: Walk): Flaw | undefined {
  if (--walk.itemsLeft < 0) return undefined;
  switch (typeof value) {
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : here(`is ${value}; send a finite number or null`);
    case 'string':
      return loneSurrogate.test(value)
        ? here('has half a character (a lone surrogate); cut text between characters')
        : undefined;
    case 'object':
      return value === null || value instanceof Uint8Array
        ? undefined
        : flawOfContainer(value, walk);
    case 'undefined':
      return here('is undefined; leave it out or send null');
    case 'bigint':
      return here('is a bigint; send it as a number or as text');
    case 'function':
    case 'symbol':
      return here(`is a ${typeof value}; send data only`);
  }
}

const loneSurrogate = /\p{Surrogate}/u;

function flawOfContainer(value: object, walk: Walk): Flaw | undefined {
  if (walk.within.has(value)) return here('contains itself; send a tree without cycles');
  if (walk.within.size >= MAX_VALUE_DEPTH)
    return here(`lies deeper than ${MAX_VALUE_DEPTH} levels; send it flatter`);
  walk.within.add(value);
  const flaw = Array.isArray(value) ? flawOfItems(value, walk) : flawOfProperties(value, walk);
  walk.within.delete(value);
  return flaw;
}

function flawOfItems(items: readonly unknown[], walk: Walk): Flaw | undefined {
  for (let index = 0; index < items.length && walk.itemsLeft >= 0; index++) {
    const flaw = flawOf(items[index], walk);
    if (flaw) return { ...flaw, path: `[${index}]${flaw.path}` };
  }
  return undefined;
}

function flawOfProperties(value: object, walk: Walk): Flaw | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return here(refusalOfClass(value));
  for (const [key, item] of Object.entries(value)) {
    if (walk.itemsLeft < 0) return undefined;
    if (item === undefined) continue;
    const flaw = flawOfKey(key) ?? flawOf(item, walk);
    if (flaw) return { ...flaw, path: `${step(key)}${flaw.path}` };
  }
  return undefined;
}

function flawOfKey(key: string): Flaw | undefined {
  if (key === '__proto__') return here('has a name that no object may carry; rename it');
  return loneSurrogate.test(key)
    ? here('has half a character in its name; cut text between characters')
    : undefined;
}

function refusalOfClass(value: object): string {
  if (value instanceof Date) return 'is a Date; send its ISO text or its milliseconds';
  if (value instanceof Map) return 'is a Map; send Object.fromEntries(map) or a list of pairs';
  if (value instanceof Set) return 'is a Set; send a list: [...set]';
  if (value instanceof Error) return 'is an Error; send its message as text';
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return `is ${article(value)}; send a Uint8Array of its bytes or a list of numbers`;
  }
  return `is ${article(value)}; send a plain object`;
}

function article(value: object): string {
  const { constructor } = value as { constructor?: unknown };
  const name =
    typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'class';
  return `${/^[AEIOU]/i.test(name) ? 'an' : 'a'} ${name} instance`;
}

function step(key: string): string {
  return /^[A-Za-z_$][\w$]{0,60}$/.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 60))}]`;
}

function here(sentence: string): Flaw {
  return { path: '', sentence };
}
