/**
 * Tells what an agent does when another one has its id: it waits for the end of one that lived, and gives
 * way to one that lives. Which of them it is shows only when the controller would have missed a dead one.
 *
 *   inUse ──for longer than period + delay──▶ given way
 *     └──held──▶ the other is silent: waits for the end of its lease
 */
import { suspectAfterMs, type Timing } from '../machines/timing.ts';
import { usage, type CommandFailed } from './failure.ts';
import type { Call } from './verb.ts';

/**
 * @param refuse called when another agent lives under the id, with the sentence that says so
 * @returns to be called with each hello that is refused
 */
export function createIdTeller(
  { clock, screen, values: { namespace } }: Pick<Call, 'clock' | 'screen' | 'values'>,
  id: string,
  refuse: (why: CommandFailed) => void,
): (isHeld: boolean, timing: Timing) => void {
  let isTold = false;
  let inUseSince: number | undefined;
  return (isHeld, timing) => {
    if (!isTold) {
      screen.line(
        `Another agent called "${id}" was heard until a moment ago; this one waits to see whether that one lives, and is let in once its lease is over.`,
      );
    }
    isTold = true;
    const at = clock.elapsed();
    inUseSince = isHeld ? undefined : (inUseSince ?? at);
    // The last word of a dead one may have come late, and so may this.
    const patienceMs = suspectAfterMs(timing) + 2 * timing.delayMs;
    if (inUseSince === undefined || at - inUseSince <= patienceMs) return;
    refuse(
      usage(
        `The agent id "${id}" is in use by another agent of "${namespace}": stop that one, or choose another with --id.`,
      ),
    );
  };
}
