/**
 * Which keys there are, and in what order: the bytes of their UTF-8.
 *
 * JavaScript compares strings by UTF-16 units, where an emoji (a surrogate pair, U+D83D…) comes before
 * U+FF21; in UTF-8 it comes after. Adapters that compare strings use `compareKeys`, so that all adapters
 * agree.
 */

/** The longest key in bytes of UTF-8; LMDB with pages of 4 KB takes no longer one. */
const KEY_BYTES_MAX = 1978;

/** What nearly all keys are: short, one byte a character, and surely well-formed. */
const PLAIN = /^[\x20-\x7e]{1,200}$/;

/** @throws RangeError when no store could hold such a key. */
export function checkKey(key: string): void {
  if (PLAIN.test(key)) return;
  const bytes = Buffer.byteLength(key);
  if (bytes > 0 && bytes <= KEY_BYTES_MAX && !/\p{Surrogate}/u.test(key)) return;
  const shown = JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key);
  throw new RangeError(
    `The key ${shown} has ${bytes} bytes; use well-formed text of 1 to ${KEY_BYTES_MAX} bytes.`,
  );
}

/** Negative when `one` comes first, in byte order of the UTF-8. */
export function compareKeys(one: string, other: string): number {
  const shorter = Math.min(one.length, other.length);
  for (let i = 0; i < shorter; i++) {
    const unit = one.charCodeAt(i);
    const otherUnit = other.charCodeAt(i);
    if (unit !== otherUnit) return rank(unit) - rank(otherUnit);
  }
  return one.length - other.length;
}

/** Surrogates stand for what lies beyond U+FFFF, so they go last. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
