/**
 * The last times that agents were away, of all of them.
 *
 *   facts about an agent ─▶ its fold (outage-fold.ts), kept      a fact is heard of ─▶ stirred: look at it again
 *
 * A thousand agents have many facts, so all are looked at in slices: those with the newest facts first, the others
 * in the background. Until that is done the list may lack some.
 */
import type { Clock } from './clock.ts';
import { factsOf, type Fact, type Recorded } from './facts.ts';
import { OutageFold, type Outage } from './outage-fold.ts';
import { lastNumber, subject, under } from './records.ts';
import { instant, instantOrNull } from './views.ts';

/** Facts of one agent that are looked at, at first: the newest. It has done more since than anybody asks about. */
const FACTS_OF_AGENT = 60;
/** Facts of one slice, and the pause after it. */
const SLICE = 300;
const PAUSE_MS = 20;

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

export interface OutagesPorts {
  readonly store: Recorded;
  readonly clock: Pick<Clock, 'after'>;
  /** Tells of new facts from now on. */
  readonly hear: (listener: (facts: readonly Fact[]) => void) => void;
}

export class Outages {
  readonly #ports: OutagesPorts;
  readonly #folds = new Map<string, OutageFold>();
  /** Agents that are to be looked at: next is the last one. */
  #queue: string[] = [];
  readonly #stirred = new Set<string>();
  #isHearing = false;
  #cancel: (() => void) | undefined;

  constructor(ports: OutagesPorts) {
    this.#ports = ports;
  }

  /** The newest of them, newest first. @param agents all there are @param at the present */
  last(count: number, agents: readonly string[], at: number): readonly OutageView[] {
    this.#hear();
    if (!this.#cancel) {
      const news = agents.filter((agent) => this.#stirred.has(agent) || !this.#folds.has(agent));
      const byNews = news.map((agent) => ({ agent, n: this.#lastFactOf(agent) }));
      this.#queue = byNews.sort((a, b) => a.n - b.n).map(({ agent }) => agent);
      this.#stirred.clear();
      this.#look();
    }
    const all = [...this.#folds].flatMap(([agent, { outages }]) =>
      outages.map((outage) => ({ agent, ...outage })),
    );
    const newest = all.sort((a, b) => b.n - a.n).slice(0, count);
    return newest.map((outage) => view(outage, at));
  }

  /** Those of one agent, newest first: as far as its last facts tell. @param at the present */
  ofAgent(agent: string, at: number): readonly OutageView[] {
    this.#catchUp(agent);
    const { outages } = this.#folds.get(agent)!;
    return outages.map((outage) => view({ agent, ...outage }, at)).reverse();
  }

  close(): void {
    this.#cancel?.();
  }

  #hear(): void {
    if (this.#isHearing) return;
    this.#isHearing = true;
    this.#ports.hear((facts) => {
      for (const { subject: about } of facts)
        if (about.startsWith('a-')) this.#stirred.add(about.slice(2));
    });
  }

  /** Looks at what is queued, a slice at a time. */
  #look(): void {
    this.#cancel = undefined;
    for (let left = SLICE; left > 0;) {
      const agent = this.#queue.pop();
      if (agent === undefined) return;
      left -= 1 + this.#catchUp(agent);
    }
    this.#cancel = this.#ports.clock.after(PAUSE_MS, () => {
      try {
        this.#look();
      } catch {
        // Who asks next begins again, and is told why when that fails, too.
        this.#cancel = undefined;
      }
    });
  }

  /** Takes what is new about an agent; returns how many facts that were. */
  #catchUp(agent: string): number {
    const { store } = this.#ports;
    const known = this.#folds.get(agent);
    const fold = known ?? new OutageFold();
    this.#folds.set(agent, fold);
    const facts = known
      ? [...factsOf(store, subject.agent(agent), { from: known.seen + 1 })]
      : this.#newestOf(agent);
    for (const fact of facts) fold.take(fact);
    return facts.length;
  }

  #newestOf(agent: string): readonly Fact[] {
    const facts: Fact[] = [];
    for (const fact of factsOf(this.#ports.store, subject.agent(agent), { reverse: true })) {
      if (facts.push(fact) === FACTS_OF_AGENT) break;
    }
    return facts.reverse();
  }

  #lastFactOf(agent: string): number {
    const all = { ...under(`of/${subject.agent(agent)}`), reverse: true };
    for (const [of] of this.#ports.store.range(all)) return lastNumber(of);
    return 0;
  }
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
