/**
 * The directory that LMDB works in: makes it, and looks at its files before LMDB does.
 *
 * lmdb-js 3.5 ends the whole process with a segmentation fault when LMDB cannot open an environment (it
 * frees the same thing twice on that path), so what can go wrong there is asked beforehand: files that may
 * not be read or written, and a data file that is none of LMDB's.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StoreFailed } from './store.ts';

/** The first page's header comes first, then this number and the version of the format. */
const MAGIC = 0xbeefc0de;
const MAGIC_OFFSET = 24;

/**
 * Makes the directory (mode 0700) if it is missing.
 *
 * @throws StoreFailed when there can be none.
 */
export function makeDataDirectory(directory: string): void {
  try {
    makeDirectories(resolve(directory));
  } catch (error) {
    const reason = (error as Error).message;
    throw new StoreFailed(
      `The data directory ${directory} cannot be used (${reason}); choose another with --data.`,
      { cause: error },
    );
  }
}

/** As mkdir -p; Node's own way never ends where a directory cannot be made, in /proc for one. */
export function makeDirectories(directory: string): void {
  if (existsSync(directory)) {
    if (!statSync(directory).isDirectory()) throw new Error('it is a file');
    return;
  }
  makeDirectories(dirname(directory));
  mkdirSync(directory, { mode: 0o700 });
}

/** @throws Error when LMDB could not work with the files that are there. */
export function checkDataFiles(directory: string): void {
  const data = join(directory, 'data.mdb');
  for (const path of [data, join(directory, 'lock.mdb')]) {
    if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK);
  }
  if (!existsSync(data)) return;
  const head = new DataView(new ArrayBuffer(MAGIC_OFFSET + 4));
  const file = openSync(data, 'r');
  const bytes = readSync(file, head);
  closeSync(file);
  // LMDB writes numbers as the machine has them.
  const magics = [head.getUint32(MAGIC_OFFSET, true), head.getUint32(MAGIC_OFFSET, false)];
  if (bytes > 0 && !magics.includes(MAGIC)) throw new Error(`${data} is no LMDB file`);
}
