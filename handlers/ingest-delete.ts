/**
 * Deletes in one directory of the target what the same directory of the source has not.
 *
 *   each name of the target ─▶ the source has it (of any type) ─▶ stays
 *                          └─▶ ENOENT ─▶ excluded ─▶ stays
 *                                   └─▶ the source directory is still the same one ─▶ deleted, with all in it
 *
 * In doubt nothing is deleted: not where the source cannot be read, is empty altogether (a file system that is
 * not mounted looks so), or is another directory than a moment ago; nothing of another file system, never the
 * target itself. Done twice, it finds less to do.
 */
import { chmodSync, rmdirSync, unlinkSync } from 'node:fs';
import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { setsOwners } from './file-times.ts';
import { ENTER_AND_WRITE, isTemporary } from './ingest-directories.ts';
import type { Excluder } from './ingest-exclusions.ts';
import { joinPath } from './raw-name.ts';

export interface DeletePlan {
  /** Roots of the tree. */
  readonly source: Buffer;
  readonly target: Buffer;
  /** The directory, from the roots. */
  readonly dir: Buffer;
  readonly excluder: Excluder;
  readonly dryRun: boolean;
  /** Stops it between two entries. */
  readonly signal: AbortSignal;
  readonly deleted: (path: Buffer) => void;
  /** Something stays, and perhaps should not. */
  readonly kept: (path: Buffer, why: string) => void;
  readonly failed: (path: Buffer, error: unknown) => void;
}

/** @param stats of the directory of the source, as it is now */
export async function deleteExtras(plan: DeletePlan, stats: BigIntStats): Promise<void> {
  const { source, target, dir } = plan;
  const there = await statsOf(joinPath(target, dir));
  if (!there?.isDirectory()) return;
  if (dir.length === 0 && (await isEmpty(source))) {
    if (await isEmpty(target)) return;
    return plan.kept(dir, 'the source is empty, as if it were not mounted: nothing was deleted');
  }
  for await (const name of namesIn(joinPath(target, dir))) {
    plan.signal.throwIfAborted();
    if (isTemporary(name)) continue;
    const path = pathOf(dir, name);
    const code = await missingBy(joinPath(source, path));
    if (code === undefined) continue;
    if (code !== 'ENOENT') {
      plan.kept(path, `it was not deleted: what the source has there cannot be told (${code})`);
      continue;
    }
    const now = await statsOf(joinPath(source, dir));
    if (now?.dev !== stats.dev || now.ino !== stats.ino) {
      return plan.kept(dir, 'the source directory was replaced: nothing more was deleted');
    }
    await remove(plan, path, there.dev);
  }
}

/** Deletes an entry with all in it. @returns false when something of it stays */
async function remove(plan: DeletePlan, path: Buffer, device: bigint): Promise<boolean> {
  plan.signal.throwIfAborted();
  const full = joinPath(plan.target, path);
  try {
    const stats = await statsOf(full);
    if (!stats) return true;
    if (plan.excluder(joinPath(plan.source, path), stats) !== undefined) return false;
    if (stats.isDirectory()) return await removeDirectory(plan, path, stats, device);
    if (!plan.dryRun) unlinkSync(full);
    plan.deleted(path);
    return true;
  } catch (error) {
    plan.signal.throwIfAborted();
    plan.failed(path, error);
    return false;
  }
}

async function removeDirectory(
  plan: DeletePlan,
  path: Buffer,
  { dev, mode }: BigIntStats,
  device: bigint,
): Promise<boolean> {
  const full = joinPath(plan.target, path);
  if (dev !== device) {
    plan.kept(path, 'it was not deleted: another file system is mounted there');
    return false;
  }
  const bits = Number(mode);
  if (!plan.dryRun && !setsOwners() && (bits & ENTER_AND_WRITE) !== ENTER_AND_WRITE) {
    chmodSync(full, bits | ENTER_AND_WRITE);
  }
  let isEmptied = true;
  const directories: Buffer[] = [];
  for await (const entry of entriesIn(full)) {
    if (entry.isDirectory()) directories.push(Buffer.from(entry.name));
    else if (!(await remove(plan, pathOf(path, entry.name), device))) isEmptied = false;
  }
  for (const name of directories) {
    if (!(await remove(plan, pathOf(path, name), device))) isEmptied = false;
  }
  if (!isEmptied) return false;
  if (!plan.dryRun) rmdirSync(full);
  plan.deleted(path);
  return true;
}

/** Undefined: something is there. Else the code by which it is not. */
async function missingBy(path: Buffer): Promise<string | undefined> {
  try {
    await lstat(path);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** Undefined when nothing is there. */
async function statsOf(path: Buffer): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function isEmpty(directory: Buffer): Promise<boolean> {
  for await (const name of namesIn(directory)) if (!isTemporary(name)) return false;
  return true;
}

async function* namesIn(directory: Buffer): AsyncGenerator<Buffer> {
  for await (const { name } of entriesIn(directory)) yield Buffer.from(name);
}

/** Names as bytes. The declared types know no encoding but text. */
async function* entriesIn(directory: Buffer): AsyncGenerator<Dirent<Buffer>> {
  const opened = await opendir(directory, { encoding: 'buffer' } as unknown as object);
  yield* opened as unknown as AsyncIterable<Dirent<Buffer>>;
}

const pathOf = (directory: Buffer, name: Buffer): Buffer =>
  directory.length === 0 ? name : joinPath(directory, name);
