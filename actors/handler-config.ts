/**
 * What is laid down centrally about a handler, beside its code: how its work is tried, where it runs, what
 * runs before and after its jobs, and properties of its own.
 *
 *   { maxRetries: 3, delaysMs: [1000, 5000], timeoutMs: 600000, processClass: 'fast', properties: { dpi: 300 } }
 *
 * What it leaves out is as the code says. What somebody says with the work itself comes before both.
 */
import type { OnUnknown, Policy } from '../handlers/handler.ts';
import { InvalidSetting, LONGEST_MS } from '../machines/timing.ts';
import type { Value } from '../store/store.ts';
import { parseId } from '../transport/ids.ts';
import { checkValue } from '../transport/value.ts';
import type { JobHook } from './job-rules.ts';
import { nearest } from './nearest.ts';

/** Everything may be left out. Durations in ms. */
export interface HandlerConfig {
  /** Retries after the first failure: n means at most n + 1 attempts; 0 to 100. */
  readonly maxRetries?: number;
  /** Delay before retry 1, 2, 3 …; the last one repeats; at most 100. (`delayMs` is short for one.) */
  readonly delaysMs?: readonly number[];
  /** Moves each delay by up to this fraction, up or down: 0 to 1. */
  readonly jitter?: number;
  /** Longest run of one attempt. */
  readonly timeoutMs?: number;
  readonly onUnknown?: OnUnknown;
  /** How often an attempt may be lost before the work is parked: 0 to 100. */
  readonly maxLosses?: number;
  readonly processClass?: string;
  /** Runs before the first task of each run of a job of this handler. */
  readonly preJob?: JobHook;
  /** Runs after the last task of each run of a job of this handler. */
  readonly postJob?: JobHook;
  /** Given to the work as `task.properties`; at most 64 KB. */
  readonly properties?: Value;
}

const MOST = 100;
const PROPERTIES_BYTES = 64 * 1024;

type Check = (given: unknown, what: string) => unknown;

const refused = (what: string, given: unknown, wanted: string) =>
  new InvalidSetting(`${what} is ${shown(given)}: give ${wanted}.`);

const whole =
  (least: number, most: number): Check =>
  (given, what) => {
    const fits = Number.isInteger(given) && (given as number) >= least && (given as number) <= most;
    if (fits) return given;
    throw refused(what, given, `a whole number from ${least} to ${most}`);
  };

const delay = whole(0, LONGEST_MS);

function delays(given: unknown, what: string): unknown {
  if (!Array.isArray(given) || given.length > MOST) {
    throw refused(what, given, `a list of at most ${MOST} delays in ms`);
  }
  return given.map((ms: unknown, index) => delay(ms, `Delay ${index + 1} in ${what}`));
}

function fraction(given: unknown, what: string): unknown {
  if (typeof given === 'number' && given >= 0 && given <= 1) return given;
  throw refused(what, given, 'a fraction from 0 to 1');
}

function onUnknown(given: unknown, what: string): unknown {
  if (given === 'retry' || given === 'park') return given;
  throw refused(what, given, '"retry" or "park"');
}

function hook(given: unknown, what: string): JobHook {
  const { handler, input = null, ...rest } = (given ?? {}) as Partial<JobHook>;
  if (typeof handler !== 'string' || Object.keys(rest).length > 0) {
    throw refused(what, given, 'the name of a handler and its input: {"handler":"…","input":…}');
  }
  checkValue(input, `input of ${what}`);
  return { handler: parseId(handler, `handler name in ${what}`), input };
}

function properties(given: unknown, what: string): unknown {
  const bytes = checkValue(given, 'properties');
  if (bytes <= PROPERTIES_BYTES) return given;
  throw new InvalidSetting(
    `${what} takes ${bytes} bytes: give at most ${PROPERTIES_BYTES}, or a path to the rest.`,
  );
}

const CHECKS: Readonly<Record<keyof HandlerConfig | 'delayMs', Check>> = {
  maxRetries: whole(0, MOST),
  delayMs: (given, what) => [delay(given, what)],
  delaysMs: delays,
  jitter: fraction,
  timeoutMs: whole(1, LONGEST_MS),
  onUnknown,
  maxLosses: whole(0, MOST),
  processClass: (given) => parseId(String(given), 'process class'),
  preJob: hook,
  postJob: hook,
  properties,
};

/**
 * A configuration that can be used; `delayMs` becomes `delaysMs`.
 *
 * @throws {InvalidSetting} @throws {InvalidId} @throws {ValueRefused} one sentence that names the property
 */
export function checkHandlerConfig(name: string, given: unknown): HandlerConfig {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw refused(`The configuration of handler "${name}"`, given, 'an object: {"maxRetries":3}');
  }
  const config: Record<string, unknown> = {};
  for (const [property, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const check = Object.hasOwn(CHECKS, property) && CHECKS[property as keyof HandlerConfig];
    if (!check) throw unknownProperty(name, property);
    const checked = check(value, `${property} of the configuration of handler "${name}"`);
    config[property === 'delayMs' ? 'delaysMs' : property] = checked;
  }
  if ('delayMs' in given && 'delaysMs' in given) {
    throw new InvalidSetting(
      `The configuration of handler "${name}" has delayMs and delaysMs: give one of them.`,
    );
  }
  return config;
}

function unknownProperty(name: string, property: string): InvalidSetting {
  const known = Object.keys(CHECKS);
  const meant = nearest(property, known);
  const hint = meant === undefined ? `it may have ${known.join(', ')}.` : `do you mean "${meant}"?`;
  return new InvalidSetting(
    `The configuration of handler "${name}" has ${shown(property.slice(0, 80))}, which is not known; ${hint}`,
  );
}

/** The part of a configuration that says how work is tried. */
export function policyIn(config: HandlerConfig): Partial<Policy> {
  const { maxRetries, delaysMs, jitter, timeoutMs, onUnknown, maxLosses } = config;
  const policy = { maxRetries, delaysMs, jitter, timeoutMs, onUnknown, maxLosses };
  return Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined));
}

function shown(given: unknown): string {
  const text = typeof given === 'number' ? String(given) : JSON.stringify(given);
  return text === undefined ? typeof given : text.slice(0, 80);
}
