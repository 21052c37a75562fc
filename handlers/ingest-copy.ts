/**
 * Puts one file or link in place at the target, whole or not at all.
 *
 *   source ──1 MB pieces──▶ .lifeline-… (same directory) ──▶ owner, mode, times ──▶ fsync ──▶ rename
 *
 * A reader of the target sees the old file or the new one, never a part, and a killed attempt leaves no
 * more than a temporary file. (What a file has grown by is appended in place: ingest-append.ts.)
 *
 * Of the same type, size, time, mode and owner: it is unchanged if its own change time lies before that of
 * the copy. Else somebody may have changed it and put its time back, and the contents are compared.
 */
import { closeSync, constants, fstatSync, lchownSync, lstatSync, lutimesSync } from 'node:fs';
import { openSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { copyContent, finishFile, hashFile } from './file-content.ts';
import { differenceOf, setsOwners, settableTime } from './file-times.ts';
import { appendFile } from './ingest-append.ts';
import type { IngestMode } from './ingest-items.ts';
import { fromSource, SourceUnavailable } from './source-trouble.ts';

export interface CopyPlan {
  readonly source: Buffer;
  readonly target: Buffer;
  /** In the target's directory; replaced if it is there. */
  readonly temporary: Buffer;
  readonly mode: IngestMode;
  /** Compares contents whatever the times say, and reads back what was written. */
  readonly checksum: boolean;
  /** Writes nothing, and returns what would have come of it. */
  readonly dryRun: boolean;
}

export type Placed =
  | { readonly kind: 'copied' | 'appended'; readonly bytes: number }
  | { readonly kind: 'linked' | 'unchanged' }
  | { readonly kind: 'skipped'; readonly why: string };

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
  if (!stats.isFile() && !stats.isSymbolicLink()) {
    return { kind: 'skipped', why: `it is ${kindOf(stats)}` };
  }
  if (present && plan.mode === 'put') return { kind: 'unchanged' };
  if (stats.isSymbolicLink()) return placeLink(plan, stats, present);
  if (present?.isFile() && plan.mode === 'put-append') {
    return withSource(plan, (from) => appendFile(plan, from));
  }
  try {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const placed = withSource(plan, (from) => placeFile(plan, from, present));
      if (placed) return placed;
    }
    return { kind: 'skipped', why: 'it changed each time while it was being copied' };
  } finally {
    if (!plan.dryRun) rmSync(plan.temporary, { force: true });
  }
}

function withSource<Result>({ source }: CopyPlan, use: (file: number) => Result): Result {
  const file = fromSource(() => openSync(source, READ_FLAGS));
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

function placeLink(plan: CopyPlan, stats: BigIntStats, present: BigIntStats | undefined): Placed {
  const to = fromSource(() => readlinkSync(plan.source, 'buffer'));
  if (present && differenceOf(stats, present, setsOwners()) === undefined) {
    if (readlinkSync(plan.target, 'buffer').equals(to)) return { kind: 'unchanged' };
  }
  if (plan.dryRun) return { kind: 'linked' };
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
function placeFile(
  plan: CopyPlan,
  from: number,
  present: BigIntStats | undefined,
): Placed | undefined {
  const before = fstatSync(from, { bigint: true });
  if (!before.isFile()) throw new SourceUnavailable('it is no longer a file');
  if (present && isUnchanged(plan, from, before, present)) return { kind: 'unchanged' };
  if (plan.dryRun) return { kind: 'copied', bytes: Number(before.size) };
  rmSync(plan.temporary, { force: true });
  const to = openSync(plan.temporary, MAKE_FLAGS, 0o600);
  try {
    const { bytes, hash } = copyContent(from, to, before, plan.checksum);
    if (hasChanged(before, fstatSync(from, { bigint: true }))) return undefined;
    finishFile(to, before);
    if (plan.checksum && hashFile(to) !== hash) {
      throw new Error('what was written reads back differently; check the disk of the target');
    }
    renameSync(plan.temporary, plan.target);
    return { kind: 'copied', bytes };
  } finally {
    closeSync(to);
  }
}

/** The change time moves also when the other time is put back, and when its name or mode changes. */
const hasChanged = (before: BigIntStats, after: BigIntStats): boolean =>
  before.size !== after.size ||
  before.mtimeNs !== after.mtimeNs ||
  before.ctimeNs !== after.ctimeNs;

function isUnchanged(
  { target, checksum, dryRun }: CopyPlan,
  from: number,
  one: BigIntStats,
  present: BigIntStats,
): boolean {
  if (differenceOf(one, present, setsOwners()) !== undefined) return false;
  const isOlder = one.ctimeNs < present.ctimeNs;
  if (isOlder && !checksum) return true;
  const hash = fromSource(() => hashFile(from));
  if (hash !== hashOfTarget(target)) return false;
  if (!isOlder && !dryRun) renew(target, one);
  return true;
}

/** Undefined when it may not be read; it is replaced then. */
function hashOfTarget(path: Buffer): string | undefined {
  let file: number;
  try {
    file = openSync(path, READ_FLAGS);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return undefined;
    throw error;
  }
  try {
    return hashFile(file);
  } finally {
    closeSync(file);
  }
}

/** Sets the times that it has, so that its change time is now and the next run need not compare. */
function renew(path: Buffer, { atimeNs, mtimeNs }: BigIntStats): void {
  try {
    lutimesSync(path, settableTime(atimeNs), settableTime(mtimeNs));
  } catch {
    // A file of somebody else: the next run compares again.
  }
}

function kindOf(stats: BigIntStats): string {
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isBlockDevice() || stats.isCharacterDevice() ? 'a device' : 'of an unknown kind';
}
