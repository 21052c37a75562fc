/** Time of a page that passes when a test says so, and what waits in it. */
import { systemClock } from '../../../actors/clock.ts';

export interface Timers {
  readonly now: () => number;
  readonly after: (ms: number, wake: () => void) => () => void;
  /** Passes that much time; whoever is due is woken in order. */
  pass(ms: number): Promise<void>;
}

/** Lets promises that are settled be heard: a turn of the event loop each. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise<void>((done) => systemClock.after(0, done));
  }
};

export function createTimers(): Timers {
  let at = 0;
  const waiting = new Set<{ readonly due: number; readonly wake: () => void }>();
  return {
    now: () => at,
    after(ms, wake) {
      const one = { due: at + ms, wake };
      waiting.add(one);
      return () => void waiting.delete(one);
    },
    async pass(ms) {
      const until = at + ms;
      for (;;) {
        const next = [...waiting].sort((a, b) => a.due - b.due).find(({ due }) => due <= until);
        if (!next) break;
        at = next.due;
        waiting.delete(next);
        next.wake();
        await settle();
      }
      at = until;
      await settle();
    },
  };
}
