/**
 * Times and metadata of files, as exactly as Node can set them.
 *
 * Node takes seconds as a double and cuts them to microseconds, so a time that was set comes back up to
 * some microseconds off. Two times that close are the same.
 */
import type { BigIntStats } from 'node:fs';

export const PERMISSION_BITS = 0o7777n;

/** Cut to a microsecond, and the coarseness of a double of seconds as far as the year 2500. */
const INEXACTNESS_NS = 5000n;

/** What `utimes` takes for an instant in ns. Text, because it takes a negative number for now. */
export const settableTime = (ns: bigint): string => String(Number(ns) / 1e9);

/** True when one instant is what comes back after the other was set. */
export function isSameTime(oneNs: bigint, otherNs: bigint): boolean {
  const apart = oneNs - otherNs;
  return apart <= INEXACTNESS_NS && apart >= -INEXACTNESS_NS;
}

/** What differs between two entries of the same kind, or undefined. Owners count only where they can be set. */
export function differenceOf(
  one: BigIntStats,
  other: BigIntStats,
  owners: boolean,
): 'type' | 'size' | 'time' | 'mode' | 'owner' | undefined {
  const type = (stats: BigIntStats) => stats.mode & ~PERMISSION_BITS;
  if (type(one) !== type(other)) return 'type';
  if (!one.isDirectory() && one.size !== other.size) return 'size';
  if (!isSameTime(one.mtimeNs, other.mtimeNs)) return 'time';
  // The mode of a link means nothing.
  if (!one.isSymbolicLink() && one.mode !== other.mode) return 'mode';
  return owners && (one.uid !== other.uid || one.gid !== other.gid) ? 'owner' : undefined;
}

/** Only root can give files away. */
export const setsOwners = (): boolean => process.getuid?.() === 0;
