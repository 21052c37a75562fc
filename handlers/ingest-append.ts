/**
 * Appends to a file of the target what the source has beyond its size, in place.
 *
 *   target shorter, and how the source begins ─▶ the rest is written behind it ─▶ owner, mode, times
 *   as long, and the same                     ─▶ owner, mode, times
 *   longer, or another beginning              ─▶ left alone, and reported
 *
 * The last 64 KB of the target are compared with the source, with checksum all of it. Each byte is written
 * where it stands in the source, so an attempt that was killed, or still writes elsewhere, does no harm.
 * Readers see the file grow. As everywhere, whatever has two names (hard links) grows under both.
 */
import { chmodSync, closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';
import { copyRange, finishFile, sameRange } from './file-content.ts';
import { differenceOf, setsOwners } from './file-times.ts';
import type { CopyPlan, Placed } from './ingest-copy.ts';
import { SourceUnavailable } from './source-trouble.ts';

const TAIL_BYTES = 64 * 1024;
const WRITABLE = 0o200;

const skipped = (why: string): Placed => ({ kind: 'skipped', why });

/** @param from the source, open */
export function appendFile(plan: CopyPlan, from: number): Placed {
  const source = fstatSync(from, { bigint: true });
  if (!source.isFile()) throw new SourceUnavailable('it is no longer a file');
  const to = openTarget(plan);
  try {
    const present = fstatSync(to, { bigint: true });
    const [size, end] = [Number(present.size), Number(source.size)];
    if (size > end) {
      const more = `${size - end} bytes longer than the source`;
      return skipped(`the target is ${more}; copy it whole with the mode put-sync`);
    }
    const difference = differenceOf(source, present, setsOwners());
    const isSettled = difference === undefined && source.ctimeNs < present.ctimeNs;
    if (isSettled && !plan.checksum) return { kind: 'unchanged' };
    if (!sameRange(from, to, plan.checksum ? 0 : Math.max(0, size - TAIL_BYTES), size)) {
      return skipped('the source begins otherwise; copy it whole with the mode put-sync');
    }
    if (plan.dryRun) return grown(end - size);
    if (copyRange(from, to, size, end) < end) return skipped('it shrank while it was being copied');
    finishFile(to, source);
    if (plan.checksum && !sameRange(from, to, size, end)) {
      throw new Error('what was written reads back differently; check the disk of the target');
    }
    return grown(end - size);
  } finally {
    closeSync(to);
  }
}

const grown = (bytes: number): Placed =>
  bytes === 0 ? { kind: 'unchanged' } : { kind: 'appended', bytes };

function openTarget({ target, dryRun }: CopyPlan): number {
  const noFollow = constants.O_NOFOLLOW | constants.O_NONBLOCK;
  if (dryRun) return openSync(target, constants.O_RDONLY | noFollow);
  const { mode } = lstatSync(target);
  // Its mode comes back with its times.
  if (!setsOwners() && (mode & WRITABLE) === 0) chmodSync(target, mode | WRITABLE);
  return openSync(target, constants.O_RDWR | noFollow);
}
