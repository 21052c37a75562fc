/**
 * Directories of the target: made on the way down, closed to others until they get their own mode, which
 * comes with owner and times at the very end.
 *
 * Links in the target are not followed: what lies behind one is not part of the target.
 */
import { chmodSync, closeSync, fchmodSync, fchownSync, fstatSync, fsyncSync } from 'node:fs';
import { constants, existsSync, futimesSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { readdirSync, rmSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { dirname } from 'node:path';
import { PERMISSION_BITS, setsOwners, settableTime } from './file-times.ts';
import { joinPath } from './raw-name.ts';
import { SourceUnavailable } from './source-trouble.ts';

/** What the owner needs in order to put something into a directory. */
export const ENTER_AND_WRITE = 0o700;
const DIRECTORY_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Makes the target and every directory of `path` below it, where they are missing.
 *
 * @throws when something else is in the way, or what the system says
 */
export function makeDirectories(target: Buffer, path: Buffer): void {
  makeTarget(target.toString('latin1'));
  for (let end = 0; end >= 0 && path.length > 0;) {
    end = path.indexOf('/', end + 1);
    makeDirectory(joinPath(target, end < 0 ? path : path.subarray(0, end)));
  }
}

/**
 * Makes the target with all above it. Not by `recursive`: in places where nothing can be made (/proc) Node
 * then tries for ever.
 *
 * @param path its bytes, a character each
 */
function makeTarget(path: string): void {
  const bytes = Buffer.from(path, 'latin1');
  if (existsSync(bytes)) return;
  makeTarget(dirname(path));
  try {
    mkdirSync(bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function makeDirectory(path: Buffer): void {
  try {
    mkdirSync(path, { mode: ENTER_AND_WRITE });
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const stats = lstatSync(path);
  if (!stats.isDirectory()) {
    const what = stats.isSymbolicLink() ? 'a link' : 'a file';
    throw new Error(`the target has ${what} where the source has a directory; remove it first`);
  }
  // One that an earlier run has closed to its own owner; its mode comes back with its times.
  if (!setsOwners() && (stats.mode & ENTER_AND_WRITE) !== ENTER_AND_WRITE) {
    chmodSync(path, stats.mode | ENTER_AND_WRITE);
  }
}

/** Temporary files are named for the attempt that writes them: `.lifeline-<birth>-<attempt>-<index>`. */
const TEMPORARY = /^\.lifeline-\d+-\d+-\d+$/;

export const isTemporary = (name: Uint8Array): boolean =>
  TEMPORARY.test(Buffer.from(name).toString('latin1'));

/**
 * Removes what attempts that were killed have left in a directory of the target. Called when all files of
 * the tree have come to rest; what the source itself calls so stays.
 */
export function removeLeftovers(directory: Buffer, source: Buffer): void {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  for (const name of names.filter((each) => TEMPORARY.test(each))) {
    const isOfSource = lstatSync(joinPath(source, Buffer.from(name)), { throwIfNoEntry: false });
    if (!isOfSource) rmSync(joinPath(directory, Buffer.from(name)), { force: true });
  }
}

/**
 * Gives a directory of the target the owner, mode and times of its source, for good.
 *
 * @throws {SourceUnavailable} when the source is no directory any more, or came after the walk
 */
export function setTimes(path: Buffer, source: BigIntStats): void {
  if (!source.isDirectory()) throw new SourceUnavailable('it is no longer a directory');
  const present = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (!present) throw new SourceUnavailable('it appeared while the tree was being copied');
  if (!present.isDirectory()) {
    throw new Error('the target has no directory where the source has one; remove what is there');
  }
  const needed = (present.mode & 0o400n) === 0n && !setsOwners();
  if (needed) chmodSync(path, Number(present.mode | 0o400n));
  const directory = openSync(path, DIRECTORY_FLAGS);
  try {
    const now = fstatSync(directory, { bigint: true });
    if (setsOwners() && (now.uid !== source.uid || now.gid !== source.gid)) {
      fchownSync(directory, Number(source.uid), Number(source.gid));
    }
    fchmodSync(directory, Number(source.mode & PERMISSION_BITS));
    futimesSync(directory, settableTime(source.atimeNs), settableTime(source.mtimeNs));
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
