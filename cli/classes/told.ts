/**
 * A process class as somebody wrote it, in YAML, JSON or the source system's XML: texts, each with the
 * place it stands at, so that whatever is wrong with one can be said with its line.
 *
 *   fast.xml, lifeline.yaml ──▶ ToldClass ──▶ complete.ts ──▶ ClassSettings
 */
import { usage, type CommandFailed } from '../failure.ts';

/** One value as written. */
export interface Told {
  readonly text: string;
  /** What its author calls it: `max-processes`, `http_heartbeat_period`. */
  readonly word: string;
  /** `fast.xml:3` */
  readonly where: string;
}

/** What a class may say of itself with one value each. */
export const CLASS_VALUES = [
  'select',
  'max-processes',
  'period',
  'delay',
  'timeout',
  'rest',
  'wait',
] as const;

export type ClassValue = (typeof CLASS_VALUES)[number];

export interface ToldClass {
  readonly name: string;
  readonly where: string;
  readonly values: Readonly<Partial<Record<ClassValue, Told>>>;
  /** Ids and addresses; undefined: nothing is said, and all are meant. */
  readonly agents: { readonly where: string; readonly names: readonly Told[] | 'all' } | undefined;
}

/** What is wrong, at its place. */
export const flawAt = (where: string, sentence: string, cause?: unknown): CommandFailed =>
  usage(`${where}: ${sentence}`, cause);

/** The place and the word, as the beginning of a sentence about the value. */
export const whatOf = ({ where, word }: Told): string => `${where}: ${word}`;
