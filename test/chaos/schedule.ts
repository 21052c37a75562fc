/**
 * Which faults befall whom, for how long and with what pauses between them: all of it from one seed. The
 * moments themselves are found while the run goes on (director.ts), since a fault waits until whom it
 * befalls is well again.
 *
 *   a deck with every kind ─▶ shuffled ─▶ dealt; the next deck …
 *
 * After a long silence of an agent the next fault comes inside it: two at once are worth more than two.
 */
import type { Dice } from '../../cli/seed-tree.ts';
import { createDice } from '../../cli/seed-tree.ts';

/** `all`: every agent feels it. */
export type Victim = 'agent' | 'all';

export interface Kind {
  readonly victim: Victim;
  /** Shortest and longest, in ms. */
  readonly lasts: readonly [number, number];
  /**
   * It may cost attempts. Of the others none does: they are shorter than timeout − period − delay (4.7 s
   * with the timing of a run), less what a new connection takes, or a longer lease was granted before.
   */
  readonly mayCost: boolean;
  /** Longer than others it may last and cost nothing, in ms. */
  readonly bearsMs?: number;
  /** The agent hears and says nothing for longer than its timeout. */
  readonly isSilence?: true;
  /** It needs a small disk of its own. */
  readonly needsDisk?: true;
  /** Times in the deck. */
  readonly cards: number;
}

const BRIEF = [300, 4_000] as const;
/** What a controller that is ended on purpose grants, and how long it is away then. */
export const HANDOVER_MS = 20_000;
/** Longer than timeout and guard, 6 + 1 s. */
const LONG = [7_300, 9_000] as const;

export const kinds = {
  'cut-short': { victim: 'agent', lasts: BRIEF, mayCost: false, cards: 4 },
  'cut-long': { victim: 'agent', lasts: LONG, mayCost: true, isSilence: true, cards: 2 },
  'one-way-to': { victim: 'agent', lasts: BRIEF, mayCost: false, cards: 2 },
  'one-way-from': { victim: 'agent', lasts: BRIEF, mayCost: false, cards: 2 },
  'one-way-long': { victim: 'agent', lasts: LONG, mayCost: true, isSilence: true, cards: 1 },
  delay: { victim: 'agent', lasts: [1_000, 4_000], mayCost: false, cards: 2 },
  throttle: { victim: 'agent', lasts: [1_000, 4_000], mayCost: true, cards: 1 },
  'half-open': { victim: 'agent', lasts: [0, 0], mayCost: true, cards: 1 },
  resets: { victim: 'agent', lasts: [500, 2_500], mayCost: false, cards: 2 },
  'cut-controller': { victim: 'all', lasts: BRIEF, mayCost: false, cards: 1 },
  'pause-agent': { victim: 'agent', lasts: BRIEF, mayCost: false, cards: 2 },
  'pause-agent-long': { victim: 'agent', lasts: LONG, mayCost: true, isSilence: true, cards: 2 },
  'pause-controller': { victim: 'all', lasts: BRIEF, mayCost: false, cards: 1 },
  'pause-broker': { victim: 'all', lasts: BRIEF, mayCost: false, cards: 1 },
  'kill-agent': { victim: 'agent', lasts: [0, 2_000], mayCost: true, cards: 4 },
  'kill-guard': { victim: 'agent', lasts: [0, 0], mayCost: false, cards: 1 },
  'kill-agent-and-guard': { victim: 'agent', lasts: [0, 1_500], mayCost: true, cards: 1 },
  'kill-controller': { victim: 'all', lasts: [0, 1_000], mayCost: false, cards: 2 },
  'kill-broker': { victim: 'all', lasts: [0, 1_500], mayCost: false, cards: 2 },
  'kill-everything': { victim: 'all', lasts: [0, 1_000], mayCost: true, cards: 1 },
  'leave-agent': { victim: 'agent', lasts: [0, 500], mayCost: false, cards: 1 },
  'stop-controller': { victim: 'all', lasts: [0, 500], mayCost: false, cards: 1 },
  'hand-over': { victim: 'all', lasts: [6_300, 8_000], mayCost: false, bearsMs: HANDOVER_MS - 2_000, cards: 1 },
  'full-disk-agent': { victim: 'agent', lasts: [500, 3_000], mayCost: true, needsDisk: true, cards: 1 },
  'full-disk-controller': { victim: 'all', lasts: [500, 2_000], mayCost: true, needsDisk: true, cards: 1 },
} as const satisfies Record<string, Kind>; // prettier-ignore

export type KindName = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as KindName[];
export const kindOf = (name: KindName): Kind => kinds[name];

export interface Fault {
  /** 1, 2, 3 … */
  readonly n: number;
  readonly kind: KindName;
  /** An agent; null for faults that all agents feel. */
  readonly agent: string | null;
  readonly lastsMs: number;
  /** Of nothing new, before it. */
  readonly pauseMs: number;
  /** It begins while the one before it goes on. */
  readonly isInside: boolean;
  /** For what else there is to choose: 0 to 999. */
  readonly variant: number;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly count: number;
  readonly agents: readonly string[];
  readonly kinds: readonly KindName[];
  /** Mean pause between two faults, in ms. */
  readonly pauseMs: number;
}

export function schedule({ seed, count, agents, kinds: names, pauseMs }: ScheduleOptions): Fault[] {
  const dice = createDice(seed);
  const deck = names.flatMap((name) => Array<KindName>(kindOf(name).cards).fill(name));
  const faults: Fault[] = [];
  let cards: KindName[] = [];
  while (faults.length < count) {
    if (cards.length === 0) cards = shuffled(deck, dice);
    const kind = cards.pop()!;
    const before = faults.at(-1);
    const isInside =
      before?.agent != null && kindOf(before.kind).isSilence === true && kind !== before.kind;
    const { victim, lasts } = kindOf(kind);
    const [shortest, longest] = lasts;
    // Whom the last one befell would have to be waited for.
    const others = agents.filter((agent) => agent !== before?.agent);
    faults.push({
      n: faults.length + 1,
      kind,
      agent: victim === 'all' ? null : (others[dice(others.length)] ?? agents[0]!),
      // Most are short, some as long as may be.
      lastsMs: shortest + dice(1 + dice(longest - shortest + 1)),
      pauseMs: isInside ? 500 + dice(4_000) : dice(2 * pauseMs + 1),
      isInside,
      variant: dice(1_000),
    });
  }
  return faults;
}

function shuffled<T>(things: readonly T[], dice: Dice): T[] {
  const mixed = [...things];
  for (let n = mixed.length - 1; n > 0; n--) {
    const other = dice(n + 1);
    [mixed[n], mixed[other]] = [mixed[other]!, mixed[n]!];
  }
  return mixed;
}
