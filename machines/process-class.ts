/**
 * Which agent of a process class gets the next attempt.
 *
 *   first   fixed priority: the first available agent of the list; back to the primary when it returns
 *   next    round robin: an endless pointer over the list that skips who is not available (A, C, A, C …)
 *
 * An agent is available when it is connected, has a free slot and is not resting. An agent that failed
 * to take work rests for 30 s; when all rest, the one that has rested longest comes first.
 */

/** What selection needs to know of a class. */
export interface Selecting {
  readonly select: 'first' | 'next';
  /** Agent ids in order of priority. */
  readonly agents: readonly string[];
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

/** The agent that gets the next attempt, or what stands in the way. */
export function selectAgent(processClass: Selecting, view: ClassView): Selection | Obstacle {
  if (view.running >= processClass.maxProcesses) return { obstacle: 'maxProcesses' };
  const { agents } = processClass;
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
