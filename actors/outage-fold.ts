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
  /** When it was heard again; null: it is silent. */
  heardAt: number | null;
  /** When notes were compared; null: it is away. */
  toAt: number | null;
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
      if (!open) this.#begin(fact, silenceIn(fact));
    } else if (kind === 'agent.lost') (open ?? this.#begin(fact, silenceIn(fact))).lost = true;
    else if (kind === 'agent.boot' || kind === 'agent.reconciling') {
      const away =
        open ??
        (kind === 'agent.boot' && !this.#hasLeft ? this.#begin(fact, silenceIn(fact)) : open);
      if (away && fact.state !== 'lost') away.heardAt ??= at;
    } else if (kind === 'agent.reconciled' || kind === 'agent.connected') {
      this.#end(at, verdictsIn(fact));
    } else if (kind === 'agent.left') this.#end(at, {});
    else return;
    this.#hasLeft = kind === 'agent.left';
  }

  #begin({ n, at }: Fact, silentMs: number): Outage {
    const fromAt = at - silentMs;
    this.#open = { n, fromAt, heardAt: null, toAt: null, lost: false, verdicts: {} };
    if (this.outages.push(this.#open) > KEPT) this.outages.shift();
    return this.#open;
  }

  #end(at: number, verdicts: Outage['verdicts']): void {
    if (!this.#open) return;
    Object.assign(this.#open, { toAt: at, verdicts });
    this.#open.heardAt ??= at;
    this.#open = undefined;
  }
}

/** The outages that the facts about one agent tell of, in order. */
export function outagesIn(facts: readonly Fact[]): readonly Outage[] {
  const fold = new OutageFold();
  for (const fact of facts) fold.take(fact);
  return fold.outages;
}

const silenceIn = ({ detail }: Fact): number =>
  (detail as { readonly silentMs?: number } | undefined)?.silentMs ?? 0;

/** Beside its verdicts a report says what was before it. */
function verdictsIn({ detail }: Fact): Readonly<Record<string, number>> {
  const isVerdict = ([name, count]: [string, unknown]) =>
    name !== 'silentMs' && typeof count === 'number';
  return Object.fromEntries(Object.entries(detail ?? {}).filter(isVerdict));
}
