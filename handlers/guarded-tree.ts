/**
 * Starts work so that it cannot outlive the lease unnoticed: the guard runs before it does. Of a process
 * tree, kill list and guard know before anything else happens:
 *
 *   held by the guard ──▶ tree started ──▶ listed ──▶ guarded ──▶ … ──▶ gone: no longer guarded or listed
 *       │ no                                 │ no       │ no
 *       ▼                                    └──────────┴──▶ killed, and failed once it is gone
 *   failed or stopped, nothing was run
 */
import type { Attempt } from './attempt.ts';
import { failed } from './failure.ts';
import type { Guard } from './guard.ts';
import type { Exit, LogStream, ProcessStart, Work } from './handler.ts';
import type { KillList } from './kill-list.ts';
import type { StopTask } from './worker.ts';

/** @param attempt `ended` is called once, when nothing of the tree lives */
export function startGuarded(
  start: ProcessStart,
  work: Work,
  attempt: {
    readonly output: (stream: LogStream, bytes: Uint8Array) => void;
    readonly ended: (exit: Exit) => void;
  },
  guard: Pick<Guard, 'hold' | 'release' | 'add' | 'remove' | 'killedAt'>,
  killList: KillList | undefined,
): StopTask {
  if (!mayBegin(guard, attempt.ended)) return () => undefined;
  try {
    return begin(start, work, attempt, guard, killList);
  } finally {
    guard.release();
  }
}

function begin(
  ...[start, work, attempt, guard, killList]: Parameters<typeof startGuarded>
): StopTask {
  let leader: number | undefined;
  let unguarded: Exit | undefined;
  const tree = start(work, attempt.output, (exit) => {
    if (leader !== undefined) {
      guard.remove(leader);
      killList?.remove(work.fence);
    }
    attempt.ended(exit.kind === 'stopped' && unguarded ? unguarded : dated(exit, guard.killedAt()));
  });
  if (tree.pid !== undefined) {
    leader = tree.pid;
    try {
      killList?.add(work.fence, leader);
      guard.add(leader);
    } catch (error) {
      unguarded = failed('error', `The processes were killed at once: ${sentenceOf(error)}`);
      tree.stop('kill');
    }
  }
  return (how) => tree.stop(how);
}

/** An end by SIGKILL while the lease was over is the guard's, and the agent hears of it when it runs again. */
function dated(exit: Exit, killedAt: number | undefined): Exit {
  if (killedAt === undefined || exit.kind === 'done') return exit;
  const { signal } = (exit.kind === 'failed' ? exit.detail : {}) as { readonly signal?: unknown };
  return exit.kind === 'stopped' || signal === 'SIGKILL' ? { kind: 'stopped', killedAt } : exit;
}

/**
 * Begins what cannot be watched from outside, a function or a thread: it is held by the guard until it has
 * ended, and the agent ends with its lease.
 *
 * @param attempt `ended` is called once, when nothing of it runs
 */
export function startHeld(
  run: (attempt: Attempt) => StopTask,
  attempt: Attempt,
  guard: Pick<Guard, 'hold' | 'release'>,
): StopTask {
  if (!mayBegin(guard, attempt.ended)) return () => undefined;
  try {
    return run({
      ...attempt,
      ended(end) {
        attempt.ended(end);
        guard.release();
      },
    });
  } catch (error) {
    guard.release();
    throw error;
  }
}

/** False: it may not be begun, and its end has been told. */
function mayBegin(guard: Pick<Guard, 'hold'>, ended: (exit: Exit) => void): boolean {
  try {
    if (guard.hold()) return true;
    ended({ kind: 'stopped' });
  } catch (error) {
    ended(failed('error', `Nothing was run: ${sentenceOf(error)}`));
  }
  return false;
}

const sentenceOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
