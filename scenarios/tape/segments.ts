/**
 * The files of a recording. Whole lines are appended once per turn of Node's loop, so that a process that is
 * killed loses at most what it was just deciding; the oldest file goes when all together grow too large.
 *
 *   FILE ◀── lines     full: FILE.6 ─▶ FILE.7, … FILE ─▶ FILE.1, a new FILE     FILE.7 is dropped
 *
 * Who is recorded never waits for more than a write to the cache of its file system, and never fails by it:
 * while the disk refuses, lines are dropped; once it does not, a line `gap` says so, and each life is
 * written down anew. What an earlier process has left under that name is kept as an older file of the same row.
 */
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { Clock } from '../../actors/clock.ts';
import { FIRST_LINE } from '../format/problem.ts';
import { EVERY_LANE, lineOf, madeLine, type Word } from './tape-line.ts';
import type { Json } from './spelling.ts';

/** Files in all. */
export const SEGMENTS = 8;

/** So long a disk that refuses is left alone. */
const RETRY_MS = 1_000;

/** Only its owner may read it. */
const MODE = 0o600;

export interface SegmentOptions {
  readonly file: string;
  /** Most that all files together may take; each is an eighth of it. */
  readonly capBytes: number;
  readonly clock: Clock;
  /** The second line of a file, by its number from 1. */
  readonly made: (segment: number) => Json;
  /** A new file, or what follows a gap: the lives that go on are to be written down anew. */
  readonly anew: () => void;
  /** The disk refuses; called once until it no longer does. */
  readonly refused: (error: unknown) => void;
}

/** `FILE`, `FILE.1` …: the newest first. */
export const segmentPath = (file: string, age: number) => (age === 0 ? file : `${file}.${age}`);

export class Segments {
  readonly #options: SegmentOptions;
  readonly #beganAt: number;
  readonly #shareBytes: number;
  #fd = -1;
  #segment = 1;
  /** Bytes of whole lines in the present file. */
  #size = 0;
  #fullAt: number;
  #lines: string[] = [];
  #cancelFlush: (() => void) | undefined;
  /** Lines that were dropped since the disk refused; null: it does not. */
  #lost: number | null = null;
  #retryAt = 0;
  #closed = false;

  /** @throws when the file cannot be opened or written */
  constructor(options: SegmentOptions) {
    this.#options = options;
    this.#beganAt = options.clock.elapsed();
    this.#shareBytes = options.capBytes / SEGMENTS;
    this.#fullAt = this.#shareBytes;
    this.#open();
  }

  write(lane: string, word: Word, body: Json): void {
    if (this.#closed) return;
    if (this.#lost !== null && !this.#recovers()) {
      this.#lost++;
      return;
    }
    this.#lines.push(this.#line(lane, word, body));
    this.#cancelFlush ??= this.#options.clock.after(0, () => this.#flush());
  }

  close(): void {
    if (this.#closed) return;
    this.write(EVERY_LANE, 'end', {});
    this.#closed = true;
    this.#cancelFlush?.();
    this.#flush();
    closeSync(this.#fd);
  }

  #line(lane: string, word: Word, body: Json): string {
    const atMs = this.#options.clock.elapsed() - this.#beganAt;
    return lineOf({ atMs, lane, word, body });
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    const lines = this.#lines;
    this.#lines = [];
    if (lines.length === 0) return;
    try {
      this.#append(lines);
    } catch (error) {
      this.#lost = lines.length;
      this.#retryAt = this.#options.clock.elapsed() + RETRY_MS;
      this.#options.refused(error);
      return;
    }
    if (this.#size >= this.#fullAt && !this.#closed) this.#rotate();
  }

  #append(lines: readonly string[]): void {
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    writeWhole(this.#fd, bytes, this.#size);
    this.#size += bytes.length;
  }

  /** Whether the disk takes lines again. A line that it took in part is cut off. */
  #recovers(): boolean {
    if (this.#options.clock.elapsed() < this.#retryAt) return false;
    try {
      ftruncateSync(this.#fd, this.#size);
      this.#append([this.#line(EVERY_LANE, 'gap', { lines: this.#lost })]);
    } catch {
      this.#retryAt = this.#options.clock.elapsed() + RETRY_MS;
      return false;
    }
    this.#lost = null;
    this.#options.anew();
    return true;
  }

  /** Where there can be no new file, the present one grows on, and it is tried again later. */
  #rotate(): void {
    const full = this.#fd;
    try {
      this.#segment++;
      this.#open();
    } catch (error) {
      this.#segment--;
      this.#fullAt += this.#shareBytes;
      this.#options.refused(error);
      return;
    }
    closeSync(full);
    this.#options.anew();
  }

  #open(): void {
    const { file, made } = this.#options;
    if (existsSync(file)) {
      for (let age = SEGMENTS - 1; age > 0; age--) {
        const younger = segmentPath(file, age - 1);
        if (existsSync(younger)) renameSync(younger, segmentPath(file, age));
      }
    }
    const fd = openSync(file, 'wx', MODE);
    const head = Buffer.from(`${FIRST_LINE}\n${madeLine(made(this.#segment))}\n`);
    try {
      writeWhole(fd, head, 0);
    } catch (error) {
      closeSync(fd);
      unlinkSync(file);
      throw error;
    }
    this.#fd = fd;
    this.#size = head.length;
    this.#fullAt = this.#shareBytes;
  }
}

function writeWhole(fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(fd, bytes, done, bytes.length - done, at + done);
}
