/**
 * What people and programs are shown of one attempt: where it was, why it was made, how it ended, who decided
 * that, and what was known then. Names and instants as in views.ts.
 */
import type { Value } from '../store/store.ts';
import type { KillStep } from '../transport/frame.ts';
import type { Attempt, AttemptEnding } from './attempts.ts';
import type { DecidedBy, Evidence } from './evidence.ts';
import { instant, instantOrNull, stepView } from './views.ts';

/** One attempt of a sub-transaction, as it is shown: where, when, how it ended and why. */
export interface AttemptView {
  readonly attempt: number;
  readonly agent: string;
  /** Which life of the agent. */
  readonly boot: number;
  /** Why it was made, as a code: `handedIn`, `retry`, or how the one before had ended (cause-codes.ts). */
  readonly because: string;
  readonly sentAt: string;
  readonly receivedAt: string | null;
  /** By the agent's clock where it told it, like `endedAt`. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly ending: AttemptEnding | null;
  /** Why it ended like this, as a code. */
  readonly cause: string | null;
  /** Who decided that it is over, and by which rule; null: it is not. */
  readonly decidedBy: DecidedBy | null;
  /** What the controller knew then; null: it ended well, or not yet, or long ago. */
  readonly evidence: Omit<Evidence, 'rule'> | null;
  /** The agent itself has shown that it is over. */
  readonly confirmed: boolean;
  readonly message: string | null;
  readonly detail: Value;
  /** Bytes of its log that are here. */
  readonly logLength: number;
  /** What was done to stop it, in order, by the agent's clock; empty: nothing, or nobody has told. */
  readonly steps: readonly StepView[];
}

/** `abort`: asked to stop. `kill`: its whole tree killed. `gone`: nothing of it lives. `guard`: killed by its agent's guard, while the agent itself did not run. */
export interface StepView {
  readonly at: string;
  readonly step: KillStep['step'];
}

/** @param logLength bytes of its log on record */
export const attemptView = (attempt: Attempt, logLength: number): AttemptView => ({
  ...attempt,
  evidence: attempt.evidence && known(attempt.evidence),
  sentAt: instant(attempt.sentAt),
  receivedAt: instantOrNull(attempt.receivedAt),
  startedAt: instantOrNull(attempt.startedAt),
  endedAt: instantOrNull(attempt.endedAt),
  logLength,
  steps: attempt.steps.map(stepView),
});

/** The rule is told with who decided. */
function known({ rule: _, ...rest }: Evidence): AttemptView['evidence'] {
  return rest;
}
