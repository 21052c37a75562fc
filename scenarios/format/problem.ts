/**
 * What is wrong with a scenario file, and the version that every one begins with: the one thing that a
 * script and a recording have in common before anything else is known of them.
 *
 *   cut.scenario:7: There is no "sumbit"; did you mean "submit"?
 */
import { nearest } from '../../actors/nearest.ts';

/** A scenario file that cannot be read. The message begins with `FILE:LINE: `. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  readonly file: string;
  /** From 1. */
  readonly line: number;

  constructor(file: string, line: number, sentence: string) {
    super(`${file}:${line}: ${sentence}`);
    this.file = file;
    this.line = line;
  }
}

/** The first line of each scenario file. */
export const FIRST_LINE = 'lifeline scenario 1';

/** @throws {ScenarioError} when the file does not begin as a scenario of this version does */
export function checkVersion(file: string, firstLine: string | undefined): void {
  const line = firstLine?.trim() ?? '';
  if (line === FIRST_LINE) return;
  const version = /^lifeline scenario (\S+)$/.exec(line)?.[1];
  throw new ScenarioError(
    file,
    1,
    version === undefined
      ? `This is no scenario: its first line must be "${FIRST_LINE}".`
      : `This is a scenario of version ${version}, and version 1 is the one read here: play it with the lifeline that wrote it.`,
  );
}

const LISTED_MAX = 12;

/** `There is no "sumbit"; did you mean "submit"?`, or the choice when nothing is near and it is short. */
export function noSuch(what: string, word: string, choice: readonly string[]): string {
  const near = nearest(word, choice);
  if (near !== undefined) return `There is no ${what} "${word}"; did you mean "${near}"?`;
  return choice.length === 0 || choice.length > LISTED_MAX
    ? `There is no ${what} "${word}".`
    : `There is no ${what} "${word}"; there is ${listed(choice)}.`;
}

/** `a, b or c`. */
export const listed = (choice: readonly string[]) =>
  choice.length < 2 ? choice.join('') : `${choice.slice(0, -1).join(', ')} or ${choice.at(-1)}`;
