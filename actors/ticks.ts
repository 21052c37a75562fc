/**
 * When a periodic job runs again: the ticks of all its schedules, in one row.
 *
 *   every 5 min   ──┼────┼────┼────┼──▶      counted from the first start of the job: never drifting
 *   0 3 * * *     ─────────┼──────────▶      in the time zone that it names, over changes to summer time
 *   the job       ──┼────┼─┼──┼────┼──▶      two at one instant are one
 *
 * Pure: croner only computes here, and is given every instant.
 */
import { Cron } from 'croner';
import { InvalidSetting } from '../machines/timing.ts';
import type { Tick } from './job-rules.ts';

const LEAST_MS = 1_000;
const MOST_MS = 366 * 24 * 3_600_000;
const TICKS_MAX = 20;
/** Ticks that are looked at one by one; of a longer time without a controller the rest is not counted. */
const PASSED_MAX = 500;

/** What was compiled, since each costs more than what is asked of it. */
const compiled = new Map<string, Cron>();
const COMPILED_MAX = 1_000;

/** A tick as somebody writes it. */
export type TickWish =
  { readonly everyMs: number } | { readonly cron: string; readonly timeZone?: string };

/** Ticks that have passed. */
export interface Passed {
  readonly count: number;
  /** The last of them; null: none. */
  readonly lastAt: number | null;
  /** The first that has not; null: there is none any more. */
  readonly nextAt: number | null;
}

/**
 * The ticks as they are kept, when they can be used; without a time zone a cron expression is of UTC.
 *
 * @param at now: one of them must have a tick after it
 * @throws {InvalidSetting} one sentence that says what to write
 */
export function checkTicks(ticks: readonly TickWish[], at: number): readonly Tick[] {
  if (ticks.length > TICKS_MAX) {
    throw new InvalidSetting(`A job has at most ${TICKS_MAX} schedules, not ${ticks.length}.`);
  }
  return ticks.map((tick) => {
    if ('everyMs' in tick === 'cron' in tick) {
      throw new InvalidSetting(
        'A schedule is an interval ("everyMs") or a cron expression ("cron", with "timeZone").',
      );
    }
    if ('everyMs' in tick) {
      checkInterval(tick.everyMs);
      return { everyMs: tick.everyMs };
    }
    const { cron, timeZone = 'UTC' } = tick;
    checkCron(cron, timeZone, at);
    return { cron, timeZone };
  });
}

function checkInterval(everyMs: unknown): void {
  if (Number.isSafeInteger(everyMs) && Number(everyMs) >= LEAST_MS && Number(everyMs) <= MOST_MS)
    return;
  throw new InvalidSetting(
    `The interval of a job must be a whole number of ms from ${LEAST_MS} (a second) to ${MOST_MS} (366 days), not ${shown(everyMs)}.`,
  );
}

function checkCron(cron: unknown, timeZone: unknown, at: number): void {
  if (typeof timeZone !== 'string' || !isTimeZone(timeZone)) {
    throw new InvalidSetting(
      `${shown(timeZone)} is no time zone; write one like Europe/Berlin, or UTC.`,
    );
  }
  let next: number | null;
  try {
    if (typeof cron !== 'string' || /\dT\d/.test(cron)) throw new Error('it needs five fields');
    next = cronAfter(cron, timeZone, at);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : '';
    throw new InvalidSetting(
      `${shown(cron)} is no cron expression (${why.replace(/\.$/, '')}); write minute, hour, day, month and weekday, like '0 3 * * *'.`,
    );
  }
  if (next === null) throw new InvalidSetting(`${shown(cron)} never comes: write one that does.`);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The first tick after an instant; `from`: when the job was first started. Null: there is none. */
export function tickAfter(ticks: readonly Tick[], from: number, after: number): number | null {
  let first: number | null = null;
  for (const tick of ticks) {
    const next =
      'everyMs' in tick
        ? from + (Math.floor(Math.max(0, after - from) / tick.everyMs) + 1) * tick.everyMs
        : cronAfter(tick.cron, tick.timeZone, after);
    if (next !== null && (first === null || next < first)) first = next;
  }
  return first;
}

/** The ticks from `due`, which is one, to `at`, and the one after. */
export function ticksPassed(
  ticks: readonly Tick[],
  from: number,
  { due, at }: { readonly due: number; readonly at: number },
): Passed {
  const [only] = ticks;
  if (ticks.length === 1 && only && 'everyMs' in only && due <= at) {
    const more = Math.floor((at - due) / only.everyMs);
    const lastAt = due + more * only.everyMs;
    return { count: more + 1, lastAt, nextAt: lastAt + only.everyMs };
  }
  let count = 0;
  let lastAt: number | null = null;
  let nextAt: number | null = due;
  while (nextAt !== null && nextAt <= at) {
    count++;
    lastAt = nextAt;
    nextAt = tickAfter(ticks, from, count < PASSED_MAX ? nextAt : at);
  }
  return { count, lastAt, nextAt };
}

function cronAfter(cron: string, timeZone: string, after: number): number | null {
  const name = `${timeZone} ${cron}`;
  let known = compiled.get(name);
  if (!known) {
    if (compiled.size === COMPILED_MAX) compiled.clear();
    compiled.set(name, (known = new Cron(cron, { timezone: timeZone, paused: true })));
  }
  return known.nextRun(new Date(after))?.getTime() ?? null;
}

const shown = (given: unknown) =>
  typeof given === 'string' ? `"${given.slice(0, 80)}"` : String(given);
