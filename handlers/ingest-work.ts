/**
 * The work of the handler `ingest`; runs in a worker thread.
 *
 *   item ──▶ directories of the target ──▶ entries one by one ──▶ counts, what was skipped
 *                                              │ the target refuses: the others are tried all the same
 *                                              ▼
 *                                          failed, naming the first
 *
 * What the source does not give (vanished, unreadable, a socket) is reported and is no failure.
 */
import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { TaskContext } from './handler.ts';
import { fromSource, placeEntry, SourceUnavailable } from './ingest-copy.ts';
import { makeDirectories, removeLeftovers, setTimes } from './ingest-directories.ts';
import type { IngestInput, IngestItem, IngestResult, Skipped } from './ingest-items.ts';
import { bytesOfName, joinPath, rawName, shownName, staysBelow } from './raw-name.ts';

const MOST_REPORTED = 100;

/** The target refused some entries. `detail` lists the first of them, and what was done. */
class EntriesFailed extends Error {
  override readonly name = 'EntriesFailed';
  readonly retryable = true;
  readonly detail: object;

  constructor(failures: readonly Skipped[], entries: number, result: IngestResult) {
    const first = failures[0];
    const path = first === undefined ? '' : shownName(bytesOfName(first.path));
    const count = `${failures.length} of ${entries} ${entries === 1 ? 'entry' : 'entries'} failed`;
    super(`${count}; the first: "${path}": ${first?.why ?? ''}.`);
    this.detail = { failures: failures.slice(0, MOST_REPORTED), ...result };
  }
}

export default async function work(input: IngestInput, task: TaskContext): Promise<IngestResult> {
  const { item } = input;
  const result: IngestResult = {
    copied: 0,
    bytes: 0,
    unchanged: 0,
    links: 0,
    directories: 0,
    times: 0,
    skipped: [],
    skippedCount: 0,
  };
  const paths = pathsOf(item);
  const failures: Skipped[] = [];
  const step = stepOf(input, task, result);
  for (const [index, path] of paths.entries()) {
    task.signal.throwIfAborted();
    try {
      const skipped = await step(path, index);
      if (skipped !== undefined) skip(result, path, skipped);
    } catch (error) {
      if (error instanceof SourceUnavailable) skip(result, path, error.message);
      else {
        failures.push({ path: rawName(path), why: reasonOf(error) });
        task.log(`${shownName(path)}: ${reasonOf(error)}`);
      }
    }
    task.progress({ done: index + 1, of: paths.length });
  }
  if (item.kind === 'files' && result.copied + result.links > 0) {
    syncDirectory(joinPath(bytesOfName(input.target), bytesOfName(item.dir)));
  }
  if (failures.length > 0) throw new EntriesFailed(failures, paths.length, result);
  return result;
}

/** Relative paths of what the item is about. Refuses whatever would lead out of the tree. */
function pathsOf(item: IngestItem): readonly Buffer[] {
  const dirs = item.kind === 'directoryTimes' ? item.dirs : [item.dir];
  const paths = dirs.map(bytesOfName);
  const [dir] = paths;
  const names = item.kind === 'files' && dir ? item.names.map(bytesOfName) : [];
  if (![...paths, ...names].every(staysBelow) || names.some((name) => name.includes('/'))) {
    throw new Error('The item names a path outside of its tree: make items with walkTree.');
  }
  if (item.kind !== 'files' || !dir) return paths;
  return names.map((name) => (dir.length === 0 ? name : joinPath(dir, name)));
}

/** What is done to each path of the item; returns why a path is skipped. */
function stepOf(
  input: IngestInput,
  { fence }: TaskContext,
  result: IngestResult,
): (path: Buffer, index: number) => Promise<string | undefined> {
  const { item } = input;
  const source = bytesOfName(input.source);
  const target = bytesOfName(input.target);
  const look = (path: Buffer) =>
    lstat(joinPath(source, path), { bigint: true }).catch(({ message, code }: CodedError) =>
      fromSource(() => fail(message, code)),
    );
  if (item.kind === 'directoryTimes') {
    return async (dir) => {
      const stats = await look(dir);
      removeLeftovers(joinPath(target, dir), joinPath(source, dir));
      setTimes(joinPath(target, dir), stats);
      result.times += 1;
      return undefined;
    };
  }
  if (item.kind === 'directory') {
    return async (dir) => {
      if (!(await look(dir)).isDirectory()) return 'it is no longer a directory';
      makeDirectories(target, dir);
      result.directories += 1;
      const code = item.unreadable;
      if (code !== undefined) fromSource(() => fail('the walk could not read all of it', code));
      return undefined;
    };
  }
  const dir = bytesOfName(item.dir);
  const temporaries = (attempt: number, index: number) =>
    joinPath(joinPath(target, dir), Buffer.from(`.lifeline-${fence.birth}-${attempt}-${index}`));
  let made = false;
  return async (path, index) => {
    const stats = await look(path);
    if (stats.isDirectory()) return 'it has become a directory';
    if (!made) makeDirectories(target, dir);
    made = true;
    for (let attempt = 1; attempt < fence.attempt; attempt += 1) {
      rmSync(temporaries(attempt, index), { force: true });
    }
    const placed = placeEntry(
      {
        source: joinPath(source, path),
        target: joinPath(target, path),
        temporary: temporaries(fence.attempt, index),
        checksum: input.checksum ?? false,
      },
      stats,
    );
    if (placed.kind === 'skipped') return placed.why;
    if (placed.kind === 'copied') {
      result.copied += 1;
      result.bytes += placed.bytes;
    } else if (placed.kind === 'linked') result.links += 1;
    else result.unchanged += 1;
    return undefined;
  };
}

function skip(result: IngestResult, path: Buffer, why: string): void {
  result.skippedCount += 1;
  if (result.skipped.length < MOST_REPORTED) result.skipped.push({ path: rawName(path), why });
}

type CodedError = NodeJS.ErrnoException;

function fail(message: string, code: string | undefined): never {
  throw Object.assign(new Error(message), { code });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the target has no space left',
  EDQUOT: 'the quota of the target is used up',
  EACCES: 'the target may not be written by this user',
  EPERM: 'the target does not permit it',
  EROFS: 'the target is read-only',
  EIO: 'the disk reports an error',
  ENAMETOOLONG: 'the path is too long',
};

function reasonOf(error: unknown): string {
  const { code } = error as CodedError;
  const message = error instanceof Error ? error.message : String(error);
  return code === undefined ? message : `${REASONS[code] ?? message} (${code})`;
}

/** A rename is sure only when its directory is on disk. */
function syncDirectory(path: Buffer): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
