/**
 * Files that are there before they are needed, so that a few bytes can be written down on a full disk.
 *
 *   spare-0, spare-1 … ──take──▶ written over in place, then renamed ──giveBack──▶ renamed again
 *
 * Neither needs room, and a crash between the two steps leaves a spare that nobody reads.
 */
import {
  closeSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const NAME = /^spare-\d+$/;
/** What is written into one. */
export const SPARE_BYTES = 512;

export interface SpareFiles {
  /** Makes a file of a spare. False: none is left. @throws when the disk refuses even that */
  take(path: string, text: string): boolean;
  /** True: the file was a spare and is one again. */
  giveBack(path: string): boolean;
}

/** @param count files that will be taken at once; fewer are there when the disk is full already */
export function openSpareFiles(directory: string, count: number): SpareFiles {
  for (const name of readdirSync(directory).filter((one) => NAME.test(one)))
    rmSync(join(directory, name), { force: true });
  const spares: string[] = [];
  const taken = new Map<string, string>();
  try {
    for (let n = 0; n < count; n++) {
      const path = join(directory, `spare-${n}`);
      writeFileSync(path, ' '.repeat(SPARE_BYTES), { mode: 0o600 });
      spares.push(path);
    }
  } catch {
    // A disk that is full already: then there are fewer.
  }
  return {
    take(path, text) {
      const spare = spares.at(-1);
      if (spare === undefined || Buffer.byteLength(text) > SPARE_BYTES) return false;
      const file = openSync(spare, 'r+');
      try {
        writeSync(file, text.padEnd(SPARE_BYTES), 0);
      } finally {
        closeSync(file);
      }
      renameSync(spare, path);
      taken.set(path, spare);
      spares.pop();
      return true;
    },
    giveBack(path) {
      const spare = taken.get(path);
      if (spare === undefined) return false;
      renameSync(path, spare);
      taken.delete(path);
      spares.push(spare);
      return true;
    },
  };
}
