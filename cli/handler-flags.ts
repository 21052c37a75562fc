/**
 * The flags of `lifeline handler set`, as a configuration.
 *
 *   --max-retries 3 --retry-delay 1s,5s --property dpi=300 ─▶ { maxRetries: 3, delaysMs: [1000, 5000], properties: { dpi: 300 } }
 *
 * What the values may be is checked where they are laid down; here only what a flag can spell.
 */
import { readFileSync } from 'node:fs';
import type { HandlerConfig } from '../actors/handler-config.ts';
import { durationMs } from '../scenarios/format/duration.ts';
import type { Value } from '../store/store.ts';
import { parseDuration } from './duration.ts';
import { pathSentence, usage } from './failure.ts';
import type { Call, Verb } from './verb.ts';

export const handlerOptions: Verb['options'] = [
  ['--file <FILE>', 'set: a whole configuration, as JSON'],
  ['--max-retries <N>', 'set: retries after the first failure (n means n + 1 attempts)'],
  [
    '--retry-delay <TIMES>',
    'set: before retry 1, 2, 3 …, with commas: 1s,5s (the last one repeats)',
  ],
  ['--jitter <FRACTION>', 'set: moves each delay by up to this fraction, like 0.2'],
  ['--max-losses <N>', 'set: how often an attempt may be lost before the work is parked'],
  ['--class <NAME>', 'set: process class that its work runs in'],
  ['--pre-job <HANDLER>', 'set: runs before the first task of each run of its jobs'],
  ['--post-job <HANDLER>', 'set: runs after the last one'],
  ['--property <NAME=VALUE>...', 'set: given to the work as task.properties; several may be given'],
];

type Options = Call['options'];
type Typed = Pick<Call, 'options' | 'typed' | 'values'>;

/** Settings that mean the same when work is handed in. */
export const handlerSettings = ['task-timeout', 'on-unknown'] as const;

/** Whether something was typed that only `set` takes. @param but options that do not count */
export const isChange = ({ options, typed }: Typed, ...but: readonly string[]): boolean =>
  Object.entries(options).some(([name, given]) => given !== undefined && !but.includes(name)) ||
  handlerSettings.some((name) => typed.has(name));

/** The configuration that was typed, on top of `present`; that of a file stands alone. */
export function configOf(call: Typed, present: HandlerConfig): object {
  const { options, typed: flagged, values } = call;
  const text = (name: string): string | undefined =>
    typeof options[name] === 'string' ? options[name] : undefined;
  const file = text('file');
  if (file !== undefined) {
    if (isChange(call, 'file'))
      throw usage('Give --file or flags, not both: a file is a whole configuration.');
    return readConfiguration(file);
  }
  if (!isChange(call)) throw usage('Say what to set: --max-retries 3, say, or --file FILE.');
  const hook = (name: string | undefined) => name && { handler: name, input: null };
  const typed = {
    maxRetries: numberOf(text('maxRetries'), '--max-retries'),
    delaysMs: text('retryDelay')
      ?.split(',')
      .map((one) => delayOf(one)),
    jitter: numberOf(text('jitter'), '--jitter'),
    timeoutMs: flagged.has('task-timeout') ? values['task-timeout'] : undefined,
    onUnknown: flagged.has('on-unknown') ? values['on-unknown'] : undefined,
    maxLosses: numberOf(text('maxLosses'), '--max-losses'),
    processClass: text('class'),
    preJob: hook(text('preJob')),
    postJob: hook(text('postJob')),
    properties: propertiesOf(options['property'], present.properties),
  };
  const given = Object.entries(typed).filter(([, value]) => value !== undefined);
  return { ...present, ...Object.fromEntries(given) };
}

function readConfiguration(file: string): object {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw usage(pathSentence('file', file, error), error);
  }
  try {
    const given = JSON.parse(text) as unknown;
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given;
  } catch (error) {
    throw usage(`${file} is not JSON: ${(error as Error).message}.`, error);
  }
  throw usage(`${file} must have an object: {"maxRetries":3}.`);
}

function numberOf(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  const number = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(number)) return number;
  throw usage(`${flag} must be a number, not ${JSON.stringify(text)}.`);
}

/** No delay is one, too. */
const delayOf = (text: string): number =>
  durationMs(text.trim()) === 0 ? 0 : parseDuration(text, '--retry-delay');

/** A value is taken as JSON where it is some, else as text. */
function propertiesOf(typed: Options[string], present: Value | undefined): Value | undefined {
  if (!Array.isArray(typed)) return undefined;
  const isObject = typeof present === 'object' && present !== null && !Array.isArray(present);
  const properties = { ...(isObject ? (present as Readonly<Record<string, Value>>) : {}) };
  for (const pair of typed as readonly string[]) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined)
      throw usage(`--property must be NAME=VALUE, not ${JSON.stringify(pair)}.`);
    properties[name] = jsonOr(value);
  }
  return properties;
}

function jsonOr(text: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return text;
  }
}
