/**
 * The times that one agent was away, put together from the facts about it, one after the other.
 *
 *   agent.suspect, agent.lost, or a boot that nobody announced ─▶ away ─▶ agent.reconciled, connected, left: back
 */
import type { Fact } from './facts.ts';

/** Of an agent so many are kept: the last ones. */
const KEPT = 20;

/** A time in which an agent was away; instants in ms. */
export interface Outage {
  /** Number of the fact with which it began. */
  readonly n: number;
  readonly fromAt: number;
  /** False: a boot began, and nobody knows since when the one before had been silent. */
  readonly isSince: boolean;
  /** When it was heard again; null: it is silent. */
  heardAt: number | null;
  /** Number of the fact with which it was heard; null: it is silent. */
  heard: number | null;
  /** The boot that came back, if it is another one; null: the same, or it is silent. */
  boot: number | null;
  /** When notes were compared; null: it is away. */
  toAt: number | null;
  /** Number of the fact that tells what came of it; null: it is away. */
  told: number | null;
  /** It was given up meanwhile. */
  lost: boolean;
  /** What was decided on what it held. */
  verdicts: Readonly<Record<string, number>>;
}

export class OutageFold {
  /** In order. */
  readonly outages: Outage[] = [];
  #open: Outage | undefined;
  #hasLeft = true;
  #seen = 0;

  /** Number of the last fact that was taken. */
  get seen(): number {
    return this.#seen;
  }

  /** The next fact about the agent. */
  take(fact: Fact): void {
    this.#seen = fact.n;
    const { kind, at } = fact;
    const open = this.#open;
    if (kind === 'agent.suspect') {
      if (!open) this.#begin(fact);
    } else if (kind === 'agent.lost') (open ?? this.#begin(fact)).lost = true;
    else if (kind === 'agent.boot' || kind === 'agent.reconciling') {
      const away = open ?? (kind === 'agent.boot' && !this.#hasLeft ? this.#begin(fact) : open);
      if (away && fact.state !== 'lost') {
        away.heardAt ??= at;
        away.heard ??= fact.n;
        if (kind === 'agent.boot') away.boot = fact.boot ?? null;
      }
    } else if (kind === 'agent.reconciled' || kind === 'agent.connected') {
      this.#end(fact, verdictsIn(fact));
    } else if (kind === 'agent.left') this.#end(fact, {});
    else return;
    this.#hasLeft = kind === 'agent.left';
  }

  #begin(fact: Fact): Outage {
    const { n, at } = fact;
    const silentMs = silenceIn(fact);
    this.#open = {
      n,
      fromAt: at - (silentMs ?? 0),
      isSince: silentMs !== undefined,
      ...{ heardAt: null, heard: null, boot: null, toAt: null, told: null },
      lost: false,
      verdicts: {},
    };
    if (this.outages.push(this.#open) > KEPT) this.outages.shift();
    return this.#open;
  }

  #end({ n, at }: Fact, verdicts: Outage['verdicts']): void {
    if (!this.#open) return;
    Object.assign(this.#open, { toAt: at, told: n, verdicts });
    this.#open.heardAt ??= at;
    this.#open.heard ??= n;
    this.#open = undefined;
  }
}

/** The outages that the facts about one agent tell of, in order. */
export function outagesIn(facts: readonly Fact[]): readonly Outage[] {
  const fold = new OutageFold();
  for (const fact of facts) fold.take(fact);
  return fold.outages;
}

const silenceIn = ({ detail }: Fact): number | undefined =>
  (detail as { readonly silentMs?: number } | undefined)?.silentMs;

/** Beside its verdicts a report says what was before it. */
function verdictsIn({ detail }: Fact): Readonly<Record<string, number>> {
  const isVerdict = ([name, count]: [string, unknown]) =>
    name !== 'silentMs' && typeof count === 'number';
  return Object.fromEntries(Object.entries(detail ?? {}).filter(isVerdict));
}
