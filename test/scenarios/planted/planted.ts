/**
 * What a planted bug is: a rule of the protocol, or a plain mistake, and where the product is made wrong.
 *
 * Where a bug needs several edits, a second line of defence mends the first: the product breaks only when
 * both are gone. That is part of what the table of bugs tells.
 */
import type { Action } from '../../../scenarios/plan.ts';
import type { Edit } from './copy.ts';

export interface Planted {
  /** Also the name of its folder. */
  readonly name: string;
  /** Rules of DESIGN §5 (R1 …) and flaws of the protocol's review (A1 …, B1 …, C1 …) that it breaks. */
  readonly rules: readonly string[];
  /** What the product does then. */
  readonly says: string;
  readonly edits: readonly Edit[];
  /** Played instead of a seed, from a file with the name of the bug: it shows at an instant that no seed meets. */
  readonly isScripted?: true;
  /** It shows only where one of these happens: seeds without them are passed over unplayed. */
  readonly needs?: readonly Action['do'][];
}

/** The edit that takes something away. */
export const cutOut = (file: string, find: string): Edit => ({ file, find, put: '' });

/** The edit that puts something behind what stands there. */
export const addTo = (file: string, find: string, more: string): Edit => ({
  file,
  find,
  put: find + more,
});
