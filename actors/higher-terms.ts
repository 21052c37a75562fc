/**
 * What an agent's word on a higher term is worth.
 *
 * An agent that has followed term 50 hears nothing that says 49. A controller whose store went back in time
 * therefore takes a higher term as soon as an agent names one (B9). But it is the agent's word alone, and
 * believed without bound it would let one agent end term after term, or push the number to where no frame
 * can carry it. So:
 *
 *   T1  Each agent is believed once in the life of a node. Whoever spoke the truth follows the term that
 *       begins then, and knows no higher one.
 *   T2  A term that is further ahead than a store can fall behind is no term.
 *   T3  What was believed counts until a term has begun, however often the store refuses it.
 */
import type { AgentFrame } from '../transport/frame.ts';

/** Terms that a store may have fallen behind: a controller that begins one each second for eleven days. */
const TERMS_AHEAD_MAX = 1_000_000;

export class HigherTerms {
  readonly #believed = new Set<string>();
  /** The highest term that was believed; 0 before the first. */
  known = 0;

  /** Whether a frame that names a higher term than `term` is to be taken, which ends `term`. */
  isCredible(frame: AgentFrame, term: number): boolean {
    return frame.term - term <= TERMS_AHEAD_MAX && !this.#believed.has(frame.agent);
  }

  /** A term has ended on an agent's word. */
  believe({ agent, known }: TermTooLow): void {
    this.#believed.add(agent);
    this.known = Math.max(this.known, known);
  }
}

/** An agent has seen a higher term than this one: the store went back in time, or somebody else took over (B9). */
export class TermTooLow extends Error {
  override readonly name = 'TermTooLow';
  readonly agent: string;
  readonly known: number;

  constructor({ agent, term }: AgentFrame) {
    super(
      `The agent "${agent}" knows term ${term}, which is higher than this controller's: its store went back in time.`,
    );
    this.agent = agent;
    this.known = term;
  }
}
