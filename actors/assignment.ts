/**
 * An attempt as its agent gets it: what the sub-transaction is, what the configuration of its handler adds, and
 * which of its steps earlier attempts have begun.
 */
import type { Value } from '../store/store.ts';
import type { Assignment, KnownStep } from '../transport/frame.ts';
import { encodedBytes } from '../transport/msgpack.ts';
import type { SubRow, WorkRow } from './records.ts';

/** An attempt as its agent gets it. */
export interface Given {
  readonly task: Assignment;
  /** Encoded size of what may be large in it. */
  readonly bytes: number;
}

/** What the configuration of a handler gives to its work. */
export interface Properties {
  readonly value: Value;
  /** Encoded size. */
  readonly bytes: number;
}

export function assignmentOf(
  { birth, id, job, handler, context: { attempt } }: SubRow,
  { input, bytes, policy: { timeoutMs } }: WorkRow,
  graceMs: number,
  properties: Properties | undefined,
  known: readonly KnownStep[],
): Given {
  const task = { birth, attempt, id, job, handler, input, timeoutMs, graceMs };
  if (properties === undefined && known.length === 0) return { task, bytes };
  return {
    task: {
      ...task,
      ...(properties && { properties: properties.value }),
      ...(known.length > 0 && { known: [...known] }),
    },
    bytes: bytes + (properties?.bytes ?? 0) + encodedBytes(known),
  };
}
