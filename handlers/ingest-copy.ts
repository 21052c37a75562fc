/**
 * Puts one file or link in place at the target, whole or not at all.
 *
 *   source ──1 MB pieces──▶ .lifeline-… (same directory) ──▶ owner, mode, times ──▶ fsync ──▶ rename
 *
 * A reader of the target sees the old file or the new one, never a part, and a killed attempt leaves no
 * more than a temporary file. It copies in pieces and not with one call of the system, because a thread
 * inside such a call cannot be killed before it returns.
 */
import { closeSync, constants, fchmodSync, fchownSync, fstatSync, fsyncSync } from 'node:fs';
import { ftruncateSync, futimesSync, lchownSync, lstatSync, lutimesSync, openSync } from 'node:fs';
import { readlinkSync, readSync, renameSync, rmSync, symlinkSync, writeSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { createHash } from 'node:crypto';
import { differenceOf, PERMISSION_BITS, setsOwners, settableTime } from './file-times.ts';

export interface CopyPlan {
  readonly source: Buffer;
  readonly target: Buffer;
  /** In the target's directory; replaced if it is there. */
  readonly temporary: Buffer;
  readonly checksum: boolean;
}

export type Placed =
  | { readonly kind: 'copied'; readonly bytes: number }
  | { readonly kind: 'linked' }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'skipped'; readonly why: string };

/** The source cannot give what is asked of it: no failure of the copy, and to be reported. */
export class SourceUnavailable extends Error {
  override readonly name = 'SourceUnavailable';
  readonly retryable = false;
}

const PIECE_BYTES = 1024 * 1024;
/** A source that was swapped for a link or a pipe since it was looked at must not be followed or waited for. */
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const MAKE_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** A source that changes while it is copied is copied once more. */
const TRIES = 2;

/**
 * @param stats the source's own (`lstat`)
 * @throws {SourceUnavailable} when the source has vanished or may not be read
 * @throws what the system says when the target cannot be written
 */
export function placeEntry(plan: CopyPlan, stats: BigIntStats): Placed {
  const present = lstatSync(plan.target, { bigint: true, throwIfNoEntry: false });
  if (present?.isDirectory()) {
    throw new Error('the target has a directory where the source has none; remove it first');
  }
  if (stats.isSymbolicLink()) return placeLink(plan, stats, present);
  if (!stats.isFile()) return { kind: 'skipped', why: `it is ${kindOf(stats)}` };
  try {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const placed = placeFile(plan, present);
      if (placed) return placed;
    }
    return { kind: 'skipped', why: 'it changed each time while it was being copied' };
  } finally {
    rmSync(plan.temporary, { force: true });
  }
}

/** Runs a call on the source; what is the source's own trouble becomes `SourceUnavailable`. */
export function fromSource<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new SourceUnavailable('it has vanished');
    if (code === 'EACCES' || code === 'EPERM' || code === 'ELOOP' || code === 'ENXIO') {
      throw new SourceUnavailable(`it may not be read (${code})`);
    }
    throw error;
  }
}

function placeLink(plan: CopyPlan, stats: BigIntStats, present: BigIntStats | undefined): Placed {
  const to = fromSource(() => readlinkSync(plan.source, 'buffer'));
  if (present && differenceOf(stats, present, setsOwners()) === undefined) {
    if (readlinkSync(plan.target, 'buffer').equals(to)) return { kind: 'unchanged' };
  }
  try {
    rmSync(plan.temporary, { force: true });
    symlinkSync(to, plan.temporary);
    if (setsOwners()) lchownSync(plan.temporary, Number(stats.uid), Number(stats.gid));
    lutimesSync(plan.temporary, settableTime(stats.atimeNs), settableTime(stats.mtimeNs));
    renameSync(plan.temporary, plan.target);
    return { kind: 'linked' };
  } finally {
    rmSync(plan.temporary, { force: true });
  }
}

/** Undefined when the source changed meanwhile. */
function placeFile(plan: CopyPlan, present: BigIntStats | undefined): Placed | undefined {
  const from = fromSource(() => openSync(plan.source, READ_FLAGS));
  try {
    const before = fstatSync(from, { bigint: true });
    if (!before.isFile()) throw new SourceUnavailable('it is no longer a file');
    if (present && differenceOf(before, present, setsOwners()) === undefined) {
      if (!plan.checksum || hashFile(from) === hashTarget(plan.target))
        return { kind: 'unchanged' };
    }
    rmSync(plan.temporary, { force: true });
    const to = openSync(plan.temporary, MAKE_FLAGS, 0o600);
    try {
      const { bytes, hash } = copyContent(from, to, before, plan.checksum);
      const after = fstatSync(from, { bigint: true });
      if (before.size !== after.size || before.mtimeNs !== after.mtimeNs) return undefined;
      finish(to, before);
      if (plan.checksum && hashFile(to) !== hash) {
        throw new Error('what was written reads back differently; check the disk of the target');
      }
      renameSync(plan.temporary, plan.target);
      return { kind: 'copied', bytes };
    } finally {
      closeSync(to);
    }
  } finally {
    closeSync(from);
  }
}

function copyContent(
  from: number,
  to: number,
  stats: BigIntStats,
  hashed: boolean,
): { readonly bytes: number; readonly hash: string | undefined } {
  const hash = hashed ? createHash('sha256') : undefined;
  // Fewer blocks than bytes: there are holes, and they shall not fill the target's disk.
  const sparse = stats.blocks * 512n < stats.size;
  const piece = Buffer.allocUnsafe(pieceFor(stats));
  let bytes = 0;
  // One that grows as fast as it is copied would never end; that it has grown shows afterwards.
  while (bytes <= stats.size) {
    const length = fromSource(() => readSync(from, piece, 0, piece.length, bytes));
    if (length === 0) break;
    const read = piece.subarray(0, length);
    hash?.update(read);
    if (!(sparse && isZero(read))) {
      for (let done = 0; done < length;) {
        done += writeSync(to, read, done, length - done, bytes + done);
      }
    }
    bytes += length;
  }
  if (sparse) ftruncateSync(to, bytes);
  return { bytes, hash: hash?.digest('hex') };
}

/** Owner before mode: a change of owner takes the set-user-id bit away. */
function finish(file: number, stats: BigIntStats): void {
  const now = fstatSync(file, { bigint: true });
  if (setsOwners() && (now.uid !== stats.uid || now.gid !== stats.gid)) {
    fchownSync(file, Number(stats.uid), Number(stats.gid));
  }
  fchmodSync(file, Number(stats.mode & PERMISSION_BITS));
  futimesSync(file, settableTime(stats.atimeNs), settableTime(stats.mtimeNs));
  fsyncSync(file);
}

function hashTarget(path: Buffer): string {
  const file = openSync(path, READ_FLAGS);
  try {
    return hashFile(file);
  } finally {
    closeSync(file);
  }
}

function hashFile(file: number): string {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(pieceFor(fstatSync(file, { bigint: true })));
  for (let offset = 0; ;) {
    const length = readSync(file, piece, 0, piece.length, offset);
    if (length === 0) return hash.digest('hex');
    hash.update(piece.subarray(0, length));
    offset += length;
  }
}

/** Small files need no large buffer; one byte more shows their end with the first read. */
const pieceFor = ({ size }: BigIntStats): number =>
  Number(size < PIECE_BYTES ? size + 1n : PIECE_BYTES);

const isZero = (bytes: Buffer): boolean => bytes.equals(Buffer.alloc(bytes.length));

function kindOf(stats: BigIntStats): string {
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isBlockDevice() || stats.isCharacterDevice() ? 'a device' : 'of an unknown kind';
}
