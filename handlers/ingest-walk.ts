/**
 * Walks a tree and yields its items as a stream, so that a million files need the memory of a few.
 *
 *   first pass     files, files, directory, files, directory …       in no particular order
 *   second pass    directoryTimes …                                  deepest first
 *
 * Whoever hands the items out has to wait, between the two, until all of the first are done.
 * The second pass reads the directories again, when it is asked for: remembering them would cost memory
 * for each.
 */
import { opendir } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import type { Excluder } from './ingest-exclusions.ts';
import type { IngestItem } from './ingest-items.ts';
import { joinPath, rawName } from './raw-name.ts';

export const FILES_PER_TASK = 50;
const MOST_FILES_PER_TASK = 1000;
const DIRECTORIES_PER_TASK = 50;
/** An input may have 256 KB; base64 makes a third more of what is no UTF-8. */
const NAME_BYTES_PER_TASK = 128 * 1024;
/** Entries that one call of the system fetches. */
const READ_AHEAD = 256;

export interface WalkOptions {
  /** Entries of one `files` item, 1 to 1000. */
  readonly filesPerTask?: number;
  /** An excluded directory is not walked; it is an entry among others, which the work leaves out. */
  readonly excluder?: Excluder;
}

/** @param source the root of the tree, as text or bytes; it may be a link to a directory */
export async function* walkTree(
  source: string | Uint8Array,
  options: WalkOptions = {},
): AsyncGenerator<IngestItem, void, undefined> {
  yield* walkEntries(source, options);
  yield* walkTimes(source, options);
}

/** The second pass. */
export async function* walkTimes(
  source: string | Uint8Array,
  { excluder = nothing }: WalkOptions = {},
): AsyncGenerator<IngestItem, void, undefined> {
  const batch = createBatch(DIRECTORIES_PER_TASK);
  for await (const dir of walkDirectories(Buffer.from(source), excluder)) {
    const dirs = batch.add(dir);
    if (dirs) yield { kind: 'directoryTimes', dirs: dirs.map(rawName) };
  }
  const dirs = batch.rest();
  if (dirs.length > 0) yield { kind: 'directoryTimes', dirs: dirs.map(rawName) };
}

/** The first pass. */
export async function* walkEntries(
  source: string | Uint8Array,
  { filesPerTask = FILES_PER_TASK, excluder = nothing }: WalkOptions = {},
): AsyncGenerator<IngestItem, void, undefined> {
  if (!Number.isInteger(filesPerTask) || filesPerTask < 1 || filesPerTask > MOST_FILES_PER_TASK) {
    throw new RangeError(`filesPerTask must be a whole number from 1 to ${MOST_FILES_PER_TASK}.`);
  }
  const root = Buffer.from(source);
  const open: Buffer[] = [EMPTY];
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    const batch = createBatch(filesPerTask);
    const found: Buffer[] = [];
    let unreadable: string | undefined;
    try {
      for await (const entry of entriesOf(root, dir)) {
        if (isWalked(root, dir, entry, excluder)) found.push(below(dir, entry.name));
        else {
          const names = batch.add(entry.name);
          if (names) yield { kind: 'files', dir: rawName(dir), names: names.map(rawName) };
        }
      }
    } catch (error) {
      unreadable = codeOf(error);
    }
    const names = batch.rest();
    if (names.length > 0) yield { kind: 'files', dir: rawName(dir), names: names.map(rawName) };
    yield { kind: 'directory', dir: rawName(dir), ...(unreadable ? { unreadable } : {}) };
    // Reversed, so that the first one found is the next one walked.
    for (let last = found.pop(); last !== undefined; last = found.pop()) open.push(last);
  }
}

const nothing: Excluder = () => undefined;

const isWalked = (root: Buffer, dir: Buffer, entry: Dirent<Buffer>, excluder: Excluder): boolean =>
  entry.isDirectory() &&
  (excluder === nothing || excluder(joinPath(root, below(dir, entry.name)), entry) === undefined);

/** Every directory after all that are in it: one may take the right to enter it from its own children. */
async function* walkDirectories(root: Buffer, excluder: Excluder): AsyncGenerator<Buffer> {
  const open: { readonly dir: Buffer; entered: boolean }[] = [{ dir: EMPTY, entered: false }];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    if (last.entered) {
      open.pop();
      yield last.dir;
      continue;
    }
    last.entered = true;
    try {
      for await (const entry of entriesOf(root, last.dir)) {
        if (!isWalked(root, last.dir, entry, excluder)) continue;
        open.push({ dir: below(last.dir, entry.name), entered: false });
      }
    } catch {
      // The first pass has reported it; its own times can be set all the same.
    }
  }
}

/** Names come as bytes: as text, those that are no UTF-8 would lead nowhere. */
async function* entriesOf(root: Buffer, dir: Buffer): AsyncGenerator<Dirent<Buffer>> {
  const options = { encoding: 'buffer', bufferSize: READ_AHEAD } as const;
  // The declared types know no encoding but text.
  const opened = await opendir(joinPath(root, dir), options as unknown as { bufferSize: number });
  yield* opened as unknown as AsyncIterable<Dirent<Buffer>>;
}

function createBatch(most: number) {
  let names: Buffer[] = [];
  let bytes = 0;
  const rest = (): Buffer[] => {
    const full = names;
    names = [];
    bytes = 0;
    return full;
  };
  return {
    /** Adds a name and returns the batch when it is full. */
    add(name: Buffer): Buffer[] | undefined {
      names.push(name);
      bytes += name.length;
      return names.length >= most || bytes >= NAME_BYTES_PER_TASK ? rest() : undefined;
    },
    rest,
  };
}

const EMPTY = Buffer.alloc(0);

const below = (dir: Buffer, name: Buffer): Buffer =>
  dir.length === 0 ? Buffer.from(name) : joinPath(dir, name);

const codeOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
