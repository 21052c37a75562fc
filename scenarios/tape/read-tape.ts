/**
 * Reads a recording, line by line: all its files, the oldest first.
 *
 *   FILE ─▶ FILE.7 … FILE.1, FILE ─▶ version, made ─▶ line, line, …      torn or damaged: the rest is left out
 *
 * A crash may tear the last line, and a power failure more: what stands before it is good, and a note says
 * where it ends. What no lifeline of this version ever writes is an error.
 */
import { existsSync, readFileSync } from 'node:fs';
import { checkVersion, ScenarioError } from '../format/problem.ts';
import type { Made } from './recording.ts';
import { SEGMENTS, segmentPath } from './segments.ts';
import { parseLine, parseMade, unsealed, type TapeLine } from './tape-line.ts';

export interface TapeEvent extends TapeLine {
  readonly file: string;
  readonly line: number;
}

export interface Segment {
  readonly file: string;
  readonly made: Made;
  /** False: what stood before it is not all there, so that no life of before can go on here. */
  readonly follows: boolean;
  /** Can be walked once. @throws {ScenarioError} meanwhile */
  readonly events: Iterable<TapeEvent>;
}

/** True for the text of a recording; false for that of a script, or of anything else. */
export const isTape = (text: string) => /^[^\n]*\nmade /.test(text);

/**
 * A recording and what is left of its older files, the oldest first. Each is read when its turn has come.
 *
 * @param note is told what could not be read
 * @throws {ScenarioError} while it is walked
 */
export function* readRecording(file: string, note: (text: string) => void): Iterable<Segment> {
  let before: Made | undefined;
  const files = filesOf(file);
  if (files.length === 0) throw new ScenarioError(file, 1, 'There is no such file.');
  for (const path of files.toReversed()) {
    const lines = new Lines(readFileSync(path, 'utf8'), path, note);
    const made = lines.made();
    const follows = before?.recording === made.recording && before.segment + 1 === made.segment;
    yield { file: path, made, follows, events: lines.events() };
    before = lines.isWhole ? made : undefined;
  }
}

/** A recording's files that are there, the newest first. */
export const filesOf = (file: string): readonly string[] =>
  Array.from({ length: SEGMENTS }, (_, age) => segmentPath(file, age)).filter((path) =>
    existsSync(path),
  );

/** The lines of one file. */
class Lines {
  /** False as soon as a line was met that cannot be read. */
  isWhole = true;
  readonly #text: string;
  readonly #file: string;
  readonly #note: (text: string) => void;

  constructor(text: string, file: string, note: (text: string) => void) {
    this.#text = text;
    this.#file = file;
    this.#note = note;
  }

  made(): Made {
    const [first, second = ''] = this.#text.split('\n', 2);
    checkVersion(this.#file, first);
    if (!second.startsWith('made ')) {
      throw new ScenarioError(
        this.#file,
        2,
        'This is no recording: its second line must begin with made.',
      );
    }
    const text = unsealed(second);
    if (text === undefined) throw new ScenarioError(this.#file, 2, 'This line is damaged or torn.');
    return parseMade(text, this.#file) as unknown as Made;
  }

  *events(): Iterable<TapeEvent> {
    let lastMs = 0;
    let isEnded = false;
    for (const [line, text] of this.#unsealed()) {
      const event = parseLine(text, this.#file, line);
      if (isEnded) throw new ScenarioError(this.#file, line, 'Nothing may stand behind the end.');
      if (event.atMs < lastMs) throw new ScenarioError(this.#file, line, 'Time goes back here.');
      lastMs = event.atMs;
      isEnded = event.word === 'end';
      yield { ...event, file: this.#file, line };
    }
  }

  /** The lines from the third on without their sums, up to the first whose sum is wrong. */
  *#unsealed(): Iterable<readonly [line: number, text: string]> {
    const text = this.#text;
    let start = text.indexOf('\n', text.indexOf('\n') + 1) + 1;
    for (let line = 3; start > 0 && start < text.length; line++) {
      const end = text.indexOf('\n', start);
      const seen = unsealed(text.slice(start, end < 0 ? text.length : end));
      if (seen === undefined) {
        this.isWhole = false;
        this.#note(`${this.#file}:${line}: ${end < 0 ? TORN : DAMAGED}`);
        return;
      }
      yield [line, seen];
      start = end + 1;
    }
  }
}

const TORN = 'The last line is torn: what was recorded ended here, by a crash.';
const DAMAGED = 'This line is damaged; it and what follows in this file are left out.';
