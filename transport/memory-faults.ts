/**
 * What goes wrong in the memory transport, on request.
 *
 *   publish ──▶ cut? ──▶ drop? ──▶ duplicate? ──▶ per copy: delay, reorder ──▶ deliver
 *
 * A fault holds for the subjects of its pattern from `add` until it is healed; messages that are under
 * way by then keep the fate they were given. Several faults add up. Chance is asked only where a fault
 * leaves something open, so that a run repeats when its chance does.
 */
import { TransportError } from './transport.ts';
import { matches } from './subjects.ts';

/** What goes wrong with the messages of some subjects. */
export interface Fault {
  /** The subjects it holds for; may have wildcards: `lab.to.*`, `>`. */
  readonly subject: string;
  /** Nothing gets through: a link cut in this direction. */
  readonly cut?: true;
  /** Probability that a message is lost, 0 to 1. */
  readonly drop?: number;
  /** Probability that a message is sent twice; the copy draws a delay and an order of its own. */
  readonly duplicate?: number;
  /** Shortest and longest delay in ms. The order within a subject stays, as it does on a TCP connection. */
  readonly delayMs?: readonly [min: number, max: number];
  /**
   * Probability that a message leaves the order of its subject. With a delay it travels by itself: later
   * ones overtake it. Without one it overtakes the message before it, if that is still under way.
   */
  readonly reorder?: number;
  /** A chance of its own (see `memoryTransport`), so that another fault more or less changes nothing here. */
  readonly chance?: () => number;
}

/** How many messages met what, since the transport was made. */
export interface FaultCounts {
  /** Handed to at least one subscriber. */
  delivered: number;
  cut: number;
  dropped: number;
  duplicated: number;
  delayed: number;
  reordered: number;
  /** Published or under way while disconnected. */
  disconnected: number;
}

/** What becomes of one copy of a message. */
export interface Passage {
  readonly delayMs: number;
  readonly reorder: boolean;
}

export interface FaultPlan {
  readonly counts: FaultCounts;
  add(fault: Fault): () => void;
  /** The copies of a message that travel: none, one or more. */
  passages(subject: string): readonly Passage[];
}

/**
 * @param means what the transport was given: whether it can delay, and its chance (0 ≤ x < 1)
 */
export function createFaultPlan(means: {
  readonly canDelay: boolean;
  readonly chance: (() => number) | undefined;
}): FaultPlan {
  const active = new Set<{ readonly fault: Fault }>();
  const counts: FaultCounts = {
    delivered: 0,
    cut: 0,
    dropped: 0,
    duplicated: 0,
    delayed: 0,
    reordered: 0,
    disconnected: 0,
  };

  // Without a chance there are only faults that leave nothing open.
  const chanceOf = (fault: Fault) => fault.chance ?? means.chance ?? (() => 0);
  const happens = (fault: Fault, probability = 0) =>
    probability === 1 || (probability > 0 && chanceOf(fault)() < probability);

  const passage = (faults: readonly Fault[]): Passage => {
    let delayMs = 0;
    let reorder = false;
    for (const fault of faults) {
      const [min, max] = fault.delayMs ?? [0, 0];
      delayMs += min === max ? min : Math.round(min + chanceOf(fault)() * (max - min));
      if (happens(fault, fault.reorder)) reorder = true;
    }
    if (delayMs > 0) counts.delayed++;
    return { delayMs, reorder };
  };

  return {
    counts,
    add(fault) {
      refuseUnusable(fault, means);
      const entry = { fault };
      active.add(entry);
      return () => void active.delete(entry);
    },
    passages(subject) {
      if (active.size === 0) return UNHARMED;
      const faults = [...active]
        .map((entry) => entry.fault)
        .filter((fault) => matches(subject, fault.subject));
      if (faults.some((fault) => fault.cut)) {
        counts.cut++;
        return [];
      }
      if (faults.some((fault) => happens(fault, fault.drop))) {
        counts.dropped++;
        return [];
      }
      const passages = [passage(faults)];
      for (const fault of faults) {
        if (!happens(fault, fault.duplicate)) continue;
        counts.duplicated++;
        passages.push(passage(faults));
      }
      return passages;
    },
  };
}

const UNHARMED: readonly Passage[] = [{ delayMs: 0, reorder: false }];

function refuseUnusable(
  fault: Fault,
  means: { readonly canDelay: boolean; readonly chance: (() => number) | undefined },
): void {
  const { delayMs } = fault;
  const probabilities = [fault.drop, fault.duplicate, fault.reorder].filter((p) => p !== undefined);
  if (!probabilities.every((p) => p >= 0 && p <= 1)) {
    throw new TransportError(
      'A fault has a probability outside 0 to 1: give drop, duplicate and reorder within it.',
    );
  }
  if (delayMs && !(delayMs[0] >= 0 && delayMs[1] >= delayMs[0] && Number.isFinite(delayMs[1]))) {
    throw new TransportError(
      'A fault has a delay that is no range: give delayMs as [min, max] with 0 ≤ min ≤ max.',
    );
  }
  if (delayMs && !means.canDelay) {
    throw new TransportError(
      'A delay needs a clock: make the transport with memoryTransport({ after }).',
    );
  }
  const open = probabilities.some((p) => p > 0 && p < 1) || (delayMs && delayMs[0] !== delayMs[1]);
  if (open && !fault.chance && !means.chance) {
    throw new TransportError(
      'This fault needs chance: give it one, or make the transport with memoryTransport({ chance }).',
    );
  }
}
