/**
 * Tells on stderr how an agent stands with its controller, each change once, from the echoes of its beats.
 *
 *   nothing yet ──echo──▶ joined ──silent for 0.6 of the lease──▶ silent ──lease over──▶ over
 *                            ▲                                       │                    │
 *                            └─────────────────echo──────────────────┴────────────────────┘
 */
import { shownDuration, shownTime } from './shown.ts';
import type { Call } from './verb.ts';

/** More than a period, also where the timeout is no more than two of them. */
const SILENT_AFTER = 0.6;

export interface LeaseTeller {
  /** To be called with each echo: what runs may live so many ms from now. */
  readonly leased: (ms: number) => void;
  readonly end: () => void;
}

export function createLeaseTeller(
  { clock, screen }: Pick<Call, 'clock' | 'screen'>,
  id: string,
): LeaseTeller {
  const say = (text: string) => screen.line(`${shownTime(clock.now())} ${text}`);
  let state: 'new' | 'joined' | 'silent' | 'over' = 'new';
  let forget = () => {};
  const over = () => {
    state = 'over';
    say(`The lease of ${id} is over: what ran is killed. It goes on asking for its controller.`);
  };
  const silent = (leftMs: number) => {
    state = 'silent';
    say(
      `${id} does not hear its controller; what runs goes on while its lease lasts, another ${shownDuration(leftMs)}.`,
    );
    forget = clock.after(leftMs, over);
  };
  return {
    leased(ms) {
      forget();
      if (state === 'new' || state === 'over') say(`${id} has joined its controller.`);
      else if (state === 'silent') say(`${id} hears its controller again.`);
      state = 'joined';
      const leftMs = Math.round(ms * (1 - SILENT_AFTER));
      forget = clock.after(ms - leftMs, () => silent(leftMs));
    },
    end: () => forget(),
  };
}
