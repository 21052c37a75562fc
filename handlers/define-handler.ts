/**
 * Makes a `Handler` out of what a person writes, or says in one sentence what is wrong with it.
 *
 *   defineHandler({ name: 'resize', input: Picture, run: (picture, task) => … })
 *
 * Everything is decided here, once: the delays are evaluated, the defaults filled in. What comes out is
 * plain data beside the function, so that the policy can be written down with the work and outlive the
 * code. With TypeBox schemas the types of `run` follow from them (`NoInfer`: the way back would cost the
 * compiler seconds).
 */
import type { Static, TSchema } from 'typebox';
import type { Handler, HandlerOptions, OnUnknown, Policy, RunOfJob } from './handler.ts';
import { hooked } from './hooks.ts';

const NAME_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_RETRIES = 100;
/** Longest time that Node's timers take, about 24.8 days. */
const LONGEST_MS = 2 ** 31 - 1;
const DEFAULT_RETRIES = 4;
const DEFAULT_TIMEOUT_MS = 3_600_000;
/** How often an attempt may be lost before its work is parked. */
const MAX_LOSSES = 4;

const OPTIONS: Readonly<Record<keyof HandlerOptions<never, never>, true>> = {
  name: true, run: true, module: true, before: true, after: true, preJob: true, postJob: true,
  maxRetries: true, delay: true, timeoutMs: true, onUnknown: true, input: true, result: true,
}; // prettier-ignore

/** A handler that cannot work. The message says what to change. */
export class InvalidHandler extends Error {
  override readonly name = 'InvalidHandler';
  readonly retryable = false;
}

/**
 * Checks the options and fills in the defaults: `maxRetries` 4, `delay` 0 ms, `timeoutMs` 3,600,000,
 * `onUnknown` 'park', 4 losses.
 *
 * @throws {InvalidHandler} in one sentence that says what to change
 */
export function defineHandler<I extends TSchema, R extends TSchema>(
  options: HandlerOptions<NoInfer<Static<I>>, NoInfer<Static<R>>> & {
    readonly input: I;
    readonly result: R;
  },
): Handler<Static<I>, Static<R>>;
export function defineHandler<I extends TSchema, Result = unknown>(
  options: HandlerOptions<NoInfer<Static<I>>, Result> & {
    readonly input: I;
    readonly result?: never;
  },
): Handler<Static<I>, Result>;
export function defineHandler<R extends TSchema, Input = unknown>(
  options: HandlerOptions<Input, NoInfer<Static<R>>> & {
    readonly result: R;
    readonly input?: never;
  },
): Handler<Input, Static<R>>;
export function defineHandler<Input = unknown, Result = unknown>(
  options: HandlerOptions<Input, Result> & { readonly input?: never; readonly result?: never },
): Handler<Input, Result>;
export function defineHandler(options: HandlerOptions<unknown, unknown>): Handler {
  const { name } = options;
  if (typeof name !== 'string' || !NAME_PATTERN.test(name)) {
    throw new InvalidHandler(
      `The handler name ${JSON.stringify(name)} is not allowed: use 1 to 64 of A-Z a-z 0-9 _ and -.`,
    );
  }
  refuseUnknown(name, options);
  return {
    name,
    policy: policyOf(options),
    input: schemaOf(name, 'input', options.input),
    result: schemaOf(name, 'result', options.result),
    runs: runsOf(options),
    ...hookOf(options, 'preJob'),
    ...hookOf(options, 'postJob'),
  };
}

function refuseUnknown(name: string, options: object): void {
  const known = Object.keys(OPTIONS);
  const odd = Object.keys(options).find((option) => !known.includes(option));
  if (odd === undefined) return;
  const meant = meantBy(odd, known);
  const hint = meant === undefined ? `it may have ${known.join(', ')}.` : `do you mean "${meant}"?`;
  throw new InvalidHandler(`Handler "${name}" has "${odd}", which is not known; ${hint}`);
}

/** The known name that begins most like the word does, or undefined when none shares three letters. */
function meantBy(word: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[-_]/g, '');
  const shared = (name: string) => {
    let letters = 0;
    while (letters < word.length && plain(name)[letters] === plain(word)[letters]) letters++;
    return letters;
  };
  const best = known.reduce((one, other) => (shared(other) > shared(one) ? other : one));
  return shared(best) >= 3 ? best : undefined;
}

/** A hook of the job is a handler of its own: tried once, since what it does is not for one task. */
function hookOf(
  { name, ...options }: HandlerOptions<unknown, unknown>,
  hook: 'preJob' | 'postJob',
): { readonly [hook: string]: Handler<RunOfJob> } {
  const run = options[hook];
  if (run === undefined) return {};
  if (typeof run !== 'function') {
    throw new InvalidHandler(`${hook} of handler "${name}" is ${shown(run)}: give a function.`);
  }
  return { [hook]: defineHandler<RunOfJob>({ name: `${name}-${hook}`, maxRetries: 0, run }) };
}

/**
 * The policy alone, for handlers that bring a runner of their own.
 *
 * @throws {InvalidHandler} as `defineHandler` does
 */
export function policyOf(
  options: Pick<
    HandlerOptions<never, unknown>,
    'name' | 'maxRetries' | 'delay' | 'timeoutMs' | 'onUnknown'
  >,
): Policy {
  const { name, maxRetries = DEFAULT_RETRIES, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  if (!Number.isInteger(maxRetries) || maxRetries < 0 || maxRetries > MAX_RETRIES) {
    throw new InvalidHandler(
      `maxRetries of handler "${name}" is ${shown(maxRetries)}: give a whole number from 0 to ${MAX_RETRIES}.`,
    );
  }
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > LONGEST_MS) {
    throw new InvalidHandler(
      `timeoutMs of handler "${name}" is ${shown(timeoutMs)}: give whole milliseconds from 1 to ${LONGEST_MS}.`,
    );
  }
  const onUnknown: OnUnknown = options.onUnknown ?? 'park';
  if (!['retry', 'park'].includes(onUnknown)) {
    throw new InvalidHandler(
      `onUnknown of handler "${name}" is ${shown(onUnknown)}: give "retry" or "park".`,
    );
  }
  const delaysMs = delaysOf(name, options.delay ?? 0, maxRetries);
  return { maxRetries, delaysMs, timeoutMs, onUnknown, maxLosses: MAX_LOSSES };
}

function delaysOf(
  name: string,
  delay: number | ((retry: number) => number),
  maxRetries: number,
): number[] {
  const checked = (ms: unknown, where: string): number => {
    if (typeof ms === 'number' && ms >= 0 && ms <= LONGEST_MS) return Math.round(ms);
    throw new InvalidHandler(
      `${where} of handler "${name}" is ${shown(ms)}: give milliseconds from 0 to ${LONGEST_MS}.`,
    );
  };
  if (typeof delay !== 'function') {
    const ms = checked(delay, 'delay');
    return ms === 0 || maxRetries === 0 ? [] : [ms];
  }
  return Array.from({ length: maxRetries }, (_, index) => {
    const where = `delay(${index + 1})`;
    let ms: unknown;
    try {
      ms = delay(index + 1);
    } catch (error) {
      throw new InvalidHandler(
        `${where} of handler "${name}" throws; make it return milliseconds for each retry.`,
        { cause: error },
      );
    }
    return checked(ms, where);
  });
}

function runsOf(options: HandlerOptions<unknown, unknown>): Handler['runs'] {
  const { name, run, module, before, after } = options;
  if ((run === undefined) === (module === undefined)) {
    throw new InvalidHandler(`Handler "${name}" needs exactly one of run and module.`);
  }
  if (module !== undefined) {
    if (!(module instanceof URL) || module.protocol !== 'file:') {
      throw new InvalidHandler(
        `module of handler "${name}" is no file URL: give new URL('./work.js', import.meta.url).`,
      );
    }
    if (before !== undefined || after !== undefined) {
      throw new InvalidHandler(
        `Handler "${name}" is a module: export ${before === undefined ? 'after' : 'before'} there.`,
      );
    }
    return { as: 'worker', module };
  }
  for (const [what, given] of Object.entries({ run, before, after })) {
    if (typeof given === 'function' || (given === undefined && what !== 'run')) continue;
    throw new InvalidHandler(`${what} of handler "${name}" is ${shown(given)}: give a function.`);
  }
  return { as: 'inline', run: hooked(run!, { before, after }) };
}

function schemaOf(name: string, what: 'input' | 'result', schema: unknown): TSchema | undefined {
  if (schema === undefined) return undefined;
  if (typeof schema === 'object' && schema !== null) return schema;
  throw new InvalidHandler(
    `The ${what} schema of handler "${name}" is ${shown(schema)}: give a TypeBox schema.`,
  );
}

const shown = (given: unknown): string =>
  typeof given === 'string' ? JSON.stringify(given) : String(given);
