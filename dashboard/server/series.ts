/**
 * Rows of numbers, one a step, of which the newest are kept.
 *
 *   push(41, …) push(42, …)    push(45, …)   ──▶   41 42 . . 45     steps that were left out are not there
 *
 * A few bytes a number: room is made as rows come, and the oldest are overwritten when it is used up.
 */

/** Rows at first; the room doubles. */
const FIRST = 32;

export interface Series {
  /** The newest step; -1: none. */
  readonly last: number;
  /** Adds the row of a step that is newer than all before. */
  push(step: number, row: readonly number[]): void;
  /** Rows from that step on, oldest first. */
  since(step: number): Iterable<readonly [step: number, row: readonly number[]]>;
}

/** @param most rows that are kept @param width numbers of a row */
export function createSeries(most: number, width: number): Series {
  let room = Math.min(FIRST, most);
  let numbers = new Float32Array(room * width);
  let steps = new Float64Array(room).fill(-1);
  let count = 0;
  let last = -1;
  const grow = () => {
    const [oldNumbers, oldSteps] = [numbers, steps];
    room = Math.min(room * 2, most);
    numbers = new Float32Array(room * width);
    steps = new Float64Array(room).fill(-1);
    numbers.set(oldNumbers);
    steps.set(oldSteps);
  };
  return {
    get last() {
      return last;
    },
    push(step, row) {
      if (count === room && room < most) grow();
      const place = count++ % room;
      steps[place] = step;
      numbers.set(row, place * width);
      last = step;
    },
    *since(step) {
      for (let i = Math.max(0, count - room); i < count; i++) {
        const place = i % room;
        const own = steps[place]!;
        if (own >= step) yield [own, [...numbers.subarray(place * width, (place + 1) * width)]];
      }
    },
  };
}
