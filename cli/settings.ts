/**
 * Every setting that may come from a flag, the environment or the configuration file, in one table.
 *
 *   --files-per-task 10   beats   LIFELINE_FILES_PER_TASK=10   beats   files-per-task: 10   beats   the default
 *
 * One rule for the names: the configuration file uses the flag's, the environment LIFELINE_ and the flag
 * in capitals. Each value passes the same parser, which names the place it comes from.
 */
import { availableParallelism } from 'node:os';
import { FILES_PER_TASK } from '../handlers/ingest-walk.ts';
import { defaultIdleMs, defaultSweepMs, defaultTiming } from '../machines/timing.ts';
import { parseId } from '../transport/ids.ts';
import { parseDuration, typedDuration } from './duration.ts';
import { usage } from './failure.ts';

export interface Setting<T> {
  /** What stands for the value in the help; null: a switch without one. */
  readonly placeholder: string | null;
  readonly describe: string;
  readonly fallback: T;
  /** @throws {CommandFailed} naming `what`, the place the value comes from */
  readonly parse: (text: string, what: string) => T;
}

const duration = (describe: string, fallback: number): Setting<number> => ({
  placeholder: 'TIME',
  describe: `${describe} (default ${typedDuration(fallback)})`,
  fallback,
  parse: parseDuration,
});

const flag = (describe: string): Setting<boolean> => ({
  placeholder: null,
  describe,
  fallback: false,
  parse(text, what) {
    if (['true', '1', 'yes'].includes(text)) return true;
    if (['false', '0', 'no', ''].includes(text)) return false;
    throw usage(`${what} must be true or false, not ${JSON.stringify(text)}.`);
  },
});

function wholeNumber(text: string, what: string, least: number, most: number): number {
  const number = /^\s*\d+\s*$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  throw usage(`${what} must be a whole number from ${least} to ${most}, not ${text}.`);
}

const count = <T>(
  describe: string,
  [least, most]: readonly [number, number],
  fallback: T,
): Setting<number | T> => ({
  placeholder: 'N',
  describe,
  fallback,
  parse: (text, what) => wholeNumber(text, what, least, most),
});

const choice = <const T extends string, F>(
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

export const settings = {
  data: {
    placeholder: 'DIR',
    describe: 'where everything is kept (default ./.lifeline)',
    fallback: './.lifeline',
    parse(text, what) {
      if (text !== '' && !text.includes('\0')) return text;
      throw usage(`${what} must be the path of a directory.`);
    },
  } as Setting<string>,
  namespace: {
    placeholder: 'NAME',
    describe: 'begins every subject on the transport (default lifeline)',
    fallback: 'lifeline',
    parse: (text) => parseId(text, 'namespace'),
  } as Setting<string>,
  json: flag('one JSON document on stdout; one line each for what streams'),
  'log-level': choice(
    'what is logged to stderr: debug, info, warn, error or silent (default warn; of run, ingest and demo: error)',
    ['debug', 'info', 'warn', 'error', 'silent'],
    'warn' as const,
  ),
  period: duration('an agent that has said nothing for that long beats', defaultTiming.periodMs),
  delay: duration('how long the controller waits beyond it', defaultTiming.delayMs),
  timeout: duration('silence after which an agent is lost', defaultTiming.timeoutMs),
  sweep: duration('how often the watchdog looks for what is overdue', defaultSweepMs),
  idle: duration('without a sign for that long a task is asked again', defaultIdleMs),
  agents: count('agents that work (default 2)', [1, 64], 2),
  slots: count(
    'tasks that each agent runs at once (default: one per core)',
    [1, 1_024],
    availableParallelism(),
  ),
  'on-unknown': choice(
    'when nobody knows how a task ended: do it again, or park it for you to decide (default: as its handler says)',
    ['retry', 'park'],
    undefined,
  ),
  retries: count('retries after a failure (default: as the handler says)', [0, 100], undefined),
  'task-timeout': {
    placeholder: 'TIME',
    describe: 'longest run of one task (default: as its handler says)',
    fallback: undefined,
    parse: parseDuration,
  } as Setting<number | undefined>,
  'files-per-task': count(
    `files of one directory that one task copies (default ${FILES_PER_TASK})`,
    [1, 1_000],
    FILES_PER_TASK,
  ),
  checksum: flag('compare contents also where size and time are the same'),
} as const;

export type SettingName = keyof typeof settings;
export type Values = {
  readonly [K in SettingName]: (typeof settings)[K] extends Setting<infer T> ? T : never;
};

export const settingNames = Object.keys(settings) as SettingName[];

/** Settings that every command has. */
export const commonSettings: readonly SettingName[] = [
  'data', 'namespace', 'json', 'log-level', 'period', 'delay', 'timeout', 'sweep', 'idle',
]; // prettier-ignore

/** `files-per-task` → `LIFELINE_FILES_PER_TASK`. */
export const variableOf = (flagName: string): string =>
  `LIFELINE_${flagName.toUpperCase().replaceAll('-', '_')}`;

/** A value and the place it was written at. */
export interface Written {
  readonly text: string;
  readonly what: string;
}

/**
 * The value of every setting, by precedence.
 *
 * @param flags what was typed, by flag; switches as 'true'
 * @param file what the configuration file says, by flag
 * @param fallbacks defaults of the command, as they would be typed, where they differ from the table
 * @throws {CommandFailed} @throws {InvalidId} for the first value that cannot be used
 */
export function resolveSettings(
  flags: Readonly<Record<string, string | undefined>>,
  env: Readonly<Record<string, string | undefined>>,
  file: ReadonlyMap<string, Written>,
  fallbacks: Partial<Record<SettingName, string>> = {},
): Values {
  const valueOf = (name: SettingName): unknown => {
    const { parse, fallback } = settings[name] as Setting<unknown>;
    const typed = flags[name];
    if (typed !== undefined) return parse(typed, `--${name}`);
    const variable = env[variableOf(name)];
    if (variable !== undefined && variable !== '') return parse(variable, variableOf(name));
    const written = file.get(name);
    if (written) return parse(written.text, written.what);
    const own = fallbacks[name];
    return own === undefined ? fallback : parse(own, `--${name}`);
  };
  return Object.fromEntries(settingNames.map((name) => [name, valueOf(name)])) as Values;
}
