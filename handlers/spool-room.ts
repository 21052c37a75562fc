/**
 * How much more the spool may take: so many bytes in all, and never the last of the disk, on which the
 * agent's store lies too. Where a log and the store want the same room, the log gives way: what is missing of a
 * log can be told, but an end that cannot be recorded ends everything that runs.
 *
 *   disk   |■■■■■■■■■■■ others ■■■■■|■■ spool ■■|□□ free □□|  `freeBytes`, left to the store  |
 *                                   |■■ spool ■■|□□□□□□□□□□□□□□|  `totalBytes`
 */
import type { SpoolFiles } from './spool-files.ts';

/** Bytes, all three. */
export interface SpoolLimits {
  /** Most that one attempt's log takes, its gap records included. Default 64 MB. */
  readonly attemptBytes: number;
  /** Most that all logs take together, but for gap records. Default 1 GB. */
  readonly totalBytes: number;
  /** Room on the disk that logs leave to others. Default 32 MB. */
  readonly freeBytes: number;
}

const MB = 1024 * 1024;

export const SPOOL_LIMITS: SpoolLimits = {
  attemptBytes: 64 * MB,
  totalBytes: 1024 * MB,
  freeBytes: 32 * MB,
};

/** The disk is asked again after so much was written, or so long. */
const ASK_AGAIN_BYTES = 256 * 1024;
const ASK_AGAIN_MS = 250;

export interface SpoolRoom {
  /**
   * Why so many bytes must not be written now; undefined when they may.
   *
   * @param at wall clock in ms since 1970
   */
  refusal(bytes: number, at: number): string | undefined;
  took(bytes: number): void;
  gave(bytes: number): void;
}

/**
 * @param files where the logs are
 * @param heldBytes what the logs take already
 */
export function createSpoolRoom(
  files: Pick<SpoolFiles, 'free'>,
  { totalBytes, freeBytes }: SpoolLimits,
  heldBytes: number,
): SpoolRoom {
  let held = heldBytes;
  let left = 0;
  let writtenSince = 0;
  let askedAt = -Infinity;
  const leftOnDisk = (bytes: number, at: number): number => {
    // A wall clock may go back.
    const isOld = Math.abs(at - askedAt) >= ASK_AGAIN_MS || writtenSince + bytes >= ASK_AGAIN_BYTES;
    if (isOld) {
      left = files.free();
      askedAt = at;
      writtenSince = 0;
    }
    return left - writtenSince;
  };
  return {
    refusal(bytes, at) {
      if (held + bytes > totalBytes) return "the agent's spool is full";
      if (leftOnDisk(bytes, at) - bytes < freeBytes) return "the agent's disk is nearly full";
      return undefined;
    },
    took(bytes) {
      held += bytes;
      writtenSince += bytes;
    },
    gave: (bytes) => void (held -= bytes),
  };
}
