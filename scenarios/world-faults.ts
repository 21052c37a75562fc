/**
 * What is wrong in a world at the moment, and what ends it: its own time, `mend` of its seat, or `heal`.
 */
import type { Clock } from '../actors/clock.ts';
import type { Action, Seat } from './plan.ts';
import type { Seen } from './world-stage.ts';

interface Fault {
  readonly action: Action;
  readonly seat: Seat;
  readonly end: () => void;
}

export class WorldFaults {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #see: (seen: Seen) => void;
  readonly #faults = new Set<Fault>();

  constructor(clock: Pick<Clock, 'after'>, see: (seen: Seen) => void) {
    this.#clock = clock;
    this.#see = see;
  }

  /**
   * A fault has taken effect at a seat.
   *
   * @param forMs it ends by itself after that time; undefined: it does not
   */
  begin(action: Action, seat: Seat, forMs: number | undefined, end: () => void): void {
    const fault = { action, seat, end };
    this.#faults.add(fault);
    this.#see({ what: 'action', action });
    if (forMs !== undefined) this.#clock.after(forMs, () => this.#end(fault));
  }

  /** Ends all faults, or those that are meant. */
  end(isMeant: (action: Action, seat: Seat) => boolean = () => true): void {
    for (const fault of [...this.#faults]) if (isMeant(fault.action, fault.seat)) this.#end(fault);
  }

  #end(fault: Fault): void {
    if (!this.#faults.delete(fault)) return;
    fault.end();
    this.#see({ what: 'healed', action: fault.action });
  }
}
