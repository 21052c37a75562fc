/**
 * The attempts of a sub-transaction, put together from its facts.
 *
 *   assign ─▶ received ─▶ inProgress ─▶ done, failed, killed, lost or neverStarted
 *
 * Ends may come late and more than once: an attempt that was given up as lost keeps that ending when its
 * agent tells the true one afterwards, and counts as confirmed then. A late result that is still accepted
 * takes its place.
 */
import { decidedBy, evidenceOf, toldIn, type DecidedBy, type Evidence } from './evidence.ts';
import type { Fact } from './facts.ts';
import type { Value } from '../store/store.ts';
import type { KillStep } from '../transport/frame.ts';

/** How an attempt ended. */
export type AttemptEnding = 'done' | 'failed' | 'killed' | 'lost' | 'neverStarted';

/** Instants in ms since 1970; null: not known (yet). */
export interface Attempt {
  readonly attempt: number;
  readonly agent: string;
  readonly boot: number;
  /** Why it was made, as a code (cause-codes.ts). */
  readonly because: string;
  readonly sentAt: number;
  receivedAt: number | null;
  /** By the agent's clock where the agent told it. */
  startedAt: number | null;
  /** By the agent's clock where the agent told it. */
  endedAt: number | null;
  ending: AttemptEnding | null;
  cause: string | null;
  /** Of the end that counts, like the evidence; null: it has not ended. */
  decidedBy: DecidedBy | null;
  evidence: Evidence | null;
  /** True when the agent itself has shown that it is over; else only the end of the lease vouches for it. */
  confirmed: boolean;
  /** What a failed one said. */
  message: string | null;
  detail: Value;
  /** Bytes of log it has written in all, as told with its end. */
  logLength: number | null;
  /** What was done to stop it, by the agent's clock; empty: nothing, or nobody has told. */
  steps: readonly KillStep[];
}

/** What the agent told with an end (`evidence` in takeover.ts). */
export interface Told {
  /** When the controller heard that the agent has it. */
  readonly receivedAt?: number;
  readonly startedAt?: number | null;
  readonly endedAt?: number;
  readonly logLength?: number;
  readonly lagMs?: number;
  readonly message?: string;
  readonly failure?: Value;
  readonly reason?: string;
  readonly steps?: readonly KillStep[];
}

const ENDINGS = new Set<string>(['done', 'failed', 'killed', 'lost', 'neverStarted']);

export const isEnding = (kind: string): kind is AttemptEnding => ENDINGS.has(kind);

/** What the agent told; undefined: it told nothing. */
export const toldOf = (fact: Fact): Told | undefined => toldIn(fact) as Told | undefined;

/** The attempts that the facts of one sub-transaction tell of, in order. */
export function attemptsOf(facts: Iterable<Fact>): readonly Attempt[] {
  const attempts = new Map<number, Attempt>();
  const cancels = new Map<number, string>();
  let because = 'handedIn';
  for (const fact of facts) {
    if (fact.kind === 'retry') because = 'retry';
    if (fact.attempt === undefined) continue;
    if (fact.kind === 'assign') {
      attempts.set(fact.attempt, begun(fact, fact.attempt, because));
      continue;
    }
    const attempt = attempts.get(fact.attempt);
    if (!attempt) continue;
    if (fact.kind === 'cancel' && fact.by !== undefined) cancels.set(fact.attempt, fact.by);
    if (isEnding(fact.kind)) because = fact.cause ?? fact.kind;
    if (fact.kind === 'received' || fact.kind === 'inProgress') {
      attempt.receivedAt ??= fact.at;
      if (fact.kind === 'inProgress') attempt.startedAt ??= fact.at;
    } else if (isEnding(fact.kind)) end(attempt, fact, fact.kind, cancels.get(fact.attempt));
    else if (fact.kind === 'superseded') confirm(attempt, toldOf(fact));
    else if (fact.kind === 'confirmed' || fact.kind === 'release') attempt.confirmed = true;
  }
  return [...attempts.values()];
}

const begun = (fact: Fact, attempt: number, because: string): Attempt => ({
  attempt,
  agent: fact.agent ?? '',
  boot: fact.boot ?? 0,
  because,
  sentAt: fact.at,
  receivedAt: null,
  startedAt: null,
  endedAt: null,
  ending: null,
  cause: null,
  decidedBy: null,
  evidence: null,
  confirmed: false,
  message: null,
  detail: null,
  logLength: null,
  steps: [],
});

function end(
  attempt: Attempt,
  fact: Fact,
  kind: AttemptEnding,
  cancelledBy: string | undefined,
): void {
  const told = toldOf(fact);
  if (attempt.ending === null || kind === 'done') {
    attempt.ending = kind;
    attempt.cause = fact.cause ?? null;
    attempt.endedAt = fact.at;
    attempt.decidedBy = decidedBy(fact, cancelledBy);
    attempt.evidence = evidenceOf(fact) ?? null;
  }
  // The reconciliation tells a start that never was without evidence: the report itself is the proof.
  if (told || kind === 'neverStarted') confirm(attempt, told);
}

function confirm(attempt: Attempt, told: Told | undefined): void {
  attempt.confirmed = true;
  if (!told) return;
  attempt.receivedAt ??= told.receivedAt ?? null;
  attempt.startedAt = told.startedAt ?? attempt.startedAt;
  attempt.endedAt = told.endedAt ?? attempt.endedAt;
  attempt.logLength = told.logLength ?? attempt.logLength;
  attempt.message ??= told.message ?? told.reason ?? null;
  attempt.detail ??= told.failure ?? null;
  attempt.steps = told.steps ?? attempt.steps;
}
