/**
 * The log of an attempt for people, page by page.
 *
 *   bytes from `from` ─▶ records ─▶ { at, stream, text } or { at, stream, base64 } ─▶ up to 400 KB of JSON
 *
 * A page ends where a record ends, so that the next one begins with a whole record.
 */
import type { Recorded } from '../../actors/facts.ts';
import { readLog, type LogOptions, type LogView } from '../../actors/read-log.ts';
import { instant } from '../../actors/views.ts';
import {
  createRecordReader,
  RECORD_HEADER_BYTES,
  type LogRecord,
  type RecordReader,
} from '../../handlers/log-records.ts';

/** Size of the items of a page as JSON; one record alone may have more. */
const PAGE_BYTES = 400_000;

/** One record; what is no UTF-8 comes as base64. `at` is null when what the agent wrote is no instant. */
export type LogItem = { readonly at: string | null; readonly stream: LogRecord['stream'] } & (
  { readonly text: string } | { readonly base64: string }
);

/** `length`, `expected` and `complete` are of all pages together. */
export interface LogPage extends Omit<LogView, 'chunks'> {
  readonly id: string;
  readonly items: readonly LogItem[];
  /** Where these end: what to ask `from` for what may come later. */
  readonly to: number;
  /** What to ask `from` for the next page; null at the end of what is here. */
  readonly next: number | null;
}

/** @throws {Refused} `unknown` when there is no such sub-transaction or attempt */
export function logPage(store: Recorded, id: string, options: LogOptions): LogPage {
  const { chunks, ...log } = readLog(store, id, options);
  const items: LogItem[] = [];
  let to = options.from ?? 0;
  let size = 0;
  const reader = createRecordReader();
  for (const record of recordsOf(reader, chunks)) {
    const item = itemOf(record);
    size += Buffer.byteLength(JSON.stringify(item));
    if (size > PAGE_BYTES && items.length > 0) return { id, ...log, items, to, next: to };
    items.push(item);
    to = Math.min(log.length, to + RECORD_HEADER_BYTES + record.bytes.length);
  }
  // No record begins behind damage.
  return { id, ...log, items, to: reader.isDamaged ? log.length : to, next: null };
}

function* recordsOf(reader: RecordReader, chunks: Iterable<Uint8Array>): Generator<LogRecord> {
  for (const chunk of chunks) yield* reader.push(chunk);
}

function itemOf({ stream, at, bytes }: LogRecord): LogItem {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const text = content.toString();
  const head = { at: at >= 0 ? instant(at) : null, stream };
  return Buffer.from(text).equals(content)
    ? { ...head, text }
    : { ...head, base64: content.toString('base64') };
}
