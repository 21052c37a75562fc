/** A clock whose wakes wait while it is blocked, as those of a process whose event loop does not turn. */
import type { Clock } from '../../actors/clock.ts';

export interface Blockable {
  readonly clock: Clock;
  block(): void;
  /** All that has waited happens now, in its order. */
  unblock(): void;
}

export function createBlockable(clock: Clock): Blockable {
  let waiting: (() => void)[] | undefined;
  return {
    clock: {
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      after(afterMs, wake) {
        let isOff = false;
        const cancel = clock.after(afterMs, () => {
          if (waiting) waiting.push(() => void (isOff || wake()));
          else wake();
        });
        return () => {
          isOff = true;
          cancel();
        };
      },
    },
    block() {
      waiting = [];
    },
    unblock() {
      const wakes = waiting ?? [];
      waiting = undefined;
      for (const wake of wakes) wake();
    },
  };
}
