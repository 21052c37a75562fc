/**
 * The bytes of files and how they are copied, compared and finished, always in pieces of 1 MB at most: a
 * thread inside one long call of the system cannot be killed before it returns.
 *
 *   from ──pieces──▶ to, each at its own place ──▶ owner, mode, times ──▶ fsync
 *
 * Each piece is written to the place it was read from, so that doing it twice, or by two at once, gives the
 * same.
 */
import { fchmodSync, fchownSync, fstatSync, fsyncSync, ftruncateSync, futimesSync } from 'node:fs';
import { readSync, writeSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { createHash } from 'node:crypto';
import { PERMISSION_BITS, setsOwners, settableTime } from './file-times.ts';
import { fromSource } from './source-trouble.ts';

const PIECE_BYTES = 1024 * 1024;

/** Copies all there is. */
export function copyContent(
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
    if (!(sparse && isZero(read))) writeAt(to, read, bytes);
    bytes += length;
  }
  if (sparse) ftruncateSync(to, bytes);
  return { bytes, hash: hash?.digest('hex') };
}

/** Copies from one place to another one behind it. @returns the place that was reached */
export function copyRange(from: number, to: number, start: number, end: number): number {
  const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end - start));
  let at = start;
  while (at < end) {
    const most = Math.min(piece.length, end - at);
    const length = fromSource(() => readSync(from, piece, 0, most, at));
    if (length === 0) break;
    writeAt(to, piece.subarray(0, length), at);
    at += length;
  }
  return at;
}

/** Whether two files are the same from one place to another one behind it. */
export function sameRange(source: number, target: number, start: number, end: number): boolean {
  const most = Math.min(PIECE_BYTES, end - start);
  const pieces = [Buffer.allocUnsafe(most), Buffer.allocUnsafe(most)] as const;
  for (let at = start; at < end;) {
    const length = Math.min(most, end - at);
    if (fromSource(() => readWhole(source, pieces[0], length, at)) < length) return false;
    if (readWhole(target, pieces[1], length, at) < length) return false;
    if (!pieces[0].subarray(0, length).equals(pieces[1].subarray(0, length))) return false;
    at += length;
  }
  return true;
}

/** Gives a copy the owner, mode and times of its source, for good. Owner before mode: it takes the set-user-id bit away. */
export function finishFile(file: number, stats: BigIntStats): void {
  const now = fstatSync(file, { bigint: true });
  if (setsOwners() && (now.uid !== stats.uid || now.gid !== stats.gid)) {
    fchownSync(file, Number(stats.uid), Number(stats.gid));
  }
  fchmodSync(file, Number(stats.mode & PERMISSION_BITS));
  futimesSync(file, settableTime(stats.atimeNs), settableTime(stats.mtimeNs));
  fsyncSync(file);
}

export function hashFile(file: number): string {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(pieceFor(fstatSync(file, { bigint: true })));
  for (let offset = 0; ;) {
    const length = readSync(file, piece, 0, piece.length, offset);
    if (length === 0) return hash.digest('hex');
    hash.update(piece.subarray(0, length));
    offset += length;
  }
}

function writeAt(file: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}

/** Fewer bytes only at the end of the file. */
function readWhole(file: number, piece: Buffer, length: number, position: number): number {
  let done = 0;
  while (done < length) {
    const read = readSync(file, piece, done, length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}

/** Small files need no large buffer; one byte more shows their end with the first read. */
const pieceFor = ({ size }: BigIntStats): number =>
  Number(size < PIECE_BYTES ? size + 1n : PIECE_BYTES);

const isZero = (bytes: Buffer): boolean => bytes.equals(Buffer.alloc(bytes.length));
