/**
 * Starts a process tree so that it cannot outlive the agent unnoticed: the guard runs before it does, and
 * kill list and guard know it before anything else happens.
 *
 *   guard runs ──▶ tree started ──▶ listed ──▶ guarded ──▶ … ──▶ gone: no longer guarded, no longer listed
 *       │ no                          │ no       │ no
 *       ▼                             └──────────┴──▶ killed, and failed once it is gone
 *   failed, nothing was run
 */
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
  guard: Pick<Guard, 'start' | 'add' | 'remove'>,
  killList: KillList | undefined,
): StopTask {
  try {
    guard.start();
  } catch (error) {
    attempt.ended(failed('error', `Nothing was run: ${sentenceOf(error)}`));
    return () => undefined;
  }
  let leader: number | undefined;
  let unguarded: Exit | undefined;
  const tree = start(work, attempt.output, (exit) => {
    if (leader !== undefined) {
      guard.remove(leader);
      killList?.remove(work.fence);
    }
    attempt.ended(exit.kind === 'stopped' && unguarded ? unguarded : exit);
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

const sentenceOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
