/**
 * What the controller says of itself while the run goes on, asked again and again, and how late this
 * process is: on a machine without time to spare no timing holds, and that must be told apart from a
 * defect.
 */
import type { AgentSummary } from '../../actors/agent-queries.ts';
import { systemClock as clock } from '../../actors/clock.ts';
import type { JobView } from '../../actors/views.ts';
import { pause } from './faults.ts';
import type { Stage } from './stage.ts';

const EVERY_MS = 100;
/** Half the delay of the run's timing: what comes later shakes its deadlines. */
const STALL_MS = 150;

/** What was last answered. */
export interface Seen {
  /** When it was asked. */
  readonly at: number;
  readonly agents: readonly AgentSummary[];
  readonly job: JobView;
}

/** A span in which this process, and so surely others, did not get to run. */
export interface Stall {
  readonly from: number;
  readonly to: number;
}

export interface Watch {
  readonly stalls: readonly Stall[];
  /** Resolves with false when it does not hold within that time. */
  until(condition: (seen: Seen) => boolean, withinMs: number): Promise<boolean>;
  end(): Promise<void>;
}

export function watch(stage: Stage, jobName: string): Watch {
  let seen: Seen | null = null;
  let isEnded = false;
  const stalls: Stall[] = [];
  const look = async () => {
    const at = clock.now();
    try {
      const { items } = await stage.get<{ items: readonly AgentSummary[] }>('agents');
      seen = { at, agents: items, job: await stage.get<JobView>(`jobs/${jobName}`) };
    } catch {
      // It does not answer: a fault, or one of its consequences.
    }
  };
  const looking = (async () => {
    while (!isEnded) {
      await look();
      const before = clock.now();
      await pause(EVERY_MS);
      const now = clock.now();
      if (now - before > EVERY_MS + STALL_MS) stalls.push({ from: before, to: now });
    }
  })();
  return {
    stalls,
    async until(condition, withinMs) {
      const askedAt = clock.now();
      for (;;) {
        if (seen !== null && seen.at >= askedAt && condition(seen)) return true;
        if (clock.now() - askedAt > withinMs) return false;
        await pause(EVERY_MS);
      }
    },
    async end() {
      isEnded = true;
      await looking;
    },
  };
}
