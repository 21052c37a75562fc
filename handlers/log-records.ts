/**
 * The records an attempt's log is made of, and how to read them back from any pieces of it.
 *
 *   ┌────────┬──────────────┬──────────┬───────────────┐
 *   │ stream │ at           │ length   │ bytes         │
 *   │ 1 byte │ 8, double BE │ 4, BE    │ length bytes  │
 *   └────────┴──────────────┴──────────┴───────────────┘
 *
 * Logs travel as bytes by offset, in pieces that end anywhere. The reader puts them together again.
 */
import type { LogStream } from './handler.ts';

/** `gap`: bytes were not kept here; the record's text says how many and why. */
export type RecordStream = LogStream | 'gap';

/** One piece of output, or one line of `task.log`. */
export interface LogRecord {
  readonly stream: RecordStream;
  /** Wall clock of the agent, ms since 1970. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Bytes in front of each record's own. */
export const RECORD_HEADER_BYTES = 13;
/** A longer record is split by the writer, and taken for damage by the reader. */
export const MAX_RECORD_BYTES = 1024 * 1024;

const CODES = { out: 1, err: 2, log: 3, gap: 4 } as const satisfies Record<RecordStream, number>;
const STREAMS: readonly (RecordStream | undefined)[] = [undefined, 'out', 'err', 'log', 'gap'];

/** One framed record. At most `MAX_RECORD_BYTES` of content. */
export function encodeRecord({ stream, at, bytes }: LogRecord): Uint8Array {
  const framed = new Uint8Array(RECORD_HEADER_BYTES + bytes.length);
  const view = new DataView(framed.buffer);
  view.setUint8(0, CODES[stream]);
  view.setFloat64(1, at);
  view.setUint32(9, bytes.length);
  framed.set(bytes, RECORD_HEADER_BYTES);
  return framed;
}

/** Takes a log apart into its records, piece by piece. */
export interface RecordReader {
  /**
   * Takes the next bytes and returns the records that are complete now. Their bytes are copies. Where
   * the bytes stop being records, the last record is a gap that says so; nothing follows it.
   */
  push(chunk: Uint8Array): LogRecord[];
  /** Bytes taken that are not part of a complete record, or not yet. */
  pending(): number;
  /** What was taken last is no record; nothing is understood from there on. */
  readonly isDamaged: boolean;
}

/** A reader for one log, from its start or from the start of any record. */
export function createRecordReader(): RecordReader {
  let pieces: Uint8Array[] = [];
  let held = 0;
  let needed = RECORD_HEADER_BYTES;
  let lastAt = 0;
  return {
    push(chunk) {
      held += chunk.length;
      if (needed === DAMAGED) return [];
      pieces.push(chunk);
      // Joining on every push would be quadratic for a long record that comes in small pieces.
      if (held < needed) return [];
      const joined = join(pieces, held);
      const taken = take(joined);
      needed = taken.next;
      held -= taken.used;
      pieces = needed === DAMAGED ? [] : [joined.subarray(taken.used)];
      lastAt = taken.records.at(-1)?.at ?? lastAt;
      const end = { stream: 'gap', at: lastAt, bytes: Buffer.from(DAMAGE) } as const;
      return needed === DAMAGED ? [...taken.records, end] : taken.records;
    },
    pending: () => held,
    get isDamaged() {
      return needed === DAMAGED;
    },
  };
}

const DAMAGED = -1;
const DAMAGE = 'The rest of this log is damaged and cannot be shown.\n';

/** All complete records at the start of `bytes`, how many bytes they take, and how many the next one needs. */
function take(bytes: Uint8Array): { records: LogRecord[]; used: number; next: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: LogRecord[] = [];
  let used = 0;
  while (bytes.length - used >= RECORD_HEADER_BYTES) {
    const stream = STREAMS[view.getUint8(used)];
    const length = view.getUint32(used + 9);
    if (stream === undefined || length > MAX_RECORD_BYTES) return { records, used, next: DAMAGED };
    const end = used + RECORD_HEADER_BYTES + length;
    if (end > bytes.length) return { records, used, next: end - used };
    // Not `slice`, which in a Buffer shares the memory.
    const content = Uint8Array.from(bytes.subarray(used + RECORD_HEADER_BYTES, end));
    records.push({ stream, at: view.getFloat64(used + 1), bytes: content });
    used = end;
  }
  return { records, used, next: RECORD_HEADER_BYTES };
}

function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1 && pieces[0] !== undefined) return pieces[0];
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}
