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
import { endsOf, type OutageEnds } from './outage-ends.ts';
import { OutageFold, type Outage } from './outage-fold.ts';
import { lastNumber, subject, under } from './records.ts';
import { instant, instantOrNull } from './views.ts';

/** Facts of one agent that are looked at, at first: the newest. It has done more since than anybody asks about. */
const FACTS_OF_AGENT = 60;
/** Facts of one slice, and the pause after it. */
const SLICE = 300;
const PAUSE_MS = 20;
/** Outages of which the ends are kept once they are all told. */
const ENDS_KEPT = 1_000;

/** A time in which an agent was away. */
export interface OutageView {
  readonly agent: string;
  /** Its last word; of a boot that came unannounced when it was heard. */
  readonly fromAt: string;
  /** When notes were compared and it was given work again; null: it is away. */
  readonly toAt: string | null;
  /** From its last word to its next one, or to now; null: it began anew, and its last word is not known. */
  readonly silentMs: number | null;
  /** The boot that began when it was back; null: the same one went on, or it is away. */
  readonly boot: number | null;
  /** It was given up meanwhile. */
  readonly lost: boolean;
  /** What was decided on what it held, by verdict. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** How those ended that had ended meanwhile, as far as it has told. */
  readonly ends: OutageEnds;
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
  /** What became of what had ended, by the fact that tells of the comparing. */
  readonly #ends = new Map<number, OutageEnds>();
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
    return newest.map((outage) => this.#view(outage, at));
  }

  /** Those of one agent, newest first: as far as its last facts tell. @param at the present */
  ofAgent(agent: string, at: number): readonly OutageView[] {
    this.#catchUp(agent);
    const { outages } = this.#folds.get(agent)!;
    return outages.map((outage) => this.#view({ agent, ...outage }, at)).reverse();
  }

  close(): void {
    this.#cancel?.();
  }

  #view(outage: Outage & { readonly agent: string }, at: number): OutageView {
    const { agent, n, fromAt, isSince, heardAt, boot, toAt, lost, verdicts } = outage;
    const silentMs = isSince ? Math.max(0, (heardAt ?? at) - fromAt) : null;
    const ends = this.#endsOf(outage);
    const told = { agent, n, silentMs, boot, lost, verdicts, ends };
    return { ...told, fromAt: instant(fromAt), toAt: instantOrNull(toAt) };
  }

  /** Once all are told they do not change any more, and are kept. */
  #endsOf({ agent, heard, told, verdicts }: Outage & { readonly agent: string }): OutageEnds {
    const { accept = 0, lost = 0 } = verdicts;
    if (heard === null || told === null || accept + lost === 0) return {};
    const kept = this.#ends.get(told);
    if (kept) return kept;
    const ends = endsOf(this.#ports.store, { agent, heard, told });
    const all = Object.values<number>({ ...ends }).reduce((sum, count) => sum + count, 0);
    const known = all - (ends.parked ?? 0);
    if (known >= accept + lost) this.#ends.set(told, ends);
    if (this.#ends.size > ENDS_KEPT) this.#ends.delete(this.#ends.keys().next().value!);
    return ends;
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
