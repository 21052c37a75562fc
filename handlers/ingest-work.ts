/**
 * The work of the handler `ingest`; runs in a worker thread.
 *
 *   item ──▶ directories of the target ──▶ entries one by one ──▶ counts, an outcome for each entry
 *                                              │ the target refuses: the others are tried all the same
 *                                              ▼
 *                                          failed, naming the first
 *
 * What the source does not give (vanished, unreadable, a socket) is reported and is no failure.
 */
import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { TaskContext } from './handler.ts';
import { placeEntry } from './ingest-copy.ts';
import { deleteExtras } from './ingest-delete.ts';
import { makeDirectories, removeLeftovers, setTimes } from './ingest-directories.ts';
import { createExcluder } from './ingest-exclusions.ts';
import type { IngestInput, IngestItem, IngestResult } from './ingest-items.ts';
import { createOutcomes, type Outcomes } from './ingest-outcomes.ts';
import { bytesOfName, joinPath, shownName, staysBelow, type RawName } from './raw-name.ts';
import { fromSource, SourceUnavailable } from './source-trouble.ts';

/** The target refused some entries. `detail` lists the first of them, and what was done. */
class EntriesFailed extends Error {
  override readonly name = 'EntriesFailed';
  readonly retryable = true;
  readonly detail: object;

  constructor({ failures, failedCount, result }: Outcomes, entries: number) {
    const first = failures[0];
    const path = first === undefined ? '' : shownName(bytesOfName(first.path));
    const of = Math.max(entries, failedCount);
    const count = `${failedCount} of ${of} ${of === 1 ? 'entry' : 'entries'} failed`;
    super(`${count}; the first: "${path}": ${first?.why ?? ''}.`);
    this.detail = { failures, ...result };
  }
}

/** What an item has, ready for use. */
interface Ground {
  readonly input: IngestInput;
  readonly task: TaskContext;
  /** Roots of the trees. */
  readonly source: Buffer;
  readonly target: Buffer;
  readonly outcomes: Outcomes;
}

/** Does one path of the item; `index`: its place. */
type Step = (path: Buffer, index: number) => Promise<void>;

export default async function work(input: IngestInput, task: TaskContext): Promise<IngestResult> {
  const { item } = input;
  const outcomes = createOutcomes(input, (text) => task.log(text));
  const [source, target] = [bytesOfName(input.source), bytesOfName(input.target)];
  const ground: Ground = { input, task, source, target, outcomes };
  const paths = pathsOf(item);
  const step = stepOf(ground);
  // Times come in a second pass: their directories have been told already.
  const tell = item.kind === 'directoryTimes' ? outcomes.beside : outcomes.left;
  for (const [index, path] of paths.entries()) {
    task.signal.throwIfAborted();
    try {
      await step(path, index);
    } catch (error) {
      task.signal.throwIfAborted();
      if (error instanceof SourceUnavailable) tell('skipped', path, error.message);
      else tell('failed', path, reasonOf(error));
    }
    task.progress({ done: index + 1, of: paths.length });
  }
  const { result } = outcomes;
  if (item.kind === 'files' && result.copied + result.links > 0 && !result.dryRun) {
    syncDirectory(joinPath(target, bytesOfName(item.dir)));
  }
  if (outcomes.failedCount > 0) throw new EntriesFailed(outcomes, paths.length);
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

function stepOf(ground: Ground): Step {
  switch (ground.input.item.kind) {
    case 'files':
      return filesStep(ground, ground.input.item);
    case 'directory':
      return directoryStep(ground, ground.input.item);
    case 'directoryTimes':
      return timesStep(ground);
  }
}

function filesStep(
  { input, task, source, target, outcomes }: Ground,
  item: { dir: RawName },
): Step {
  const { mode = 'put-sync', checksum = false, dryRun = false } = input;
  const { fence } = task;
  const dir = bytesOfName(item.dir);
  const excluder = createExcluder(input.exclusions);
  const temporaries = (attempt: number, index: number) =>
    joinPath(joinPath(target, dir), Buffer.from(`.lifeline-${fence.birth}-${attempt}-${index}`));
  let made = dryRun;
  return async (path, index) => {
    const from = joinPath(source, path);
    const stats = await look(from);
    const excluded = excluder(from, stats);
    if (excluded !== undefined) return outcomes.left('excluded', path, excluded);
    if (stats.isDirectory()) return outcomes.left('skipped', path, 'it has become a directory');
    if (!made) makeDirectories(target, dir);
    made = true;
    for (let attempt = 1; attempt < fence.attempt && !dryRun; attempt += 1) {
      rmSync(temporaries(attempt, index), { force: true });
    }
    const to = joinPath(target, path);
    const temporary = temporaries(fence.attempt, index);
    const placed = placeEntry(
      { source: from, target: to, temporary, mode, checksum, dryRun },
      stats,
    );
    if (placed.kind === 'skipped') outcomes.left('skipped', path, placed.why);
    else if ('bytes' in placed) outcomes.wrote(placed.kind, placed.bytes);
    else outcomes.entry(placed.kind);
  };
}

function directoryStep(ground: Ground, { unreadable }: { unreadable?: string }): Step {
  const { input, task, source, target, outcomes } = ground;
  const { dryRun = false } = input;
  return async (dir) => {
    const stats = await look(joinPath(source, dir));
    if (!stats.isDirectory()) return outcomes.left('skipped', dir, 'it is no longer a directory');
    const isThere = !dryRun || (await isDirectory(joinPath(target, dir)));
    if (!dryRun) makeDirectories(target, dir);
    if (unreadable !== undefined) {
      fromSource(() => fail('the walk could not read all of it', unreadable));
    }
    outcomes.entry(isThere ? 'directory' : 'missingDirectory');
    if (!input.delete) return;
    const plan = { source, target, dir, dryRun, signal: task.signal };
    await deleteExtras(
      {
        ...plan,
        excluder: createExcluder(input.exclusions),
        deleted: (path) => outcomes.deleted(path),
        kept: (path, why) => outcomes.beside('skipped', path, why),
        failed: (path, error) => outcomes.beside('failed', path, reasonOf(error)),
      },
      stats,
    );
  };
}

function timesStep({ input, source, target, outcomes }: Ground): Step {
  return async (dir) => {
    const stats = await look(joinPath(source, dir));
    if (input.dryRun) return;
    removeLeftovers(joinPath(target, dir), joinPath(source, dir));
    setTimes(joinPath(target, dir), stats);
    outcomes.result.times += 1;
  };
}

/** Of an entry of the source. @throws {SourceUnavailable} */
const look = (path: Buffer): Promise<BigIntStats> =>
  lstat(path, { bigint: true }).catch(({ message, code }: CodedError) =>
    fromSource(() => fail(message, code)),
  );

const isDirectory = (path: Buffer): Promise<boolean> =>
  lstat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

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
