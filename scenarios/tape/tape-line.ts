/**
 * A line of a recording: when, whose, what, and a sum over all of it, so that a line that was torn by a
 * crash or damaged on a disk is known as such.
 *
 *   12.345s a1 turn {"turn":7,"at":1767225612345,…} #9f86d081
 *      │     │   │     └ JSON (spelling.ts)           └ crc32 of what stands before it
 *      │     │   └ word: life, had, runner, turn, durable, over, frozen; of all lanes: gap, end
 *      │     └ lane: `controller`, or the id of an agent; `*`: all of them
 *      └ since the recording began
 *
 * The first line of a file is that of every scenario; the second, `made {…} #…`, has no time and no lane.
 */
import { crc32 } from 'node:zlib';
import { ScenarioError } from '../format/problem.ts';
import type { Json } from './spelling.ts';

export const WORDS = [
  'life', 'had', 'runner', 'turn', 'durable', 'over', 'frozen', 'gap', 'end',
] as const; // prettier-ignore

export type Word = (typeof WORDS)[number];

export interface TapeLine {
  /** Since the recording began. */
  readonly atMs: number;
  readonly lane: string;
  readonly word: Word;
  readonly body: Json;
}

export const EVERY_LANE = '*';

const sealed = (text: string) => `${text} #${crc32(text).toString(16).padStart(8, '0')}`;

export const lineOf = ({ atMs, lane, word, body }: TapeLine): string =>
  sealed(`${(atMs / 1000).toFixed(3)}s ${lane} ${word} ${JSON.stringify(body)}`);

export const madeLine = (body: Json): string => sealed(`made ${JSON.stringify(body)}`);

/** What stands before the sum; undefined when the sum is not that of it. */
export function unsealed(line: string): string | undefined {
  const text = line.slice(0, -' #00000000'.length);
  return sealed(text) === line ? text : undefined;
}

/** What the second line says. @param text without its sum. @throws {ScenarioError} */
export const parseMade = (text: string, file: string): Json =>
  parseBody(text.slice('made '.length), file, 2);

/** @param text without its sum. @throws {ScenarioError} when no such line is ever written */
export function parseLine(text: string, file: string, line: number): TapeLine {
  const [, seconds, lane, word, json] = /^(\d+\.\d{3})s (\S+) (\S+) (.*)$/.exec(text) ?? [];
  if (seconds === undefined) {
    throw new ScenarioError(
      file,
      line,
      'A line of a recording is a time as 12.345s, a lane, a word and JSON.',
    );
  }
  const known = WORDS.find((each) => each === word);
  if (known === undefined) {
    throw new ScenarioError(
      file,
      line,
      `There is no "${word}" in a recording; play it with the lifeline that wrote it.`,
    );
  }
  const body = parseBody(json!, file, line);
  return { atMs: Math.round(Number(seconds) * 1000), lane: lane!, word: known, body };
}

function parseBody(json: string, file: string, line: number): Json {
  try {
    return JSON.parse(json) as Json;
  } catch (error) {
    const why = (error as Error).message;
    throw new ScenarioError(file, line, `What stands behind the word is no JSON: ${why}.`);
  }
}
