/**
 * The spool: what each attempt has written, kept on the agent until the controller has it all.
 *
 *   append ──▶ gathered for one microtask ──▶ one write to the attempt's file     <birth>-<attempt>.log
 *                                                    │ disk full, or the attempt's share is used up
 *                                                    ▼
 *                                              counted, and told in a gap record where it is missing
 *
 * A task never stops because of its log: what cannot be kept is counted and the gap is visible in the log
 * itself. Offsets count the bytes of the file, frames included (log-records.ts), and only grow.
 */
import type { FenceToken, LogStore, LogStream } from './handler.ts';
import { encodeRecord, MAX_RECORD_BYTES } from './log-records.ts';
import { createMemoryFiles, openSpoolFiles } from './spool-files.ts';
import type { SpoolFiles } from './spool-files.ts';

/** Most bytes that one attempt's log takes on disk, its last gap record included: 64 MB. */
export const LOG_CAP_BYTES = 64 * 1024 * 1024;

/** Room that stays free below the cap for the record that says so. */
const GAP_ROOM_BYTES = 256;
/** Gathered output is written at once when it is more than this. */
const BATCH_BYTES = 256 * 1024;

/** A log store that can be written to. */
export interface Spool extends LogStore {
  /**
   * Adds output of an attempt. Never throws: what cannot be kept becomes a gap.
   *
   * @param at wall clock in ms since 1970
   */
  append(fence: FenceToken, stream: LogStream, bytes: Uint8Array, at: number): void;
  /** Writes what is gathered, and what there is to tell about gaps. To be called when an attempt ends. */
  flush(): void;
}

/**
 * Opens the spool in a directory, which is made when it is missing. A record that a crash has torn is
 * cut off; everything before it is kept.
 *
 * @param capBytes most bytes of one attempt's log
 * @throws when the directory cannot be made or read
 */
export function openSpool(directory: string, capBytes: number = LOG_CAP_BYTES): Spool {
  return createSpool(openSpoolFiles(directory), capBytes);
}

/** A spool that is gone with the process: for tests and the simulator. */
export function createMemorySpool(capBytes: number = LOG_CAP_BYTES): Spool {
  return createSpool(createMemoryFiles(), capBytes);
}

/** The spool over any files; its logic is the same on disk and in memory. */
export function createSpool(files: SpoolFiles, capBytes: number): Spool {
  const logs = new Map<string, Log>();
  /** Logs with something gathered, or with a gap that is not told yet. */
  const dirty = new Set<Log>();
  let scheduled = false;
  for (const fence of files.held()) logs.set(keyOf(fence), createLog(fence, files, capBytes));

  const logOf = (fence: FenceToken): Log => {
    const known = logs.get(keyOf(fence));
    if (known) return known;
    const log = createLog(fence, files, capBytes);
    logs.set(keyOf(fence), log);
    return log;
  };
  const write = () => {
    scheduled = false;
    for (const log of dirty) if (log.write()) dirty.delete(log);
  };
  const flush = () => {
    for (const log of dirty) if (log.tellGap()) dirty.delete(log);
  };
  return {
    append(fence, stream, bytes, at) {
      const log = logOf(fence);
      log.add(stream, bytes, at);
      if (!scheduled) queueMicrotask(write);
      scheduled = true;
      dirty.add(log);
    },
    flush,
    length(fence) {
      write();
      return logs.get(keyOf(fence))?.length() ?? 0;
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
    },
    held: () => [...logs.values()].map((log) => log.fence),
  };
}

interface Log {
  readonly fence: FenceToken;
  add(stream: LogStream, bytes: Uint8Array, at: number): void;
  /** Writes what is gathered. True when nothing is left to tell. */
  write(): boolean;
  /** The same, and tells a gap although nothing follows it. */
  tellGap(): boolean;
  length(): number;
}

function createLog(fence: FenceToken, files: SpoolFiles, capBytes: number): Log {
  let length = files.size(fence);
  let batch: Uint8Array[] = [];
  let gathered = 0;
  let lastAt = 0;
  /** Bytes of output in the batch, and those that the disk refused since it last took some. */
  let content = 0;
  let refused = 0;
  let full = length + GAP_ROOM_BYTES >= capBytes;

  const put = (framed: Uint8Array, at: number, contentBytes: number) => {
    batch.push(framed);
    gathered += framed.length;
    content += contentBytes;
    lastAt = at;
    if (gathered >= BATCH_BYTES) tellGap();
  };
  const tellGap = (): boolean => {
    const why = `${refused} bytes of output are missing here: the agent's disk refused them.`;
    const gap = refused > 0 ? [gapRecord(why, lastAt)] : [];
    const bytes = Buffer.concat([...gap, ...batch]);
    try {
      if (bytes.length > 0) files.append(fence, bytes);
      length += bytes.length;
      refused = 0;
    } catch {
      refused += content;
    }
    batch = [];
    gathered = 0;
    content = 0;
    return refused === 0;
  };
  return {
    fence,
    add(stream, bytes, at) {
      for (let offset = 0; offset < bytes.length && !full; offset += MAX_RECORD_BYTES) {
        const piece = bytes.subarray(offset, offset + MAX_RECORD_BYTES);
        const framed = encodeRecord({ stream, at, bytes: piece });
        full = length + gathered + framed.length + GAP_ROOM_BYTES > capBytes;
        const why = `The log ends here: it has reached the ${capBytes} bytes that one attempt may keep.`;
        if (full) put(gapRecord(why, at), at, 0);
        else put(framed, at, piece.length);
      }
    },
    // A gap alone is told when the attempt ends, so that a log does not grow behind a reader's back.
    write: () => (gathered > 0 ? tellGap() : refused === 0),
    tellGap,
    length: () => length,
  };
}

const gapRecord = (why: string, at: number): Uint8Array =>
  encodeRecord({ stream: 'gap', at, bytes: Buffer.from(`${why}\n`) });

const keyOf = ({ birth, attempt }: FenceToken): string => `${birth}-${attempt}`;
