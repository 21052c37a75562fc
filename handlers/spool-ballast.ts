/**
 * A file without meaning in the spool's directory: room that is held back, so that on a disk without one
 * free byte a log can still tell that something of it is missing.
 *
 *   |■■■■■■■■ full ■■■■■■■■|▒▒▒▒▒▒|    given up a step at a time, for one mark each; taken again when there is room
 */
import { closeSync, ftruncateSync, fstatSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const BALLAST_BYTES = 256 * 1024;
/** A file system gives room in blocks; a mark in a new file needs two. */
const STEP_BYTES = 16 * 1024;

export interface SpoolBallast {
  /** Gives a step up. False: there is none left. */
  giveUp(): boolean;
  /** Takes what was given up again, if there is plenty. @param freeBytes what the disk has left */
  refill(freeBytes: number): void;
}

/** @param directory of the spool */
export function openSpoolBallast(directory: string): SpoolBallast {
  const path = join(directory, 'ballast');
  let size = 0;
  const resize = (change: (file: number) => void) => {
    try {
      const file = openSync(path, 'a', 0o600);
      try {
        change(file);
      } finally {
        size = fstatSync(file).size;
        closeSync(file);
      }
    } catch {
      // A disk that gives nothing: then there is no ballast.
    }
  };
  const refill = (freeBytes: number) => {
    if (size >= BALLAST_BYTES || freeBytes < 4 * BALLAST_BYTES) return;
    resize((file) => {
      // Random bytes are not needed, written ones are: a hole takes no room.
      const missing = BALLAST_BYTES - fstatSync(file).size;
      if (missing > 0) writeSync(file, Buffer.alloc(missing, 'ballast '));
    });
  };
  // What the last life held back is still there.
  resize(() => undefined);
  return {
    giveUp() {
      if (size === 0) return false;
      const before = size;
      resize((file) => ftruncateSync(file, Math.max(0, before - STEP_BYTES)));
      return size < before;
    },
    refill,
  };
}
