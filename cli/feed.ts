/**
 * Hands the lines of a work file over to a run of a controller elsewhere: in batches, each recorded before
 * the next one is sent. The same batch may be sent again: it is taken once.
 */
import { ProblemAnswered, type Api } from './api-client.ts';
import type { Patience } from './patience.ts';
import type { Call } from './verb.ts';
import type { WorkLine } from './work-file.ts';

const BATCH_ITEMS = 500;
/** Together with the largest item, less than NATS takes at once. */
const BATCH_BYTES = 400_000;
/** An answer with another status tells of the asker or the controller: the work may be handed over yet. */
const WORK_REFUSED = new Set([400, 409, 413]);
/** Somebody else hands work over under this name: it is not ours to stop. */
const OF_OTHERS = new Set(['outOfStep', 'jobTaken']);

/** A run that a controller has begun for us. */
export interface BegunRun {
  readonly name: string;
  readonly generation: number;
  /** It goes on with a run that was cut short. */
  readonly resumed: boolean;
  /** Lines that it had taken over before. */
  readonly taken: number;
}

/** What the user wants otherwise than the handlers say. */
export interface PolicyWish {
  readonly maxRetries?: number;
  readonly timeoutMs?: number;
  readonly onUnknown?: 'retry' | 'park';
}

/**
 * Resolves with true when all lines are on record, or the run takes no more; with false when somebody
 * interrupted. Work that is refused, or cannot be read, stops the run: nobody will hand over the rest.
 * Whatever else is answered leaves the run as it is: the same command goes on with it.
 *
 * @throws {CommandFailed} what the controller says of work that it does not take
 */
export async function feedRun(
  api: Api,
  patience: Patience,
  run: BegunRun,
  lines: AsyncIterable<WorkLine>,
  policy: PolicyWish,
): Promise<boolean> {
  const { name, generation } = run;
  let after = run.taken;
  try {
    for await (const { items, ended } of batches(lines, run.taken)) {
      const batch = { generation, after, items, ended, policy };
      const post = () => api.post<{ readonly taken: number }>(`/api/v1/jobs/${name}/items`, batch);
      if ((await patience.ask(post)) === undefined) return false;
      after += items.length;
    }
    return true;
  } catch (error) {
    // It was stopped: whoever watches it sees that.
    if (error instanceof ProblemAnswered && error.code === 'notRunning') return true;
    if (isRefusal(error)) await stopQuietly(api, name);
    throw error;
  }
}

const isRefusal = (error: unknown): boolean =>
  !(error instanceof ProblemAnswered) ||
  (WORK_REFUSED.has(error.status) && !OF_OTHERS.has(error.code));

interface Batch {
  readonly items: readonly Omit<WorkLine, 'line'>[];
  /** Nothing comes after these. */
  readonly ended: boolean;
}

async function* batches(lines: AsyncIterable<WorkLine>, taken: number): AsyncGenerator<Batch> {
  let items: Omit<WorkLine, 'line'>[] = [];
  let bytes = 0;
  let seen = 0;
  for await (const { handler, input, id } of lines) {
    if (++seen <= taken) continue;
    const item = { handler, input, ...(id === undefined ? {} : { id }) };
    const size = Buffer.byteLength(JSON.stringify(item));
    if (items.length > 0 && (items.length === BATCH_ITEMS || bytes + size > BATCH_BYTES)) {
      yield { items, ended: false };
      items = [];
      bytes = 0;
    }
    items.push(item);
    bytes += size;
  }
  yield { items, ended: true };
}

async function stopQuietly({ post }: Api, name: string): Promise<void> {
  try {
    await post(`/api/v1/jobs/${name}/stop`);
  } catch {
    // What is told is why the work was refused.
  }
}

/** What was said of the work beside the work itself. */
export function policyWish({ values }: Pick<Call, 'values'>): PolicyWish {
  const { retries, 'task-timeout': timeoutMs, 'on-unknown': onUnknown } = values;
  return {
    ...(retries === undefined ? {} : { maxRetries: retries }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(onUnknown === undefined ? {} : { onUnknown }),
  };
}
