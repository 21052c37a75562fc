/**
 * How a checker is written: a property over the books, which are followed for it.
 *
 *   property('one-start', (books) => ({ see(sight) { … } }))
 */
import { Violation, type Checker, type Sight, type WorldView } from '../sight.ts';
import type { Books } from './books.ts';

/** What is looked at: after each sight, and when all is at rest. */
export interface Eyes {
  see?(sight: Sight, world: WorldView): void;
  end?(world: WorldView): void;
}

/** @throws {Violation} always */
export type Fail = (atMs: number, says: string) => never;

export type Property = (books: Books) => Checker;

/** A checker of that name. `look` gets fresh state for each run. */
export function property(name: string, look: (books: Books, fail: Fail) => Eyes): Property {
  return (books) => {
    const fail: Fail = (atMs, says) => {
      throw new Violation(name, atMs, says);
    };
    const eyes = look(books, fail);
    return {
      name,
      see(sight, world) {
        books.follow(sight);
        eyes.see?.(sight, world);
      },
      ...(eyes.end && { end: (world: WorldView) => eyes.end?.(world) }),
    };
  };
}
