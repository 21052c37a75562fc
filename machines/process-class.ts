/**
 * Which agent of a process class gets the next attempt.
 *
 *   first   fixed priority: the first available agent of the list; back to the primary when it returns
 *   next    round robin: an endless pointer over the list that skips who is not available (A, C, A, C …)
 *
 * An agent is available when it is connected, has a free slot and is not resting. An agent that failed
 * to take work rests for 30 s; when all rest, the one that has rested longest comes first.
 */
import { InvalidSetting } from './timing.ts';

/** A named set of agents with its selection and its limit. */
export interface ProcessClass {
  readonly select: 'first' | 'next';
  /** Agent ids in order of priority; `all`: every candidate, in the candidates' order. */
  readonly agents: readonly string[] | 'all';
  /** How many tasks of this class may run at once, on all agents together. */
  readonly maxProcesses: number;
}

/** An agent that is connected now. */
export interface Candidate {
  /** Free slots. */
  readonly free: number;
  /** Instant until which it rests after a failure, exclusive; null: it does not. */
  readonly restingUntil: number | null;
}

/** What selection depends on beside the class. */
export interface ClassView {
  /** Connected agents by id. */
  readonly candidates: ReadonlyMap<string, Candidate>;
  /** Tasks of this class that run now. */
  readonly running: number;
  /** What the last selection returned; 0 at first. */
  readonly pointer: number;
  readonly at: number;
}

/** Why nothing can be given out now. `resting`: try again at `until`. */
export type Obstacle =
  | { readonly obstacle: 'noAgent' | 'noSlot' | 'maxProcesses' }
  | { readonly obstacle: 'resting'; readonly until: number };

/** The agent chosen and where the next selection begins. */
export interface Selection {
  readonly agent: string;
  readonly pointer: number;
}

/** Tasks of one class at once, unless configured. */
export const defaultMaxProcesses = 30;

/** Milliseconds that an agent rests after it failed to take work. */
export const defaultRestMs = 30_000;

/** The agent that gets the next attempt, or what stands in the way. */
export function selectAgent(processClass: ProcessClass, view: ClassView): Selection | Obstacle {
  if (view.running >= processClass.maxProcesses) return { obstacle: 'maxProcesses' };
  const agents = processClass.agents === 'all' ? [...view.candidates.keys()] : processClass.agents;
  const start = processClass.select === 'next' ? view.pointer : 0;
  let connected = 0;
  let firstRestedAt = Infinity;
  let full = false;
  for (let step = 0; step < agents.length; step += 1) {
    const position = (start + step) % agents.length;
    const agent = agents[position];
    const candidate = agent === undefined ? undefined : view.candidates.get(agent);
    if (agent === undefined || candidate === undefined) continue;
    connected += 1;
    if (candidate.restingUntil !== null && view.at < candidate.restingUntil) {
      firstRestedAt = Math.min(firstRestedAt, candidate.restingUntil);
    } else if (candidate.free > 0) {
      return { agent, pointer: (position + 1) % agents.length };
    } else {
      full = true;
    }
  }
  if (connected === 0) return { obstacle: 'noAgent' };
  return full ? { obstacle: 'noSlot' } : { obstacle: 'resting', until: firstRestedAt };
}

/**
 * Returns `processClass` when it can be used: a known selection, at least one agent, none twice, a limit.
 *
 * @throws {InvalidSetting} one sentence which says what to do
 */
export function checkProcessClass(processClass: ProcessClass): ProcessClass {
  const { select, agents, maxProcesses } = processClass;
  if (!['first', 'next'].includes(select)) {
    throw new InvalidSetting(`Attribute 'select' is not 'first' or 'next': ${String(select)}.`);
  }
  if (!Number.isSafeInteger(maxProcesses) || maxProcesses < 0) {
    throw new InvalidSetting(`maxProcesses must be a whole number from 0 on, not ${maxProcesses}.`);
  }
  if (agents === 'all') return processClass;
  if (agents.length === 0) {
    throw new InvalidSetting(`A process class needs at least one agent: name one, or say 'all'.`);
  }
  const twice = agents.find((agent, index) => agents.indexOf(agent) !== index);
  if (twice !== undefined) {
    throw new InvalidSetting(`Agent ${twice} is named twice in one process class: name it once.`);
  }
  return processClass;
}
