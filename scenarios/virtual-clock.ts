/**
 * Time that stands still until it is told to move: the clock port for tests and the simulator.
 *
 *   advance(100)   10 ms ──▶ wake, settle ──▶ 25 ms ──▶ wake, settle ──▶ … ──▶ 100 ms
 *
 * Each timer fires at its own instant, and all that follows from it without waiting (promises,
 * microtasks, `after(0)`) has happened before the next one fires. Timers of one instant fire in the
 * order in which they were set. Nothing takes real time, and the same calls give the same order.
 *
 *   V1  A wake is never called from within `after`, nor before `afterMs` have passed on that clock.
 *   V2  `elapsed` never goes back; only `now` jumps.
 *   V3  Real I/O (a disk, a socket) is not waited for: time runs past it.
 */
import { systemClock, type Clock } from '../actors/clock.ts';

/** The clock of one node: starts with that node, may run fast or slow, and its wall clock may jump. */
export interface NodeClock extends Clock {
  /** Moves the wall clock (`now`) by so many ms, back when negative. Timers and `elapsed` do not notice. */
  jump(byMs: number): void;
}

/** How a node's clock goes wrong. */
export interface NodeClockOptions {
  /** Milliseconds that pass on this clock in one virtual millisecond. 1.0005 is 0.05 % fast. */
  readonly rate: number;
  /** How far its wall clock is ahead at the start, in ms. */
  readonly offsetMs: number;
}

/** A clock that moves when it is told to, and from timer to timer. */
export interface VirtualClock extends NodeClock {
  /**
   * Moves time on by `byMs` (whole ms), firing every timer due on the way.
   * Rejects with what a wake has thrown; time then stands at that instant.
   */
  advance(byMs: number): Promise<void>;
  /** Fires what is due now, `after(0)` included, and lets all that follows from it happen. */
  settle(): Promise<void>;
  /**
   * Moves time from timer to timer until `condition` holds, and no further. It is asked at the start
   * and after each timer. Rejects when it does not hold after `withinMs`.
   */
  runUntil(condition: () => boolean, options: { readonly withinMs: number }): Promise<void>;
  /** The same, but resolves in any case, with whether the condition holds. */
  advanceUntil(condition: () => boolean, options: { readonly withinMs: number }): Promise<boolean>;
  /** When the next timer is due, on the scale of `elapsed()`; undefined when none is set. */
  nextAt(): number | undefined;
  /**
   * The clock of another node in the same virtual time. Its `elapsed()` is 0 now, as in a process that
   * has just started; its readings are whole ms.
   */
  view(options: NodeClockOptions): NodeClock;
}

/** 2026-01-01T00:00:00Z. */
const START_AT = Date.UTC(2026, 0, 1);

/** So many timers at one instant are a loop that will not end. */
const TIMERS_PER_INSTANT_MAX = 100_000;

interface Timer {
  readonly dueAt: number;
  readonly order: number;
  readonly wake: () => void;
}

/** Timers, latest first, so that the next one is popped from the end. */
class Agenda {
  readonly #timers: Timer[] = [];
  #set = 0;

  next(): Timer | undefined {
    return this.#timers.at(-1);
  }

  pop(): void {
    this.#timers.pop();
  }

  /** Returns a function that takes the timer out again. */
  add(dueAt: number, wake: () => void): () => void {
    const timer = { dueAt, order: this.#set++, wake };
    this.#timers.splice(this.#placeOf(timer), 0, timer);
    return () => {
      const place = this.#placeOf(timer);
      if (this.#timers[place] === timer) this.#timers.splice(place, 1);
    };
  }

  #placeOf({ dueAt, order }: Timer): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#timers[middle]!;
      if (other.dueAt > dueAt || (other.dueAt === dueAt && other.order > order)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const never = () => false;

function checkRate(rate: number): void {
  if (rate > 0 && Number.isFinite(rate)) return;
  throw new RangeError(`A clock cannot run at the rate ${rate}: give a number above 0.`);
}

function checkSpan(forMs: number): void {
  if (Number.isSafeInteger(forMs) && forMs >= 0) return;
  throw new RangeError(`Time moves on by whole ms from 0 up, not by ${forMs}.`);
}

/** Comes back when no promise can go on by itself: a turn of Node's event loop empties the microtasks. */
const drain = () => new Promise<void>((drained) => void systemClock.after(0, drained));

/**
 * @param startAt wall clock at the start, ms since 1970. Default 2026-01-01T00:00:00Z.
 * @param rest resolves when nothing goes on by itself, before each timer. Default: what follows without waiting.
 */
export function createVirtualClock(
  startAt: number = START_AT,
  rest: () => Promise<void> = drain,
): VirtualClock {
  const agenda = new Agenda();
  let virtualMs = 0;
  let moving = false;

  function view({ rate, offsetMs }: NodeClockOptions): NodeClock {
    checkRate(rate);
    const beganMs = virtualMs;
    let aheadMs = offsetMs;
    const localAt = (atMs: number) => Math.floor((atMs - beganMs) * rate);
    return {
      now: () => startAt + beganMs + aheadMs + localAt(virtualMs),
      elapsed: () => localAt(virtualMs),
      after(afterMs, wake) {
        if (Number.isNaN(afterMs)) throw new RangeError('A timer needs a number of ms, not NaN.');
        const localDueAt = localAt(virtualMs) + Math.max(0, Math.ceil(afterMs));
        const dueAt = Math.max(virtualMs, beganMs + Math.floor(localDueAt / rate));
        return agenda.add(localAt(dueAt) < localDueAt ? dueAt + 1 : dueAt, wake);
      },
      jump(byMs) {
        aheadMs += byMs;
      },
    };
  }

  /** Fires timers for `forMs`, one after the other, until there is none or `enough` says so. */
  async function run(forMs: number, enough: () => boolean): Promise<boolean> {
    checkSpan(forMs);
    if (moving) throw new Error('The clock is moving already: await that call before the next.');
    moving = true;
    try {
      const untilMs = virtualMs + forMs;
      let firedHere = 0;
      await rest();
      while (!enough()) {
        const timer = agenda.next();
        if (timer === undefined || timer.dueAt > untilMs) {
          virtualMs = untilMs;
          return enough();
        }
        firedHere = timer.dueAt > virtualMs ? 1 : firedHere + 1;
        if (firedHere > TIMERS_PER_INSTANT_MAX) {
          throw new Error(
            `Time stands still: over ${TIMERS_PER_INSTANT_MAX} timers at one instant.`,
          );
        }
        virtualMs = timer.dueAt;
        agenda.pop();
        timer.wake();
        await rest();
      }
      return true;
    } finally {
      moving = false;
    }
  }

  return {
    ...view({ rate: 1, offsetMs: 0 }),
    view,
    nextAt: () => agenda.next()?.dueAt,
    settle: async () => void (await run(0, never)),
    advance: async (byMs) => void (await run(byMs, never)),
    advanceUntil: (condition, { withinMs }) => run(withinMs, condition),
    async runUntil(condition, { withinMs }) {
      if (await run(withinMs, condition)) return;
      throw new Error(`The condition did not hold within ${withinMs} ms of virtual time.`);
    },
  };
}
