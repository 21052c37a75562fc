/**
 * How agents take leave: nothing new is taken, what runs may end, and the controller gets all of it.
 *
 *   leave ─▶ it runs … ─▶ all handed over ─────────────────────────────▶ true
 *              │ withinMs                     30 s and not handed over ─▶ true: it stays on the disk
 *              └─▶ asked to stop, killed after its grace ─▶ handed over ─▶ false
 */
import type { TaskRow } from './agent-records.ts';
import type { AgentNode } from './agent.ts';
import type { Clock } from './clock.ts';
import { under } from './records.ts';

/** How often it is looked whether the agents have handed everything over. */
const LOOK_EVERY_MS = 10;
/** An agent that cannot hand over what it has keeps it on its disk until the next time. */
const HAND_OVER_WITHIN_MS = 30_000;

/** How long agents that leave may take. */
export interface Leaving {
  readonly clock: Clock;
  /** What runs for longer than that is stopped: asked first, killed after its grace. Default: never. */
  readonly withinMs?: number | undefined;
  /** Ends the waiting. */
  readonly hurried?: AbortSignal;
}

/**
 * Agents take nothing new; resolves when what runs has ended and the controller has it all, logs included,
 * or when somebody hurries. Once nothing runs, or has been stopped, half a minute is waited and no longer.
 *
 * @returns whether all could end by itself
 */
export async function settleAgents(
  agents: readonly AgentNode[],
  { clock, withinMs, hurried }: Leaving,
): Promise<boolean> {
  for (const agent of agents) agent.leave();
  const stopAt = clock.elapsed() + (withinMs ?? Infinity);
  let isStopped = false;
  let idleSince: number | null = null;
  const areSettled = () => agents.every(({ isSettled }) => isSettled);
  const isOver = () => {
    if (hurried?.aborted || areSettled()) return true;
    const isRunning = agents.some(isBusy);
    if (isRunning && !isStopped && clock.elapsed() >= stopAt) {
      isStopped = true;
      for (const agent of agents) agent.stopTasks();
    }
    if (isRunning && !isStopped) idleSince = null;
    else idleSince ??= clock.elapsed();
    return idleSince !== null && clock.elapsed() - idleSince > HAND_OVER_WITHIN_MS;
  };
  while (!isOver()) await new Promise<void>((resolve) => clock.after(LOOK_EVERY_MS, resolve));
  return !isStopped && (areSettled() || !agents.some(isBusy));
}

/** Whether something is begun and not ended, by its own records. */
function isBusy({ store }: AgentNode): boolean {
  for (const [, row] of store.range(under('task'))) {
    if ((row as unknown as TaskRow).ended === null) return true;
  }
  return false;
}
