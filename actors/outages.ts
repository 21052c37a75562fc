/**
 * The last times that agents were away, put together from the facts about each.
 *
 *   agent.suspect, agent.lost, or a boot that nobody announced ─▶ away ─▶ agent.reconciled, connected, left: back
 *
 * Facts of an agent are many, and of most agents none is new: what is found is kept, with the number of the last
 * fact that was looked at. The first look goes through the agents whose facts are newest first, and no further
 * than it must.
 */
import { factsOf, type Fact, type Recorded } from './facts.ts';
import { lastNumber, subject, under } from './records.ts';
import { instant, instantOrNull } from './views.ts';

/** Facts of one agent that are looked at, newest first; it has done more since than anybody asks about. */
const FACTS_OF_AGENT = 60;

/** A time in which an agent was away. */
export interface OutageView {
  readonly agent: string;
  /** Its last word; of a boot that came unannounced when it was heard. */
  readonly fromAt: string;
  /** When notes were compared and it was given work again; null: it is away. */
  readonly toAt: string | null;
  /** From its last word to its next one, or to now. */
  readonly silentMs: number;
  /** It was given up meanwhile. */
  readonly lost: boolean;
  /** What was decided on what it held, by verdict. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** Number of the fact with which it began. */
  readonly n: number;
}

interface Outage {
  readonly n: number;
  readonly fromAt: number;
  heardAt: number | null;
  toAt: number | null;
  lost: boolean;
  verdicts: Readonly<Record<string, number>>;
}

interface Known {
  readonly seen: number;
  readonly outages: readonly Outage[];
}

export class Outages {
  readonly #store: Recorded;
  readonly #known = new Map<string, Known>();

  constructor(store: Recorded) {
    this.#store = store;
  }

  /** The newest of them, newest first. @param agents all there are @param at the present */
  last(count: number, agents: readonly string[], at: number): readonly OutageView[] {
    const byNews = agents
      .map((agent) => ({ agent, last: this.#lastFactOf(agent) }))
      .sort((a, b) => b.last - a.last);
    const found: (Outage & { readonly agent: string })[] = [];
    for (const { agent, last } of byNews) {
      if (found.length === count && found.at(-1)!.n > last) break;
      for (const outage of this.#of(agent, last)) found.push({ agent, ...outage });
      found.sort((a, b) => b.n - a.n).splice(count);
    }
    return found.map((outage) => view(outage, at));
  }

  /** Those of one agent, newest first: as far as its last facts tell. @param at the present */
  ofAgent(agent: string, at: number): readonly OutageView[] {
    return this.#of(agent, this.#lastFactOf(agent))
      .map((outage) => view({ agent, ...outage }, at))
      .reverse();
  }

  #lastFactOf(agent: string): number {
    const all = { ...under(`of/${subject.agent(agent)}`), reverse: true };
    for (const [of] of this.#store.range(all)) return lastNumber(of);
    return 0;
  }

  #of(agent: string, last: number): readonly Outage[] {
    const known = this.#known.get(agent);
    if (known?.seen === last) return known.outages;
    const facts: Fact[] = [];
    for (const fact of factsOf(this.#store, subject.agent(agent), { reverse: true })) {
      if (facts.push(fact) === FACTS_OF_AGENT) break;
    }
    const outages = outagesIn(facts.reverse());
    this.#known.set(agent, { seen: last, outages });
    return outages;
  }
}

/** The outages that the facts about one agent tell of, in order. */
export function outagesIn(facts: readonly Fact[]): readonly Outage[] {
  const outages: Outage[] = [];
  let open: Outage | undefined;
  let hasLeft = true;
  const begin = ({ n, at }: Fact, silentMs: number) => {
    open = { n, fromAt: at - silentMs, heardAt: null, toAt: null, lost: false, verdicts: {} };
    outages.push(open);
    return open;
  };
  for (const fact of facts) {
    const { kind, at } = fact;
    const silentMs = silenceIn(fact);
    if (kind === 'agent.suspect') open ??= begin(fact, silentMs);
    else if (kind === 'agent.lost') (open ??= begin(fact, silentMs)).lost = true;
    else if (kind === 'agent.boot' || kind === 'agent.reconciling') {
      if (kind === 'agent.boot' && !hasLeft) open ??= begin(fact, 0);
      if (open && fact.state !== 'lost') open.heardAt ??= at;
    } else if (kind === 'agent.reconciled' || kind === 'agent.connected') {
      if (open) {
        Object.assign(open, { toAt: at, verdicts: verdictsIn(fact) });
        open.heardAt ??= at;
      }
      open = undefined;
    } else if (kind === 'agent.left') {
      if (open) Object.assign(open, { toAt: at, heardAt: open.heardAt ?? at });
      open = undefined;
    } else continue;
    hasLeft = kind === 'agent.left';
  }
  return outages;
}

const silenceIn = ({ detail }: Fact): number =>
  (detail as { readonly silentMs?: number } | undefined)?.silentMs ?? 0;

/** Beside its verdicts a report says what was before it. */
function verdictsIn({ detail }: Fact): Readonly<Record<string, number>> {
  const isVerdict = ([name, count]: [string, unknown]) =>
    name !== 'silentMs' && typeof count === 'number';
  return Object.fromEntries(Object.entries(detail ?? {}).filter(isVerdict));
}

const view = (
  { agent, n, fromAt, heardAt, toAt, lost, verdicts }: Outage & { readonly agent: string },
  at: number,
): OutageView => ({
  ...{ agent, n, lost, verdicts },
  fromAt: instant(fromAt),
  toAt: instantOrNull(toAt),
  silentMs: Math.max(0, (heardAt ?? at) - fromAt),
});
