/**
 * The log of an attempt as the controller has it: the bytes of the agent's spool, by offset, without
 * gaps. What they mean (streams, instants) is in handlers/log-records.ts.
 *
 *   |■■■■■■■■■■■■■■■■■■■■□□□□□□|      ■ here: `length`      ■ + □ written by the task: `expected`
 */
import { TERMINAL } from '../machines/sub-transaction.ts';
import { attemptsOf } from './attempts.ts';
import { factsOf, type Recorded } from './facts.ts';
import { logLengthOf, subRowOf } from './queries.ts';
import { key, lastNumber, subject } from './records.ts';
import { Refused } from './refused.ts';

/** The log of one attempt, as far as the controller has it. */
export interface LogView {
  /** Number of the attempt; 0 when the work has not been given out yet. */
  readonly attempt: number;
  /** Who has or had it; null when nobody has. */
  readonly agent: string | null;
  /** Number of the present or last attempt. */
  readonly latest: number;
  /** The attempt is over, as far as is known here: no more of it is being written. */
  readonly isOver: boolean;
  /** The sub-transaction is done, failed, cancelled or parked: no other attempt follows by itself. */
  readonly isAtRest: boolean;
  /** Bytes that are here. */
  readonly length: number;
  /** Bytes that the attempt has written in all; null while its agent has not told its end. */
  readonly expected: number | null;
  /** True when its end is told and every byte is here. */
  readonly complete: boolean;
  /** The bytes in order, from where it was asked for; read from the store as they are asked for. */
  readonly chunks: Iterable<Uint8Array>;
}

/** Which attempt, and from where on. */
export interface LogOptions {
  /** Default: the present or last one. */
  readonly attempt?: number;
  /** Offset of the first byte that is wanted. Default 0. */
  readonly from?: number;
}

/**
 * The log of one attempt of a sub-transaction.
 * @throws {Refused} `unknown` when there is no such sub-transaction or attempt
 */
export function readLog(store: Recorded, id: string, options: LogOptions = {}): LogView {
  const { birth, state, context } = subRowOf(store, id);
  const { attempt = context.attempt, from = 0 } = options;
  const isPast = Number.isInteger(attempt) && attempt >= 1 && attempt < context.attempt;
  if (attempt !== context.attempt && !isPast) {
    throw new Refused(
      'unknown',
      `There is no attempt ${attempt} of "${id}": it has been given out ${context.attempt} times.`,
    );
  }
  const length = logLengthOf(store, birth, attempt);
  const attempts = attemptsOf(factsOf(store, subject.sub(birth)));
  const shown = attempts.find((known) => known.attempt === attempt);
  const isAtRest = state === 'parked' || TERMINAL.includes(state);
  // One that was never started has written nothing, whoever found that out.
  const expected = shown?.ending === 'neverStarted' ? 0 : (shown?.logLength ?? null);
  return {
    attempt,
    agent: shown?.agent ?? null,
    latest: context.attempt,
    isOver: isAtRest || isPast || (shown?.ending ?? null) !== null,
    isAtRest,
    length,
    expected,
    complete: expected !== null && length >= expected,
    chunks: { [Symbol.iterator]: () => chunks(store, birth, attempt, from, length) },
  };
}

/** Ends at `length`, so that a log that grows meanwhile is read as it was when it was asked for. */
function* chunks(store: Recorded, birth: number, attempt: number, from: number, length: number) {
  const at = (offset: number) => key.log(birth, attempt, offset);
  let first = 0;
  // The chunk that `from` lies in begins at it or before.
  for (const [text] of store.range({ from: at(0), to: at(from + 1), reverse: true })) {
    first = lastNumber(text);
    break;
  }
  let skip = from - first;
  for (const [, chunk] of store.range({ from: at(first), to: at(length) })) {
    const bytes = chunk as Uint8Array;
    if (skip < bytes.length) yield skip === 0 ? bytes : bytes.subarray(skip);
    skip = 0;
  }
}
