/**
 * What has failed of a run and nobody has had done again, a piece at a time: a run may have millions, and a turn
 * must not take long.
 *
 *   failed ─retried─▶ failed ─retried─▶ done         (again/<birth> leads from each to the next)
 *                       └ looked for                  the first has its successor already
 */
import { key, under, type JobRow, type SubRow } from './records.ts';
import type { ControllerEffect } from './ground.ts';
import { rowOf } from './sub-row.ts';
import type { Turn } from './turn.ts';

const ROWS_PER_TURN = 10_000;
const RETRIES_PER_TURN = 500;

/** `next`: the birth to go on after; null: that was all. */
export interface FailedWork {
  readonly failed: readonly SubRow[];
  readonly next: number | null;
}

/** @param after births that were looked at before are not above it */
export function failedOf(
  turn: Pick<Turn<ControllerEffect>, 'get' | 'range'>,
  { name, generation, firstBirth = 0 }: JobRow,
  after: number,
): FailedWork {
  const failed: SubRow[] = [];
  let looked = 0;
  const from = key.sub(Math.max(after + 1, firstBirth));
  for (const [, value] of turn.range({ from, to: under('sub').to })) {
    const row = rowOf(value);
    const isWanted =
      row.state === 'failed' &&
      row.job === name &&
      row.generation === generation &&
      row.hook === undefined &&
      turn.get(key.again(row.birth)) === undefined;
    if (isWanted) failed.push(row);
    if (++looked === ROWS_PER_TURN || failed.length === RETRIES_PER_TURN)
      return { failed, next: row.birth };
  }
  return { failed, next: null };
}
