/**
 * The kinds of settings there are: how the text of each is read, whatever place it comes from, and what is
 * said about a text that cannot be used.
 */
import { parseId } from '../transport/ids.ts';
import { parseServers, type NatsServers } from '../transport/nats-servers.ts';
import { durationMs, durationText } from '../scenarios/format/duration.ts';
import { parseDuration, typedDuration } from './duration.ts';
import { usage } from './failure.ts';

/** A hundred years. */
const OLDEST_MS = 36_500 * 86_400_000;

export interface Setting<T> {
  /** What stands for the value in the help; null: a switch without one. */
  readonly placeholder: string | null;
  readonly describe: string;
  readonly fallback: T;
  /** @throws {CommandFailed} naming `what`, the place the value comes from */
  readonly parse: (text: string, what: string) => T;
  /** A value as it can be typed. Default: as it is. */
  readonly shown?: (value: number) => string;
}

export const duration = (describe: string, fallback: number): Setting<number> => ({
  placeholder: 'TIME',
  describe: `${describe} (default ${typedDuration(fallback)})`,
  fallback,
  parse: parseDuration,
  shown: typedDuration,
});

/** A duration that need not be given. */
export const maybeDuration = (describe: string): Setting<number | undefined> => ({
  placeholder: 'TIME',
  describe,
  fallback: undefined,
  parse: parseDuration,
  shown: typedDuration,
});

/** How old something may get: longer than a timer runs. */
export const age = (describe: string, fallback: string): Setting<number> => ({
  placeholder: 'TIME',
  describe: `${describe} (default ${fallback})`,
  fallback: durationMs(fallback)!,
  parse(text, what) {
    const ms = durationMs(text.replace(/\s/g, ''));
    if (ms !== undefined && ms >= 0 && ms <= OLDEST_MS) return ms;
    throw usage(
      `${what} must be a duration up to 36500d, as ${fallback} or 12h, not ${JSON.stringify(text)}.`,
    );
  },
  shown: durationText,
});

/** A fraction below `end`, written as a percentage: `0.05%`. */
export const percentage = (describe: string, end: number, fallback: number): Setting<number> => ({
  placeholder: 'PERCENT',
  describe: `${describe} (default ${fallback * 100}%)`,
  fallback,
  parse(text, what) {
    const [, number] = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text) ?? [];
    const fraction = Number(number) / 100;
    if (fraction < end) return fraction;
    throw usage(
      `${what} must be a percentage below ${end * 100}%, as ${fallback * 100}%, not ${JSON.stringify(text)}.`,
    );
  },
  shown: (fraction) => `${fraction * 100}%`,
});

const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  KB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
  TB: 2 ** 40,
};

/** A size on disk: `500KB`, `64MB`, `1GB`; a plain number means bytes, a KB has 1,024 of them. */
export const bytes = (
  describe: string,
  [least, most]: readonly [string, string],
  fallback: string,
): Setting<number> => ({
  placeholder: 'SIZE',
  describe: `${describe} (default ${fallback})`,
  fallback: bytesOf(fallback),
  parse(text, what) {
    const size = bytesOf(text);
    if (size >= bytesOf(least) && size <= bytesOf(most)) return size;
    throw usage(
      `${what} must be a size from ${least} to ${most}, as 500KB, 64MB or 1GB, not ${JSON.stringify(text)}.`,
    );
  },
  shown: typedBytes,
});

/** As short as it can be typed: 65536 → `64KB`. */
function typedBytes(size: number): string {
  const [unit = '', of = 1] =
    Object.entries(BYTES).findLast(([, bytes]) => size >= bytes && size % bytes === 0) ?? [];
  return `${size / of}${unit}`;
}

/** NaN for what is no size. */
function bytesOf(text: string): number {
  const [, number, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]B)?\s*$/i.exec(text) ?? [];
  return Math.round(Number(number) * BYTES[unit.toUpperCase()]!);
}

export const flag = (describe: string): Setting<boolean> => ({
  placeholder: null,
  describe,
  fallback: false,
  parse(text, what) {
    if (['true', '1', 'yes'].includes(text)) return true;
    if (['false', '0', 'no', ''].includes(text)) return false;
    throw usage(`${what} must be true or false, not ${JSON.stringify(text)}.`);
  },
});

export const count = <T>(
  describe: string,
  [least, most]: readonly [number, number],
  fallback: T,
): Setting<number | T> => ({
  placeholder: 'N',
  describe,
  fallback,
  parse(text, what) {
    const number = /^\s*\d+\s*$/.test(text) ? Number(text) : NaN;
    if (number >= least && number <= most) return number;
    throw usage(`${what} must be a whole number from ${least} to ${most}, not ${text}.`);
  },
});

export const choice = <const T extends string, F>(
  describe: string,
  words: readonly T[],
  fallback: F,
): Setting<T | F> => ({
  placeholder: words.join('|'),
  describe,
  fallback,
  parse(text, what) {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw usage(`${what} must be one of ${words.join(', ')}, not ${JSON.stringify(text)}.`);
  },
});

/** The path of a file or a directory; it is not looked for here. */
export const path = <F>(
  placeholder: 'FILE' | 'DIR',
  describe: string,
  fallback: F,
): Setting<string | F> => ({
  placeholder,
  describe,
  fallback,
  parse(text, what) {
    if (text !== '' && !text.includes('\0')) return text;
    throw usage(`${what} must be the path of a ${placeholder === 'DIR' ? 'directory' : 'file'}.`);
  },
});

/** 1 to 64 of A-Z a-z 0-9 _ and -. */
export const id = <F>(
  placeholder: string,
  describe: string,
  thing: string,
  fallback: F,
): Setting<string | F> => ({
  placeholder,
  describe,
  fallback,
  parse: (text) => parseId(text, thing),
});

/** Servers of NATS, one or more of one cluster: `nats://one:4222,tls://two:4222`; a bare `one` will do. */
export const natsServers = (describe: string): Setting<readonly string[] | undefined> => ({
  placeholder: 'URL',
  describe,
  fallback: undefined,
  parse: serversOf,
});

function serversOf(text: string, what: string): readonly string[] {
  let servers: NatsServers;
  try {
    servers = parseServers(text);
  } catch (error) {
    throw usage(`${what}: ${(error as Error).message}`, error);
  }
  if (servers.login === undefined) return servers.addresses.map(({ url }) => url);
  throw usage(
    `${what} must not carry a user, a password or a token, which others could read; use --nats-creds or --nats-nkey.`,
  );
}

/** Where a controller answers: `http://host:4280`, `https://…`, or servers of NATS. */
export const controllerUrl = (describe: string): Setting<string | undefined> => ({
  placeholder: 'URL',
  describe,
  fallback: undefined,
  parse(text, what) {
    if (/^(nats|tls):/i.test(text)) return serversOf(text, what).join(',');
    const url = urlOf(text);
    if (url !== undefined && /^https?:$/.test(url.protocol) && isBare(url)) return url.origin;
    throw usage(
      `${what} must be the address of a controller, as http://127.0.0.1:4280 or nats://host:4222.`,
    );
  },
});

const urlOf = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

/** A host and perhaps a port, nothing before and behind them. */
const isBare = ({ hostname, pathname, search, hash, username, password }: URL): boolean =>
  hostname !== '' &&
  pathname === '/' &&
  [search, hash, username, password].every((part) => part === '');
