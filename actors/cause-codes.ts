/**
 * Every code of a cause that a sub-transaction or one of its attempts can have, with its sentence: one stable set,
 * for programs to compare and for people to read. ARCHITECTURE.md shows the same table.
 *
 *   because    why an attempt was made      handedIn, retry, or how the one before had ended
 *   cause      why it is in its state       all others
 */
import type { SubTransactionCause } from '../machines/sub-transaction.ts';

/** Why there was an attempt that no other one had led to. */
type Beginning = 'handedIn' | 'retry';

/** Why an attempt happened or ended, code by code, in one sentence each. */
export const CAUSES: Readonly<Record<SubTransactionCause | Beginning, string>> = {
  handedIn: 'It was handed in, and this is its first attempt.',
  retry: 'A person asked for it, with fresh budgets.',
  error: 'The task said that it failed.',
  timedOut: 'It ran longer than its timeoutMs and was stopped.',
  refused: 'The task said that this work can never be done.',
  idle: 'No pulse of it came for idleMs; it may run or not, and is asked about.',
  lost: 'Its agent was lost or died, and nobody knows how it ended.',
  killed: 'Its agent killed it, and nobody knows how much of it was done.',
  neverStarted: 'It never began, so it costs no try.',
  poison: 'Two agents died while they held it.',
  onceUnknown:
    'An attempt began a step that is done at most once, and nobody knows whether it was done.',
  late: 'Its result came after it had been given up, and counts, since nothing else had been given out.',
  accepted: 'A person decided that it counts as done.',
  givenUp: 'A person decided that it counts as failed.',
  noAgent: 'Its process class has no agent, or had none for longer than its waitMs.',
  cancelled: 'Somebody cancelled it, or stopped its job.',
};

/** The sentence of a code; the code itself where it is not known. */
export const causeInWords = (code: string): string =>
  (CAUSES as Readonly<Record<string, string>>)[code] ?? code;
