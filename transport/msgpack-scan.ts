/**
 * Looks over msgpack bytes before they are decoded, and lets through just the plain part of the format.
 *
 *   let through   nil, booleans, finite numbers (integers to ±2^53), text, bytes, arrays, maps with text keys
 *   'msgpack'     cut short, or bytes left over
 *   'shape'       extensions of any kind, 0xc1, other keys than text, the key __proto__, NaN and infinities,
 *                 larger integers, nesting deeper than allowed
 *
 * The decoder behind it obeys extensions that nobody asked for (records that compile code, dates, sets,
 * regular expressions, pointers), so such bytes must not reach it. The scan allocates nothing, and every
 * item takes a byte at least, so its cost is bounded by the size of the message.
 */

/** `msgpack`: these bytes are none. `shape`: they hold what no message may hold. */
export type ScanFault = 'msgpack' | 'shape';

/** What the scan saw: the fault, or how many entries all maps have together. */
export type Scan =
  { readonly fault: ScanFault } | { readonly fault: null; readonly mapEntries: number };

const MALFORMED = -1;
const FORBIDDEN = -2;

/** Integers from here on are no longer exact as numbers: 2^53 = 0x200000 × 2^32. */
const HIGH_WORD_END = 0x200000;

interface Cursor {
  readonly bytes: Uint8Array;
  readonly depthMax: number;
  mapEntries: number;
}

/**
 * Scans the one value that fills `bytes` from offset `from` to the end.
 *
 * @param depthMax how many arrays and maps may lie within each other
 */
export function scanMsgpack(bytes: Uint8Array, from: number, depthMax: number): Scan {
  const cursor: Cursor = { bytes, depthMax, mapEntries: 0 };
  const end = skipValue(cursor, from, 0);
  if (end === FORBIDDEN) return { fault: 'shape' };
  if (end !== bytes.length) return { fault: 'msgpack' };
  return { fault: null, mapEntries: cursor.mapEntries };
}

/** Returns the offset behind the value at `at`, MALFORMED or FORBIDDEN. */
function skipValue(cursor: Cursor, at: number, depth: number): number {
  const { bytes } = cursor;
  const token = bytes[at];
  if (token === undefined) return MALFORMED;
  if (token < 0x80 || token >= 0xe0) return at + 1;
  if (token < 0x90) return skipMap(cursor, at + 1, token & 0x0f, depth);
  if (token < 0xa0) return skipArray(cursor, at + 1, token & 0x0f, depth);
  if (token < 0xc0) return within(bytes, at + 1 + (token & 0x1f));
  switch (token) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return at + 1;
    case 0xc4: // bytes
    case 0xd9: // text
      return skipSized(bytes, at, 1);
    case 0xc5:
    case 0xda:
      return skipSized(bytes, at, 2);
    case 0xc6:
    case 0xdb:
      return skipSized(bytes, at, 4);
    case 0xcc: // integers of 1, 2 and 4 bytes
    case 0xd0:
      return within(bytes, at + 2);
    case 0xcd:
    case 0xd1:
      return within(bytes, at + 3);
    case 0xce:
    case 0xd2:
      return within(bytes, at + 5);
    case 0xca:
    case 0xcb:
      return skipFloat(bytes, at, token);
    case 0xcf:
    case 0xd3:
      return skipLongInteger(bytes, at, token);
    case 0xdc:
    case 0xdd:
    case 0xde:
    case 0xdf:
      return skipLongContainer(cursor, at, token, depth);
    default: // 0xc1, and 0xc7 to 0xc9 and 0xd4 to 0xd8: extensions
      return FORBIDDEN;
  }
}

function skipLongContainer(cursor: Cursor, at: number, token: number, depth: number): number {
  const width = token === 0xdc || token === 0xde ? 2 : 4;
  const count = unsigned(cursor.bytes, at + 1, width);
  if (count < 0) return MALFORMED;
  const skip = token < 0xde ? skipArray : skipMap;
  return skip(cursor, at + 1 + width, count, depth);
}

function skipArray(cursor: Cursor, from: number, count: number, depth: number): number {
  if (depth >= cursor.depthMax) return FORBIDDEN;
  let at = from;
  for (let left = count; left > 0 && at >= 0; left--) at = skipValue(cursor, at, depth + 1);
  return at;
}

function skipMap(cursor: Cursor, from: number, count: number, depth: number): number {
  if (depth >= cursor.depthMax) return FORBIDDEN;
  cursor.mapEntries += count;
  let at = from;
  for (let left = count; left > 0 && at >= 0; left--) {
    const afterKey = skipKey(cursor.bytes, at);
    at = afterKey < 0 ? afterKey : skipValue(cursor, afterKey, depth + 1);
  }
  return at;
}

function skipKey(bytes: Uint8Array, at: number): number {
  const token = bytes[at];
  if (token === undefined) return MALFORMED;
  const width = token === 0xd9 ? 1 : token === 0xda ? 2 : token === 0xdb ? 4 : 0;
  if (width === 0 && (token < 0xa0 || token >= 0xc0)) return FORBIDDEN;
  const length = width === 0 ? token & 0x1f : unsigned(bytes, at + 1, width);
  if (length < 0) return MALFORMED;
  const start = at + 1 + width;
  return isProto(bytes, start, length) ? FORBIDDEN : within(bytes, start + length);
}

const PROTO = new TextEncoder().encode('__proto__');

function isProto(bytes: Uint8Array, start: number, length: number): boolean {
  if (length !== PROTO.length || bytes[start] !== PROTO[0]) return false;
  return PROTO.every((byte, index) => bytes[start + index] === byte);
}

function skipSized(bytes: Uint8Array, at: number, width: number): number {
  const length = unsigned(bytes, at + 1, width);
  return length < 0 ? MALFORMED : within(bytes, at + 1 + width + length);
}

function skipFloat(bytes: Uint8Array, at: number, token: number): number {
  const [first = 0, second = 0] = [bytes[at + 1], bytes[at + 2]];
  // An exponent of ones only: infinite, or not a number.
  const exponentEnd = token === 0xca ? 0x80 : 0xf0;
  if ((first & 0x7f) === 0x7f && (second & exponentEnd) === exponentEnd) return FORBIDDEN;
  return within(bytes, at + (token === 0xca ? 5 : 9));
}

function skipLongInteger(bytes: Uint8Array, at: number, token: number): number {
  const high = unsigned(bytes, at + 1, 4);
  if (high < 0) return MALFORMED;
  const exact = high < HIGH_WORD_END || (token === 0xd3 && high >= 2 ** 32 - HIGH_WORD_END);
  return exact ? within(bytes, at + 9) : FORBIDDEN;
}

function within(bytes: Uint8Array, end: number): number {
  return end <= bytes.length ? end : MALFORMED;
}

/** A big-endian number of `width` bytes, or MALFORMED where they are cut off. */
function unsigned(bytes: Uint8Array, at: number, width: number): number {
  if (at + width > bytes.length) return MALFORMED;
  let number = 0;
  for (let index = 0; index < width; index++) number = number * 256 + (bytes[at + index] ?? 0);
  return number;
}
