/**
 * What is said of a handful of rounds on a machine that is never quiet: the median, with the least and
 * the most beside it; and of two contenders the ratio pair by pair, since rounds that lie side by side
 * share the machine's mood.
 */

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** @throws {RangeError} when there is nothing to tell of */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = ascending(values);
  const middle = (sorted.length - 1) / 2;
  return {
    min: sorted[0]!,
    median: (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2,
    max: sorted.at(-1)!,
  };
}

/**
 * The least value that at least this part of all values does not exceed (nearest rank).
 *
 * @param part from 0 to 1: 0.99 for p99
 * @throws {RangeError} when there is nothing to tell of
 */
export function percentile(values: readonly number[], part: number): number {
  const sorted = ascending(values);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]!;
}

/**
 * Ours ÷ theirs, round by round.
 *
 * @throws {RangeError} when the rounds do not pair
 */
export function ratiosOf(ours: readonly number[], theirs: readonly number[]): Spread {
  if (ours.length !== theirs.length) {
    throw new RangeError(`${ours.length} rounds and ${theirs.length} rounds do not pair.`);
  }
  return spreadOf(ours.map((value, round) => value / theirs[round]!));
}

function ascending(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('There are no values.');
  return [...values].sort((one, other) => one - other);
}

/** Whether there is a figure of each round. */
export const areKnown = (values: readonly (number | null)[]): values is readonly number[] =>
  values.every((value) => value !== null);
