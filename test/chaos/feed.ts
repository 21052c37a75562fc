/**
 * Hands the work over piece by piece, so that there is always some and that the last fault still finds
 * some. A batch whose answer was lost is sent again: the controller takes it once.
 */
import { pause } from './faults.ts';
import type { Stage } from './stage.ts';
import { pieces, POLICY } from './work.ts';

export const JOB = 'chaos';

const BATCH = 250;
const AGAIN_AFTER_MS = 300;

export interface Feed {
  /** So many pieces may be handed over by now. */
  allow(pieces: number): void;
  /** Resolves when all is handed over. */
  readonly ended: Promise<void>;
}

/** Begins the job; resolves when it is there. */
export async function feed(stage: Stage, tasks: number, seed: number): Promise<Feed> {
  const source = { kind: 'items', id: `seed:${seed}` };
  const { generation } = await insist(() =>
    stage.post<{ generation: number }>('jobs', { name: JOB, source }),
  );
  let allowed = 0;
  let wake = () => {};
  const feeding = async () => {
    for (let after = 0; after < tasks;) {
      const upTo = Math.min(tasks, allowed, after + BATCH);
      if (upTo <= after) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      const items = pieces(stage.work, seed, after, upTo);
      const batch = { generation, after, items, policy: POLICY, ended: upTo === tasks };
      await insist(() => stage.post(`jobs/${JOB}/items`, batch));
      after = upTo;
    }
  };
  return {
    allow(count) {
      allowed = Math.max(allowed, count);
      wake();
    },
    ended: feeding(),
  };
}

/** As often as it takes: the controller is killed now and then. */
async function insist<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof Error && /: 4\d\d /.test(error.message)) throw error;
      await pause(AGAIN_AFTER_MS);
    }
  }
}
