/**
 * What a process class is made of: which agents, how one is chosen, how much at once, how they are watched.
 *
 *   { name, agents, select, maxProcesses, periodMs, delayMs, timeoutMs, restMs, waitMs }
 *
 * The class `default` is always there. Work that names no class is of it, and as long as nobody says otherwise
 * it is what the settings of the controller are: all agents in turn, as many tasks as there is room for, and
 * nobody rests. `agents: 'all'` means all that there are, whether another class names them or not.
 */
import {
  checkDuration,
  checkTiming,
  defaultTiming,
  InvalidSetting,
  LONGEST_MS,
  type Timing,
} from './timing.ts';

/** The class of work that names none. */
export const DEFAULT_CLASS = 'default';

/** Tasks of one class at once, unless configured. */
export const defaultMaxProcesses = 30;

/** Milliseconds that an agent rests after it failed to take work. */
export const defaultRestMs = 30_000;

/** The shortest rest that may be configured. */
export const shortestRestMs = 1_000;

/** A process class as it is handed in; what is left out has its default. */
export interface ClassOptions {
  readonly name: string;
  /** `first`: fixed priority in the order of `agents`; `next`: round robin. Default `first`. */
  readonly select?: 'first' | 'next';
  /**
   * Ids or addresses of agents in order of priority, each once; `all`: every agent. With none, what waits in this
   * class fails. Default `all`.
   */
  readonly agents?: readonly string[] | 'all';
  /** Tasks of this class at once, on all its agents together; 0: none. Default 30. */
  readonly maxProcesses?: number;
  /** Timing of the agents that it names. Default, if none of the three is given: that of the controller. */
  readonly periodMs?: number | null;
  readonly delayMs?: number | null;
  readonly timeoutMs?: number | null;
  /** How long an agent that failed to take work is passed over; at least 1,000. Default 30,000. */
  readonly restMs?: number;
  /** Work that has waited for an agent for so long fails; null: it waits for ever. Default null. */
  readonly waitMs?: number | null;
}

/** The durations of a timing. */
export type Beats = Pick<Timing, 'periodMs' | 'delayMs' | 'timeoutMs'>;

/** A process class that can be used. */
export interface ClassSettings {
  readonly name: string;
  readonly select: 'first' | 'next';
  readonly agents: readonly string[] | 'all';
  readonly maxProcesses: number;
  /** All three or none of them: null stands for the timing of the controller. */
  readonly periodMs: number | null;
  readonly delayMs: number | null;
  readonly timeoutMs: number | null;
  /** 0: nobody rests. */
  readonly restMs: number;
  readonly waitMs: number | null;
}

/** The class `default` as long as nobody configures it. */
export function builtInClass(
  settings: Pick<ClassSettings, 'select' | 'maxProcesses'>,
): ClassSettings {
  const { select, maxProcesses } = settings;
  const beats = { periodMs: null, delayMs: null, timeoutMs: null };
  return {
    name: DEFAULT_CLASS, select, agents: 'all', maxProcesses, ...beats, restMs: 0, waitMs: null,
  }; // prettier-ignore
}

/** With the class `default`, which is always there. */
export function withDefault(
  classes: readonly ClassSettings[],
  settings: Pick<ClassSettings, 'select' | 'maxProcesses'>,
): readonly ClassSettings[] {
  const isThere = classes.some(({ name }) => name === DEFAULT_CLASS);
  return isThere ? classes : [...classes, builtInClass(settings)];
}

/** The timing that a class has of its own; undefined: that of the controller. */
export function beatsOf({ periodMs, delayMs, timeoutMs }: ClassSettings): Beats | undefined {
  if (periodMs === null || delayMs === null || timeoutMs === null) return undefined;
  return { periodMs, delayMs, timeoutMs };
}

/**
 * The classes with every default filled in, in the same order.
 *
 * @param controller its own timing: where a class gives a part of one, the rest is taken from here
 * @throws {InvalidSetting} one sentence which names the class and says what to do
 */
export function checkClasses(
  classes: readonly ClassOptions[],
  controller: Beats = defaultTiming,
): readonly ClassSettings[] {
  const names = classes.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new InvalidSetting(`The process class ${twice} is there twice: name it once.`);
  }
  const checked = classes.map((options) => checkClass(options, controller));
  checkBeats(checked);
  return checked;
}

function checkClass(options: ClassOptions, controller: Beats): ClassSettings {
  const { name, select = 'first', agents = 'all', maxProcesses = defaultMaxProcesses } = options;
  const { restMs = defaultRestMs, waitMs = null } = options;
  const refuse = (why: string) => new InvalidSetting(`Process class ${name}: ${why}`);
  if (!['first', 'next'].includes(select))
    throw refuse(`Attribute 'select' is not 'first' or 'next': ${String(select)}.`);
  if (!Number.isSafeInteger(maxProcesses) || maxProcesses < 0)
    throw refuse(`maxProcesses must be a whole number from 0 on, not ${maxProcesses}.`);
  if (!Number.isInteger(restMs) || restMs < shortestRestMs || restMs > LONGEST_MS)
    throw refuse(
      `an agent must rest for ${shortestRestMs} to ${LONGEST_MS} ms in whole numbers, not ${restMs}.`,
    );
  if (waitMs !== null) checkDuration(waitMs, `wait for an agent (process class ${name})`);
  if (agents !== 'all') {
    const twice = agents.find((agent, index) => agents.indexOf(agent) !== index);
    if (twice !== undefined) throw refuse(`agent ${twice} is named twice: name it once.`);
    if (agents.includes('')) throw refuse('an agent without a name: give its id or its address.');
  }
  return {
    name, select, agents, maxProcesses, ...checkedBeats(options, controller), restMs, waitMs,
  }; // prettier-ignore
}

function checkedBeats(options: ClassOptions, controller: Beats) {
  const { periodMs = null, delayMs = null, timeoutMs = null } = options;
  if (periodMs === null && delayMs === null && timeoutMs === null)
    return { periodMs, delayMs, timeoutMs };
  const beats = {
    periodMs: periodMs ?? controller.periodMs,
    delayMs: delayMs ?? controller.delayMs,
    timeoutMs: timeoutMs ?? controller.timeoutMs,
  };
  try {
    checkTiming({ version: 0, ...beats });
  } catch (error) {
    if (!(error instanceof InvalidSetting)) throw error;
    throw new InvalidSetting(`Process class ${options.name}: ${error.message}`);
  }
  return beats;
}

/** An agent has one timing: no two classes that name it may give it different ones. */
function checkBeats(classes: readonly ClassSettings[]): void {
  const given = new Map<string, ClassSettings>();
  for (const one of classes) {
    const beats = beatsOf(one);
    if (!beats) continue;
    if (one.agents === 'all' && one.name !== DEFAULT_CLASS)
      throw new InvalidSetting(
        `Process class ${one.name} has a timing of its own and must name its agents: the timing of all is that of ${DEFAULT_CLASS}.`,
      );
    for (const agent of one.agents === 'all' ? [] : one.agents) {
      const other = given.get(agent);
      given.set(agent, other ?? one);
      if (!other || isSameBeat(beatsOf(other)!, beats)) continue;
      throw new InvalidSetting(
        `Agent ${agent} has one timing in process class ${other.name} and another in ${one.name}: make them the same.`,
      );
    }
  }
}

/** Whether two timings have the same durations. */
export const isSameBeat = (one: Beats, other: Beats): boolean =>
  one.periodMs === other.periodMs &&
  one.delayMs === other.delayMs &&
  one.timeoutMs === other.timeoutMs;
