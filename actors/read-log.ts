/**
 * The log of an attempt as the controller has it: the bytes of the agent's spool, by offset, without
 * gaps. What they mean (streams, instants) is in handlers/log-records.ts.
 *
 *   |■■■■■■■■■■■■■■■■■■■■□□□□□□|      ■ here: `length`      ■ + □ written by the task: `expected`
 */
import { attemptsOf } from './attempts.ts';
import { factsOf, type Recorded } from './facts.ts';
import { logLengthOf, subRowOf } from './queries.ts';
import { key, subject } from './records.ts';
import { Refused } from './refused.ts';

export interface LogView {
  /** Number of the attempt; 0 when the work has not been given out yet. */
  readonly attempt: number;
  /** Bytes that are here. */
  readonly length: number;
  /** Bytes that the attempt has written in all; null while its agent has not told its end. */
  readonly expected: number | null;
  /** True when its end is told and every byte is here. */
  readonly complete: boolean;
  /** The bytes in order; read from the store as they are asked for. */
  readonly chunks: Iterable<Uint8Array>;
}

/**
 * The log of one attempt of a sub-transaction; by default of the present or last one.
 * @throws {Refused} `unknown` when there is no such sub-transaction or attempt
 */
export function readLog(
  store: Recorded,
  id: string,
  options: { readonly attempt?: number } = {},
): LogView {
  const { birth, context } = subRowOf(store, id);
  const { attempt = context.attempt } = options;
  const isPast = Number.isInteger(attempt) && attempt >= 1 && attempt < context.attempt;
  if (attempt !== context.attempt && !isPast) {
    throw new Refused(
      'unknown',
      `There is no attempt ${attempt} of "${id}": it has been given out ${context.attempt} times.`,
    );
  }
  const length = logLengthOf(store, birth, attempt);
  const expected =
    attemptsOf(factsOf(store, subject.sub(birth))).find((known) => known.attempt === attempt)
      ?.logLength ?? null;
  return {
    attempt,
    length,
    expected,
    complete: expected !== null && length >= expected,
    chunks: { [Symbol.iterator]: () => chunks(store, birth, attempt, length) },
  };
}

/** Ends at `length`, so that a log that grows meanwhile is read as it was when it was asked for. */
function* chunks(store: Recorded, birth: number, attempt: number, length: number) {
  const range = { from: key.log(birth, attempt, 0), to: key.log(birth, attempt, length) };
  for (const [, bytes] of store.range(range)) yield bytes as Uint8Array;
}
