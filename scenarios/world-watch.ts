/**
 * The tap of a world on the lives of a seat: each becomes sights, and is told to one more tap if there is one.
 */
import type { BootTap, LifeTap, Tap, TermTap } from '../actors/tap.ts';
import type { Seat } from './plan.ts';
import type { Stage } from './world-stage.ts';

export interface Watch {
  readonly tap: Tap;
  /** The process is gone, and its life with it. */
  died(): void;
}

/** Watches the lives of one process. */
export function createWatch(stage: Stage, seat: Seat): Watch {
  const more = stage.tapOf(seat);
  let isAlive = false;
  const over = (crashed: boolean, why: unknown) => {
    if (isAlive) stage.see({ what: 'over', seat, crashed, why });
    isAlive = false;
  };
  const follow = <Input, Effect>(
    other: LifeTap<Input, Effect> | undefined,
    turn: LifeTap<Input, Effect>['turn'],
  ): Omit<LifeTap<Input, Effect>, 'store'> => ({
    ...other,
    turn(step) {
      turn(step);
      other?.turn(step);
    },
    durable(turn, at, readings) {
      stage.see({ what: 'durable', seat, turn });
      other?.durable(turn, at, readings);
    },
    over(why, open) {
      over(false, why);
      other?.over(why, open);
    },
  });
  return {
    tap: {
      term(life): TermTap {
        const other = more?.term(life);
        isAlive = true;
        stage.see({ what: 'term', seat, life });
        const heard = follow(other, (step) => stage.see({ what: 'decided', seat, step }));
        return { ...heard, store: other?.store ?? life.store };
      },
      boot(life): BootTap {
        const other = more?.boot(life);
        isAlive = true;
        stage.see({ what: 'boot', seat, life });
        const heard = follow(other, (step) => stage.see({ what: 'turned', seat, step }));
        const { store, runner } = other ?? life;
        return { ...heard, store, runner };
      },
    },
    died: () => over(true, undefined),
  };
}
