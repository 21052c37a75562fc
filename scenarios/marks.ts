/**
 * What a batch of runs must have reached at least once, or it proves nothing: every kind of fault took effect,
 * and every branch of the protocol that matters was taken. Nothing in the product is instrumented: all of it
 * shows in what a node takes in and decides.
 *
 *   batch of 300 seeds ─▶ reached marks ─▶ missing(reached) must be empty
 */
import { marksOf, MARKS } from './check/reached.ts';
import type { Sight } from './sight.ts';

const ALL: ReadonlySet<string> = new Set(MARKS);

/** Adds the marks that a sight reaches. */
export function mark(sight: Sight, reached: Set<string>): void {
  for (const name of marksOf(sight)) if (ALL.has(name)) reached.add(name);
}

/** Of all marks those that no run of a batch has reached, in order. */
export function missing(reached: ReadonlySet<string>): string[] {
  return MARKS.filter((name) => !reached.has(name));
}
