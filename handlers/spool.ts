/**
 * The spool: what each attempt has written, kept on the agent until the controller has it all.
 *
 *   append ──▶ gathered for one microtask ──▶ one write to the attempt's file     <birth>-<attempt>.log
 *                                                    │ no room (spool-room.ts), the disk refuses, or
 *                                                    ▼ the attempt's share is used up
 *                                              counted, and told in a gap record where it is missing
 *
 * A task never stops because of its log: what cannot be kept is counted and the gap is visible in the log
 * itself. Offsets count the bytes of the file, frames included (log-records.ts), and only grow.
 */
import type { FenceToken, LogStore, LogStream } from './handler.ts';
import { createMemoryFiles, openSpoolFiles } from './spool-files.ts';
import type { SpoolFiles } from './spool-files.ts';
import { SpoolLog } from './spool-log.ts';
import { createSpoolRoom, SPOOL_LIMITS, type SpoolLimits } from './spool-room.ts';

/** A log store that can be written to. */
export interface Spool extends LogStore {
  /**
   * Adds output of an attempt. Never throws: what cannot be kept becomes a gap.
   *
   * @param at wall clock in ms since 1970
   */
  append(fence: FenceToken, stream: LogStream, bytes: Uint8Array, at: number): void;
  /** The attempt has ended: what is gathered of it is written, and what there is to tell about gaps. */
  end(fence: FenceToken): void;
}

/**
 * Opens the spool in a directory, which is made when it is missing. A record that a crash has torn is
 * cut off; everything before it is kept.
 *
 * @throws when the directory cannot be made or read
 */
export function openSpool(directory: string, limits: Partial<SpoolLimits> = {}): Spool {
  return createSpool(openSpoolFiles(directory), limits);
}

/** A spool that is gone with the process: for tests and the simulator. */
export function createMemorySpool(limits: Partial<SpoolLimits> = {}): Spool {
  return createSpool(createMemoryFiles(), limits);
}

/** The spool over any files; its logic is the same on disk and in memory. */
export function createSpool(files: SpoolFiles, chosen: Partial<SpoolLimits> = {}): Spool {
  const limits = { ...SPOOL_LIMITS, ...chosen };
  const logs = new Map<string, SpoolLog>();
  /** Logs with something gathered, or with a gap that is not told yet. */
  const dirty = new Set<SpoolLog>();
  let scheduled = false;
  const held = files.held();
  const heldBytes = held.reduce((sum, fence) => sum + files.size(fence), 0);
  const room = createSpoolRoom(files, limits, heldBytes);

  const logOf = (fence: FenceToken): SpoolLog => {
    const known = logs.get(keyOf(fence));
    if (known) return known;
    const log = new SpoolLog(fence, files, room, limits.attemptBytes);
    logs.set(keyOf(fence), log);
    return log;
  };
  for (const fence of held) logOf(fence);

  const write = () => {
    scheduled = false;
    for (const log of dirty) if (!log.hasEnded && log.write()) dirty.delete(log);
  };
  return {
    append(fence, stream, bytes, at) {
      const log = logOf(fence);
      log.add(stream, bytes, at);
      if (!scheduled) queueMicrotask(write);
      scheduled = true;
      dirty.add(log);
    },
    end(fence) {
      logs.get(keyOf(fence))?.end();
      // What an earlier one could not tell is tried again now, not more often.
      for (const log of dirty) if (log.hasEnded && log.write()) dirty.delete(log);
    },
    length(fence) {
      write();
      return logs.get(keyOf(fence))?.length ?? 0;
    },
    read(fence, offset, limit) {
      write();
      return logs.has(keyOf(fence)) ? files.read(fence, offset, limit) : new Uint8Array();
    },
    remove(fence) {
      const log = logs.get(keyOf(fence));
      if (!log) return;
      logs.delete(keyOf(fence));
      dirty.delete(log);
      files.remove(fence);
      room.gave(log.length);
    },
    held: () => [...logs.values()].map((log) => log.fence),
  };
}

const keyOf = ({ birth, attempt }: FenceToken): string => `${birth}-${attempt}`;
