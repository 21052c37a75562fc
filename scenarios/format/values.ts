/**
 * The kinds of values in a scenario file: how each is read, how it is written, and what to call it when
 * somebody has written something else.
 *
 *   "for=30s" ──▶ duration.read('30s') ──▶ 30000 ──▶ duration.write ──▶ "30s"
 */
import type { Value } from '../../handlers/handler.ts';
import { ID_PATTERN } from '../../transport/ids.ts';
import { durationMs, durationText } from './duration.ts';
import { listed } from './problem.ts';

export interface Kind<T> {
  /** For the sentence: "a duration such as 10s". */
  readonly is: string;
  /** Undefined when it is none. */
  read(text: string): T | undefined;
  write(value: T): string;
  /** It must be a name that the file has introduced. */
  readonly names?: 'agent' | 'link' | 'seat';
}

export const duration: Kind<number> = {
  is: 'a duration such as 250ms, 10s or 2m',
  read: (text) => atLeastZero(durationMs(text)),
  write: durationText,
};

/** Forth or back. */
export const shift: Kind<number> = {
  is: 'a duration such as 10s, or -10s for backwards',
  read: durationMs,
  write: durationText,
};

/** `forever` is Infinity. */
export const openDuration: Kind<number> = {
  is: 'a duration such as 10s, or "forever"',
  read: (text) => (text === 'forever' ? Infinity : duration.read(text)),
  write: (ms) => (ms === Infinity ? 'forever' : duration.write(ms)),
};

/** `none` is null. */
export const durationOrNone: Kind<number | null> = {
  is: 'a duration such as 10m, or "none"',
  read: (text) => (text === 'none' ? null : duration.read(text)),
  write: (ms) => (ms === null ? 'none' : duration.write(ms)),
};

export const range: Kind<readonly [least: number, most: number]> = {
  is: 'two durations such as 10ms..2s',
  read(text) {
    const [least, most, ...rest] = text.split('..').map((part) => duration.read(part));
    if (least === undefined || most === undefined || rest.length > 0) return undefined;
    return least <= most ? [least, most] : undefined;
  },
  write: ([least, most]) => `${durationText(least)}..${durationText(most)}`,
};

export const whole: Kind<number> = {
  is: 'a whole number from 0 on',
  read: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined),
  write: String,
};

export const number: Kind<number> = {
  is: 'a number such as 1.0005',
  read: (text) => (/^-?\d+(\.\d+)?(e-?\d+)?$/.test(text) ? Number(text) : undefined),
  write: String,
};

export const chance: Kind<number> = {
  is: 'a chance from 0 to 1',
  read(text) {
    const value = number.read(text);
    return value !== undefined && value >= 0 && value <= 1 ? value : undefined;
  },
  write: String,
};

export const json: Kind<Value> = {
  is: 'JSON such as "ok", 7 or {"size":7}',
  read(text) {
    try {
      return JSON.parse(text) as Value;
    } catch {
      return undefined;
    }
  },
  write: (value) => JSON.stringify(value),
};

export const id: Kind<string> = {
  is: 'a name of 1 to 64 of A-Z a-z 0-9 _ and -',
  read: (text) => (ID_PATTERN.test(text) ? text : undefined),
  write: (text) => text,
};

export const agent: Kind<string> = { ...id, names: 'agent' };

/** `controller`, `rival`, `twin` or an agent. */
export const seat: Kind<string> = { ...id, names: 'seat' };

/** An agent, or `*` for all of them. */
export const link: Kind<string> = {
  ...id,
  read: (text) => (text === '*' ? text : id.read(text)),
  names: 'link',
};

export const yesNo: Kind<boolean> = {
  is: '"yes" or "no"',
  read: (text) => ({ yes: true, no: false })[text],
  write: (value) => (value ? 'yes' : 'no'),
};

export const yes: Kind<true> = {
  is: '"yes", or left out',
  read: (text) => (text === 'yes' ? true : undefined),
  write: () => 'yes',
};

export const oneOf = <T extends string>(...words: readonly T[]): Kind<T> => ({
  is: listed(words.map((word) => `"${word}"`)),
  read: (text) => words.find((word) => word === text),
  write: (word) => word,
});

/** Several of a kind, with commas between. */
export const several = <T>(kind: Kind<T>): Kind<readonly T[]> => ({
  is: `${kind.is}, or several with commas between`,
  read(text) {
    const values = text.split(',').map((part) => kind.read(part));
    return values.includes(undefined) ? undefined : (values as T[]);
  },
  write: (values) => values.map((value) => kind.write(value)).join(','),
});

const atLeastZero = (ms: number | undefined) => (ms !== undefined && ms >= 0 ? ms : undefined);
