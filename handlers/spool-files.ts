/**
 * The files below the spool: one per attempt, only ever appended to, whole records or nothing.
 *
 *   <birth>-<attempt>.log     ballast (spool-ballast.ts)
 *
 * A write that fails half way is taken back at once; one that a crash has torn is cut off when the
 * directory is opened. Nothing is fsynced: logs survive the death of the agent, and the last moments
 * before a power failure are not promised.
 */
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { readdirSync, readSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { FenceToken } from './handler.ts';
import { createRecordReader } from './log-records.ts';
import { openSpoolBallast } from './spool-ballast.ts';

/** Where a spool keeps its bytes. */
export interface SpoolFiles {
  held(): readonly FenceToken[];
  /** 0 when there is no file. */
  size(fence: FenceToken): number;
  /** Appends all of `bytes`. Throws when it cannot; then nothing of them is there. */
  append(fence: FenceToken, bytes: Uint8Array): void;
  read(fence: FenceToken, offset: number, limit: number): Uint8Array;
  remove(fence: FenceToken): void;
  /** Bytes that the disk has left for this user; Infinity where it does not say. */
  free(): number;
}

const NAME = /^(\d+)-(\d+)\.log$/;
const SCAN_BYTES = 1024 * 1024;
/** What is as short as a mark of a gap goes in as long as there is ballast to give up for it. */
const MARK_BYTES = 512;

/** Files of a directory, which is made when it is missing. Cuts off torn records. */
export function openSpoolFiles(directory: string): SpoolFiles {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const pathOf = ({ birth, attempt }: FenceToken) => join(directory, `${birth}-${attempt}.log`);
  const held = readdirSync(directory)
    .map((name) => NAME.exec(name))
    .filter((match) => match !== null)
    .map((match) => ({ birth: Number(match[1]), attempt: Number(match[2]) }));
  for (const fence of held) cutTornRecord(pathOf(fence));
  const ballast = openSpoolBallast(directory);
  ballast.refill(freeAt(directory));
  const append = (fence: FenceToken, bytes: Uint8Array) =>
    withFile(pathOf(fence), 'a', (file) => appendAll(file, bytes));

  return {
    held: () => held,
    size: (fence) => statSync(pathOf(fence), { throwIfNoEntry: false })?.size ?? 0,
    append(fence, bytes) {
      try {
        append(fence, bytes);
      } catch (error) {
        if (bytes.length > MARK_BYTES || !ballast.giveUp()) throw error;
        append(fence, bytes);
      }
    },
    read(fence, offset, limit) {
      if (limit <= 0) return new Uint8Array();
      try {
        return withFile(pathOf(fence), 'r', (file) => readUpTo(file, offset, limit));
      } catch (error) {
        // Known, but nothing of it could ever be written.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Uint8Array();
        throw error;
      }
    },
    remove: (fence) => rmSync(pathOf(fence), { force: true }),
    free() {
      const left = freeAt(directory);
      ballast.refill(left);
      return left;
    },
  };
}

function freeAt(directory: string): number {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}

/** The same in memory. */
export function createMemoryFiles(): SpoolFiles {
  const files = new Map<string, { readonly fence: FenceToken; bytes: Buffer; used: number }>();
  const keyOf = ({ birth, attempt }: FenceToken) => `${birth}-${attempt}`;
  return {
    held: () => [...files.values()].map(({ fence }) => fence),
    size: (fence) => files.get(keyOf(fence))?.used ?? 0,
    append(fence, bytes) {
      const file = files.get(keyOf(fence)) ?? { fence, bytes: Buffer.alloc(1024), used: 0 };
      files.set(keyOf(fence), file);
      const needed = file.used + bytes.length;
      if (needed > file.bytes.length) {
        file.bytes = Buffer.concat([file.bytes], Math.max(needed, file.bytes.length * 2));
      }
      file.bytes.set(bytes, file.used);
      file.used = needed;
    },
    read(fence, offset, limit) {
      const file = files.get(keyOf(fence));
      return file
        ? Uint8Array.from(file.bytes.subarray(offset, Math.min(offset + limit, file.used)))
        : new Uint8Array();
    },
    remove: (fence) => void files.delete(keyOf(fence)),
    free: () => Infinity,
  };
}

/** A host that lost its power may even leave zeros; what came before them stands. */
function cutTornRecord(path: string): void {
  withFile(path, 'r+', (file) => {
    const reader = createRecordReader();
    let offset = 0;
    for (;;) {
      const chunk = readUpTo(file, offset, SCAN_BYTES);
      if (chunk.length === 0) break;
      reader.push(chunk);
      offset += chunk.length;
    }
    if (reader.pending() > 0) ftruncateSync(file, offset - reader.pending());
  });
}

function appendAll(file: number, bytes: Uint8Array): void {
  const { size } = fstatSync(file);
  try {
    for (let written = 0; written < bytes.length;) {
      written += writeSync(file, bytes, written);
    }
  } catch (error) {
    ftruncateSync(file, size);
    throw error;
  }
}

function readUpTo(file: number, offset: number, limit: number): Uint8Array {
  const { size } = fstatSync(file);
  const bytes = new Uint8Array(Math.max(0, Math.min(limit, size - offset)));
  return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, offset));
}

function withFile<Result>(path: string, flags: string, use: (file: number) => Result): Result {
  const file = openSync(path, flags, 0o600);
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}
