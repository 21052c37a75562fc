/**
 * Compares two trees entry by entry: types, modes, owners (as root), link targets, sizes, times, contents.
 *
 * Both are read as a stream, one directory at a time. Pipes, sockets and devices of the source are counted
 * and not expected in the target, since an ingest leaves them out.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { differenceOf, setsOwners } from './file-times.ts';
import { joinPath, shownName } from './raw-name.ts';

export interface Comparison {
  readonly files: number;
  readonly directories: number;
  readonly links: number;
  /** Pipes, sockets and devices of the source. */
  readonly special: number;
  /** Bytes of the files compared. */
  readonly bytes: number;
  /** How many entries differ, and a line for each of the first 100. */
  readonly differenceCount: number;
  readonly differences: readonly string[];
}

const MOST_SHOWN = 100;
const EMPTY = Buffer.alloc(0);
const PIECE_BYTES = 1024 * 1024;

/** @throws what the system says when a tree itself cannot be read */
export async function verifyTree(
  source: string | Uint8Array,
  target: string | Uint8Array,
): Promise<Comparison> {
  const roots = { source: Buffer.from(source), target: Buffer.from(target) };
  const counts = { files: 0, directories: 0, links: 0, special: 0, bytes: 0, differenceCount: 0 };
  const differences: string[] = [];
  const differs = (path: Buffer, what: string) => {
    counts.differenceCount += 1;
    if (differences.length < MOST_SHOWN) differences.push(`${shownName(path) || '.'}: ${what}`);
  };

  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const pending: Buffer[] = [EMPTY];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const paths = {
      source: joinPath(roots.source, path),
      target: joinPath(roots.target, path),
    };
    const one = await lstat(paths.source, { bigint: true });
    if (!one.isFile() && !one.isDirectory() && !one.isSymbolicLink()) {
      counts.special += 1;
      continue;
    }
    if (one.isDirectory()) counts.directories += 1;
    else if (one.isFile()) counts.files += 1;
    else counts.links += 1;
    if (one.isFile()) counts.bytes += Number(one.size);
    const what = await compareEntry(paths, one, piece);
    if (what !== undefined) differs(path, what);
    if (!one.isDirectory() || what === MISSING || what === 'the type differs') continue;
    const names = { source: await namesOf(paths.source), target: await namesOf(paths.target) };
    for (const name of names.source.values()) {
      pending.push(path.length === 0 ? name : joinPath(path, name));
    }
    for (const [key, name] of names.target) {
      const extra = path.length === 0 ? name : joinPath(path, name);
      if (!names.source.has(key)) differs(extra, 'only in the target');
    }
  }
  return { ...counts, differences };
}

const MISSING = 'missing in the target';

async function compareEntry(
  paths: { readonly source: Buffer; readonly target: Buffer },
  one: BigIntStats,
  piece: Buffer,
): Promise<string | undefined> {
  let other: BigIntStats;
  try {
    other = await lstat(paths.target, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return MISSING;
    throw error;
  }
  const difference = differenceOf(one, other, setsOwners());
  if (difference !== undefined) return `the ${difference} differs`;
  if (one.isSymbolicLink()) {
    const to = await readlink(paths.source, 'buffer');
    return to.equals(await readlink(paths.target, 'buffer')) ? undefined : 'the link differs';
  }
  if (!one.isFile()) return undefined;
  const hash = await hashOf(paths.source, piece);
  return hash === (await hashOf(paths.target, piece)) ? undefined : 'the content differs';
}

/** By their bytes as Latin-1, which is one to one. */
async function namesOf(directory: Buffer): Promise<Map<string, Buffer>> {
  const names = await readdir(directory, 'buffer');
  return new Map(names.map((name) => [name.toString('latin1'), name]));
}

async function hashOf(path: Buffer, piece: Buffer): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, piece.length);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(piece.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
