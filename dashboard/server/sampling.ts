/**
 * Which of many facts a page is shown: as many as a person, and a browser, can follow.
 *
 *   up to 200 a second ─────▶ all of them
 *   more ─▶ first those about jobs, agents and the controller, then the newest of the others
 *            └─ what is left out is counted by its kind, and told
 */
import type { Fact } from '../../actors/facts.ts';
import { subject } from '../../actors/records.ts';
import { factView, type FactView } from '../../actors/views.ts';
import { jsonText } from './json.ts';

/** Facts shown of one second, each with up to so many bytes; a longer one counts as several. */
const SHOWN_PER_SECOND = 200;
const FACT_BYTES = 2_000;

/** Facts that were left out: `count` of those with the numbers `from` to `to`. */
export interface Sample {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly kinds: Readonly<Record<string, number>>;
}

export interface Sampled {
  /** In order of their numbers. */
  readonly items: readonly FactView[];
  /** Null: nothing was left out. */
  readonly left: Sample | null;
}

export class Sampler {
  #room = SHOWN_PER_SECOND;
  #at: number;

  /** @param at elapsed ms */
  constructor(at: number) {
    this.#at = at;
  }

  /** What is shown of all that is new at `at`. */
  take(facts: readonly Fact[], at: number): Sampled {
    const more = ((at - this.#at) * SHOWN_PER_SECOND) / 1_000;
    this.#room = Math.min(SHOWN_PER_SECOND, this.#room + more);
    this.#at = at;
    const shown = new Map<number, FactView>();
    for (const fact of byWeight(facts)) {
      if (this.#room < 1) break;
      const view = factView(fact);
      this.#room -= 1 + Math.floor(Buffer.byteLength(jsonText(view)) / FACT_BYTES);
      shown.set(fact.n, view);
    }
    return {
      items: [...shown.values()].sort((a, b) => a.n - b.n),
      left: sampleOf(facts.filter(({ n }) => !shown.has(n))),
    };
  }
}

function* byWeight(facts: readonly Fact[]): Iterable<Fact> {
  const isOfWork = (fact: Fact) => subject.birthOf(fact.subject) !== undefined;
  for (const fact of facts) if (!isOfWork(fact)) yield fact;
  for (const fact of facts.toReversed()) if (isOfWork(fact)) yield fact;
}

function sampleOf(left: readonly Fact[]): Sample | null {
  const [first] = left;
  if (!first) return null;
  const kinds: Record<string, number> = {};
  for (const { kind } of left) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return { from: first.n, to: left.at(-1)!.n, count: left.length, kinds };
}
