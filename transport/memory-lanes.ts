/**
 * What is under way in the memory transport.
 *
 *   lane "a.to.x"   [first, second, third]      handed out from the front, each when its time has come
 *   lane "a.to.y"   [first]                     and all before it are gone
 *   by itself       a parcel that was delayed and asked to leave the order
 */
import type { Passage } from './memory-faults.ts';
import type { Subscription } from './subscriptions.ts';

/** One copy of a message on its way to those who had subscribed when it was published. */
export interface Parcel {
  readonly subject: string;
  readonly receivers: readonly {
    readonly subscription: Subscription;
    readonly bytes: Uint8Array;
  }[];
}

export interface Lanes {
  send(parcel: Parcel, passage: Passage): void;
  /** Loses everything that is under way. */
  clear(): void;
}

interface Waiting {
  readonly parcel: Parcel;
  /** Its time has come; it still waits for those before it. */
  due: boolean;
}

export function createLanes(use: {
  /** Undefined: microtasks, and no delays. */
  readonly after: ((ms: number, wake: () => void) => () => void) | undefined;
  readonly deliver: (parcel: Parcel) => void;
  /** Called for each parcel that leaves the order of its lane. */
  readonly reordered: () => void;
}): Lanes {
  const lanes = new Map<string, Waiting[]>();
  const schedule = createSchedule(use.after);

  const handOut = (subject: string, lane: Waiting[]) => {
    while (lane[0]?.due) {
      const first = lane.shift();
      if (lane.length === 0) lanes.delete(subject);
      if (first) use.deliver(first.parcel);
    }
  };

  return {
    send(parcel, { delayMs, reorder }) {
      if (reorder && delayMs > 0) {
        use.reordered();
        schedule.add(delayMs, () => use.deliver(parcel));
        return;
      }
      const lane = lanes.get(parcel.subject) ?? [];
      lanes.set(parcel.subject, lane);
      const waiting = { parcel, due: false };
      if (reorder && lane.length > 0) {
        use.reordered();
        lane.splice(-1, 0, waiting);
      } else {
        lane.push(waiting);
      }
      schedule.add(delayMs, () => {
        waiting.due = true;
        handOut(parcel.subject, lane);
      });
    },
    clear() {
      lanes.clear();
      schedule.clear();
    },
  };
}

/** Calls later what it is given. What is due at once shares one wake-up with the rest of its burst. */
function createSchedule(after: ((ms: number, wake: () => void) => () => void) | undefined) {
  const cancels = new Set<() => void>();
  let soon: (() => void)[] = [];

  const wakeAfter = (ms: number, wake: () => void) => {
    if (!after) {
      queueMicrotask(wake);
      return;
    }
    const cancel = after(ms, () => {
      cancels.delete(cancel);
      wake();
    });
    cancels.add(cancel);
  };

  return {
    add(ms: number, arrive: () => void) {
      if (ms > 0) {
        wakeAfter(ms, arrive);
        return;
      }
      soon.push(arrive);
      if (soon.length > 1) return;
      wakeAfter(0, () => {
        const arrivals = soon;
        soon = [];
        for (const arriveNow of arrivals) arriveNow();
      });
    },
    clear() {
      soon = [];
      for (const cancel of cancels) cancel();
      cancels.clear();
    },
  };
}
