/**
 * What a batch of runs must have reached at least once, or it proves nothing: every kind of fault took effect,
 * and every branch of the protocol that matters was taken. Nothing in the product is instrumented: all of it
 * shows in what a node takes in and decides.
 *
 *   batch of 300 seeds ─▶ reached marks ─▶ missing(reached) must be empty
 */
import { marksOf, MARKS } from './check/reached.ts';
import type { Setting } from './plan.ts';
import type { Mark, Sight } from './sight.ts';

/** All marks, for one run. */
export function createMarks(_setting: Setting): Mark[] {
  let last: Sight | undefined;
  let found: ReadonlySet<string> = new Set();
  const of = (sight: Sight) => {
    if (sight !== last) {
      last = sight;
      found = new Set(marksOf(sight));
    }
    return found;
  };
  return MARKS.map((name) => ({ name, when: (sight) => of(sight).has(name) }));
}

/** Of all marks those that no run of a batch has reached, in order. */
export function missing(reached: ReadonlySet<string>): string[] {
  return MARKS.filter((name) => !reached.has(name));
}
