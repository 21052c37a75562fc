/**
 * The attempts of a sub-transaction, put together from its facts.
 *
 *   assign ─▶ received ─▶ inProgress ─▶ done, failed, killed, lost or neverStarted
 *
 * Ends may come late and more than once: an attempt that was given up as lost keeps that ending when its
 * agent tells the true one afterwards, and counts as confirmed then. A late result that is still accepted
 * takes its place.
 */
import type { Fact } from './facts.ts';
import type { Value } from '../store/store.ts';
import type { KillStep } from '../transport/frame.ts';

export type AttemptEnding = 'done' | 'failed' | 'killed' | 'lost' | 'neverStarted';

/** Instants in ms since 1970; null: not known (yet). */
export interface Attempt {
  readonly attempt: number;
  readonly agent: string;
  readonly boot: number;
  readonly sentAt: number;
  receivedAt: number | null;
  /** By the agent's clock where the agent told it. */
  startedAt: number | null;
  /** By the agent's clock where the agent told it. */
  endedAt: number | null;
  ending: AttemptEnding | null;
  cause: string | null;
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
export interface Evidence {
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

export const evidenceOf = (fact: Fact): Evidence | undefined =>
  fact.detail === undefined || fact.detail === null ? undefined : (fact.detail as Evidence);

/** The attempts that the facts of one sub-transaction tell of, in order. */
export function attemptsOf(facts: Iterable<Fact>): readonly Attempt[] {
  const attempts = new Map<number, Attempt>();
  for (const fact of facts) {
    if (fact.attempt === undefined) continue;
    if (fact.kind === 'assign') {
      attempts.set(fact.attempt, begun(fact, fact.attempt));
      continue;
    }
    const attempt = attempts.get(fact.attempt);
    if (!attempt) continue;
    if (fact.kind === 'received' || fact.kind === 'inProgress') {
      attempt.receivedAt ??= fact.at;
      if (fact.kind === 'inProgress') attempt.startedAt ??= fact.at;
    } else if (isEnding(fact.kind)) end(attempt, fact, fact.kind);
    else if (fact.kind === 'superseded') confirm(attempt, evidenceOf(fact));
    else if (fact.kind === 'confirmed' || fact.kind === 'release') attempt.confirmed = true;
  }
  return [...attempts.values()];
}

const begun = (fact: Fact, attempt: number): Attempt => ({
  attempt,
  agent: fact.agent ?? '',
  boot: fact.boot ?? 0,
  sentAt: fact.at,
  receivedAt: null,
  startedAt: null,
  endedAt: null,
  ending: null,
  cause: null,
  confirmed: false,
  message: null,
  detail: null,
  logLength: null,
  steps: [],
});

function end(attempt: Attempt, fact: Fact, kind: AttemptEnding): void {
  const told = evidenceOf(fact);
  if (attempt.ending === null || kind === 'done') {
    attempt.ending = kind;
    attempt.cause = fact.cause ?? null;
    attempt.endedAt = fact.at;
  }
  // The reconciliation tells a start that never was without evidence: the report itself is the proof.
  if (told || kind === 'neverStarted') confirm(attempt, told);
}

function confirm(attempt: Attempt, told: Evidence | undefined): void {
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
