/**
 * Every setting that may come from a flag, the environment or the configuration file, in one table.
 *
 *   --files-per-task 10   beats   LIFELINE_FILES_PER_TASK=10   beats   files-per-task: 10   beats   the default
 *
 * One rule for the names: the configuration file uses the flag's, the environment LIFELINE_ and the flag
 * in capitals. Each value passes the same parser, which names the place it comes from.
 */
import { availableParallelism } from 'node:os';
import { ingestModes } from '../handlers/ingest-items.ts';
import { FILES_PER_TASK } from '../handlers/ingest-walk.ts';
import {
  defaultGraceMs, defaultIdleMs, defaultMargins, defaultSweepMs, defaultTiming,
} from '../machines/timing.ts'; // prettier-ignore
import { agentAddress } from '../machines/agent-address.ts';
import { usage } from './failure.ts';
import {
  age, bytes, choice, controllerUrl, count, duration, flag, id, maybeDuration, natsServers, path, percentage, type Setting,
} from './setting-kinds.ts'; // prettier-ignore
import { loginName } from './who.ts';

export const settings = {
  data: path('DIR', 'where everything is kept (default ./.lifeline)', './.lifeline'),
  namespace: id(
    'NAME',
    'begins every subject on the transport (default lifeline)',
    'namespace',
    'lifeline',
  ),
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
  keep: age('what has ended is kept for so long', '30d'),
  'keep-count': count(
    'of the sub-transactions that have ended the newest so many are kept (default 1000000)',
    [0, 1_000_000_000],
    1_000_000,
  ),
  grace: duration(
    'from asking a task to stop until it is killed, on cancel and time-out',
    defaultGraceMs,
  ),
  'kill-time': duration(
    'longest time that killing all of an agent takes, the same at agents and controller; part of the guard after the timeout',
    defaultMargins.killTimeMs,
  ),
  drift: percentage(
    'how far the rate of a clock may be off; part of the guard after the timeout',
    0.5,
    defaultMargins.drift,
  ),
  'drain-time': maybeDuration(
    'a signal lets tasks of an agent run for so long before they are stopped (default: as long as they take)',
  ),
  handover: maybeDuration(
    'a signal grants agents a lease of so long first, to last until the next controller (default: none)',
  ),
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
  'task-timeout': maybeDuration('longest run of one task (default: as its handler says)'),
  mode: choice(
    'where the target has a file already: put leaves it, put-sync replaces it if it differs, put-append adds what the source has beyond its size (default put-sync)',
    ingestModes,
    'put-sync' as const,
  ),
  'files-per-task': count(
    `files of one directory that one task copies (default ${FILES_PER_TASK})`,
    [1, 1_000],
    FILES_PER_TASK,
  ),
  checksum: flag('compare contents also where size and time are the same'),
  url: controllerUrl(
    'the controller to ask: http://…, or nats://… (default: the one that holds --data)',
  ),
  client: id(
    'NAME',
    'what the controller knows you by over NATS (default: your login name)',
    'client name',
    loginName(),
  ),
  'token-file': path(
    'FILE',
    'the token of a controller asked by http (default: the one in --data)',
    undefined,
  ),
  nats: natsServers('servers of NATS, with a comma between them'),
  'nats-creds': path('FILE', 'credentials for NATS: a JWT with its seed', undefined),
  'nats-nkey': path('FILE', 'credentials for NATS: the seed of an nkey', undefined),
  'nats-ca': path('FILE', 'authorities that NATS is trusted by, in PEM', undefined),
  'nats-cert': path('FILE', 'certificate to show to NATS, in PEM', undefined),
  'nats-key': path('FILE', 'the key of that certificate, in PEM', undefined),
  port: count('port of HTTP; 0 takes a free one (default 4280)', [0, 65_535], 4_280),
  host: {
    placeholder: 'HOST',
    describe: 'address of HTTP; another one than this machine needs TLS (default 127.0.0.1)',
    fallback: '127.0.0.1',
    parse(text, what) {
      if (/^[A-Za-z0-9.:_-]+$/.test(text)) return text;
      throw usage(`${what} must be a host name or an IP address, not ${JSON.stringify(text)}.`);
    },
  } as Setting<string>,
  'tls-cert': path('FILE', 'certificate of HTTP, in PEM', undefined),
  'tls-key': path('FILE', 'the key of that certificate, in PEM', undefined),
  inspect: flag(
    "show the statecharts in Stately's inspector, at the port after --port (`lifeline inspect --help`)",
  ),
  id: id('ID', 'of the agent; one agent per id and namespace', 'agent id', undefined),
  address: {
    placeholder: 'URL',
    describe:
      'what process classes may call the agent by beside its id, as http://host:4445; nothing listens there (default: nothing)',
    fallback: undefined,
    parse(text, what) {
      const address = agentAddress(text);
      if (address !== undefined) return address;
      throw usage(
        `${what} must be a URI without a password, as http://host:4445, not ${JSON.stringify(text)}.`,
      );
    },
  } as Setting<string | undefined>,
  'allow-shell': flag('let work run commands on this machine, as the user of the agent'),
  handlers: path('FILE', 'a module that exports handlers of yours', undefined),
  'log-cap': bytes('most that an agent keeps of the output of one attempt', ['4KB', '1TB'], '64MB'),
  'spool-cap': bytes(
    'most that an agent keeps of the output of all attempts until the controller has it',
    ['4KB', '1TB'],
    '1GB',
  ),
  record: path(
    'FILE',
    'write down what the nodes of this process take in and decide, for `lifeline scenario play`',
    undefined,
  ),
  'record-cap': bytes(
    'most that a recording takes; its oldest part goes first',
    ['1MB', '1TB'],
    '256MB',
  ),
  'record-redact': choice(
    'what a recording keeps out: values (inputs, results, messages, logs) or none (default values)',
    ['values', 'none'],
    'values' as const,
  ),
} as const;

export type SettingName = keyof typeof settings;
export type Values = {
  readonly [K in SettingName]: (typeof settings)[K] extends Setting<infer T> ? T : never;
};

export const settingNames = Object.keys(settings) as SettingName[];

/** Settings that every command has. */
export const commonSettings: readonly SettingName[] = [
  'data', 'namespace', 'json', 'log-level', 'period', 'delay', 'timeout', 'sweep', 'idle', 'grace', 'keep', 'keep-count',
  'kill-time', 'drift',
]; // prettier-ignore

const natsLogin = ['nats-creds', 'nats-nkey', 'nats-ca', 'nats-cert', 'nats-key'] as const;

/** Settings of commands that are nodes on NATS. */
export const natsSettings: readonly SettingName[] = ['nats', ...natsLogin];

/** Settings of commands that have agents. */
export const spoolSettings: readonly SettingName[] = ['log-cap', 'spool-cap'];

/** Settings of commands that are nodes for longer than one job. */
export const recordSettings: readonly SettingName[] = ['record', 'record-cap', 'record-redact'];

/** Settings of commands that ask a controller. */
export const reachSettings: readonly SettingName[] = ['url', 'client', 'token-file', ...natsLogin];

/** Settings of commands that serve HTTP. */
export const httpSettings: readonly SettingName[] = [
  'port', 'host', 'tls-cert', 'tls-key', 'inspect',
]; // prettier-ignore

/** `files-per-task` → `LIFELINE_FILES_PER_TASK`. */
export const variableOf = (flagName: string): string =>
  `LIFELINE_${flagName.toUpperCase().replaceAll('-', '_')}`;

/** A value and the place it was written at. */
export interface Written {
  readonly text: string;
  /** `--period`, `LIFELINE_PERIOD`, `lifeline.yaml:3` */
  readonly where: string;
  /** What it is, as the beginning of a sentence: the same, and `lifeline.yaml:3: period`. */
  readonly what: string;
}

/** All that somebody has written, of the settings that a command has. */
export interface Sources {
  /** What was typed, by flag; switches as 'true'. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the configuration file says, by flag. */
  readonly file: ReadonlyMap<string, Written>;
}

/** Flags beat the environment, the environment beats the file. Undefined: nobody has written it. */
export function writtenOf(name: SettingName, { flags, env, file }: Sources): Written | undefined {
  const written = (text: string, where: string): Written => ({ text, where, what: where });
  const [typed, variable] = [flags[name], variableOf(name)];
  if (typed !== undefined) return written(typed, `--${name}`);
  const value = env[variable];
  return value === undefined || value === '' ? file.get(name) : written(value, variable);
}

/**
 * The value of every setting, by precedence.
 *
 * @param fallbacks defaults of the command, as they would be typed, where they differ from the table
 * @throws {CommandFailed} @throws {InvalidId} for the first value that cannot be used
 */
export function resolveSettings(
  flags: Sources['flags'],
  env: Sources['env'],
  file: Sources['file'],
  fallbacks: Partial<Record<SettingName, string>> = {},
): Values {
  const valueOf = (name: SettingName): unknown => {
    const { parse, fallback } = settings[name] as Setting<unknown>;
    const written = writtenOf(name, { flags, env, file });
    if (written) return parse(written.text, written.what);
    const own = fallbacks[name];
    return own === undefined ? fallback : parse(own, `--${name}`);
  };
  return Object.fromEntries(settingNames.map((name) => [name, valueOf(name)])) as Values;
}
