/**
 * Tells what an agent does when another one has its id: it waits for the end of one that is dead, and gives
 * way to one that lives. Which of them it is the controller knows, who says for how long the other is silent.
 *
 *   silent for 3 s, 4 s, 5 s, …           it is dead, perhaps: waits for the end of its lease
 *   3 s, 4 s, 0 s, 1 s, …, 9 s, 0 s       it has spoken twice: given way (once: a last word that came late)
 */
import { usage, type CommandFailed } from './failure.ts';
import type { Call } from './verb.ts';

/** Words of the other that prove its life. */
const PROOF = 2;

/**
 * @param refuse called when another agent lives under the id, with the sentence that says so
 * @returns to be called with each hello that is refused
 */
export function createIdTeller(
  { screen, values: { namespace } }: Pick<Call, 'screen' | 'values'>,
  id: string,
  refuse: (why: CommandFailed) => void,
): (silentMs: number | null) => void {
  let isTold = false;
  let lastMs = 0;
  let words = 0;
  return (silentMs) => {
    if (!isTold) {
      screen.line(
        `Another agent called "${id}" was heard until a moment ago; this one waits to see whether that one lives, and is let in once its lease is over.`,
      );
    }
    isTold = true;
    if (silentMs === null) return;
    if (silentMs < lastMs) words++;
    lastMs = silentMs;
    if (words < PROOF) return;
    refuse(
      usage(
        `The agent id "${id}" is in use by another agent of "${namespace}": stop that one, or choose another with --id.`,
      ),
    );
  };
}
