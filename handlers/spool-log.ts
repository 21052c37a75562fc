/**
 * The log of one attempt in the spool: gathers output, writes it in batches, and tells what is missing.
 *
 *   add ─▶ batch ─▶ room? ─▶ file            |records|gap: 812 bytes missing|records|gap: the log ends here|
 *                    │ no, or the disk refuses            ▲
 *                    └──────▶ counted ────────────────────┘ in front of the next batch, or at the end
 *
 * Gap records are small and go in although there is no room for output.
 */
import type { FenceToken, LogStream } from './handler.ts';
import { encodeRecord, MAX_RECORD_BYTES } from './log-records.ts';
import type { SpoolFiles } from './spool-files.ts';
import type { SpoolRoom } from './spool-room.ts';

/** Room that stays free below an attempt's cap for the records that tell of a gap and of the end. */
const GAP_ROOM_BYTES = 256;
/** Gathered output is written at once when it is more than this. */
const BATCH_BYTES = 256 * 1024;

export class SpoolLog {
  readonly fence: FenceToken;
  readonly #files: SpoolFiles;
  readonly #room: SpoolRoom;
  readonly #capBytes: number;
  #length: number;
  #batch: Uint8Array[] = [];
  #gathered = 0;
  /** Bytes of output in the batch. */
  #content = 0;
  #lastAt = 0;
  /** Bytes of output that are missing behind what is written, and why. */
  #missing = 0;
  #why = '';
  #isFull: boolean;
  /** That the log is full, until it is written. */
  #lastWord: Uint8Array | undefined;
  #hasEnded = false;

  /** @param capBytes most bytes of this log */
  constructor(fence: FenceToken, files: SpoolFiles, room: SpoolRoom, capBytes: number) {
    this.fence = fence;
    this.#files = files;
    this.#room = room;
    this.#capBytes = capBytes;
    this.#length = files.size(fence);
    this.#isFull = this.#length + GAP_ROOM_BYTES >= capBytes;
  }

  get length(): number {
    return this.#length;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  add(stream: LogStream, bytes: Uint8Array, at: number): void {
    for (let offset = 0; offset < bytes.length && !this.#isFull; offset += MAX_RECORD_BYTES) {
      this.#lastAt = at;
      this.#gather(stream, bytes.subarray(offset, offset + MAX_RECORD_BYTES));
      if (this.#gathered >= BATCH_BYTES) this.write();
    }
  }

  /** Nothing follows: from now on `write` tells of a gap at the end too. */
  end(): void {
    this.#hasEnded = true;
  }

  /** Writes what is gathered. True when nothing is left to tell. */
  write(): boolean {
    const refusal =
      this.#gathered > 0 ? this.#room.refusal(this.#gathered, this.#lastAt) : undefined;
    if (refusal !== undefined) this.#miss(refusal);
    const gap = this.#missing > 0;
    const hasOutput = this.#gathered > 0;
    // A gap alone is told when the attempt ends, so that a log does not grow behind a reader's back.
    if (this.#gathered === 0 && !this.#lastWord && !(gap && this.#hasEnded)) return !gap;
    const bytes = Buffer.concat([
      ...(gap
        ? [this.#gapRecord(`${this.#missing} bytes of output are missing here: ${this.#why}.`)]
        : []),
      ...this.#batch,
      ...(this.#lastWord ? [this.#lastWord] : []),
    ]);
    try {
      this.#files.append(this.fence, bytes);
    } catch {
      this.#miss("the agent's disk refused them");
      // The mark alone may find room, and after the end nobody writes again.
      return hasOutput && this.#hasEnded && this.write();
    }
    this.#length += bytes.length;
    this.#room.took(bytes.length);
    this.#missing = 0;
    this.#lastWord = undefined;
    this.#clear();
    return true;
  }

  #gather(stream: LogStream, piece: Uint8Array): void {
    const framed = encodeRecord({ stream, at: this.#lastAt, bytes: piece });
    const size = this.#length + this.#gathered + framed.length;
    this.#isFull = size + GAP_ROOM_BYTES > this.#capBytes;
    if (this.#isFull) {
      const most = `the ${this.#capBytes} bytes that one attempt may keep`;
      this.#lastWord = this.#gapRecord(`The log ends here: it has reached ${most}.`);
      return;
    }
    this.#batch.push(framed);
    this.#gathered += framed.length;
    this.#content += piece.length;
  }

  /** What is gathered cannot be kept. */
  #miss(why: string): void {
    this.#missing += this.#content;
    this.#why = why;
    this.#clear();
  }

  #clear(): void {
    this.#batch = [];
    this.#gathered = 0;
    this.#content = 0;
  }

  #gapRecord(text: string): Uint8Array {
    return encodeRecord({ stream: 'gap', at: this.#lastAt, bytes: Buffer.from(`${text}\n`) });
  }
}
