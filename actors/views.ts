/**
 * What people and programs are shown: plain JSON, made from the rows and facts of records.ts.
 *
 * Names are camelCase, instants ISO 8601 in UTC, durations `…Ms`; null means not known or not yet, never
 * zero. One shape each for the command line, the HTTP interface and the library.
 */
import type { Policy } from '../handlers/handler.ts';
import type { JobState } from '../machines/job.ts';
import type { SubTransactionState } from '../machines/sub-transaction.ts';
import type { Value } from '../store/store.ts';
import type { KillStep } from '../transport/frame.ts';
import type { AttemptView } from './attempt-view.ts';
import type { Decision } from './decisions.ts';
import type { Fact } from './facts.ts';
import type { ObstacleView } from './obstacles.ts';
import type { HookRun } from './job-hooks.ts';
import type { Tick } from './job-rules.ts';
import {
  remainingOf,
  subject,
  totalOf,
  type AgentRow,
  type JobRow,
  type OutcomeRow,
  type SubRow,
} from './records.ts';

/** One run of a job. */
export interface JobView {
  readonly name: string;
  /** Number of the run. */
  readonly generation: number;
  readonly state: JobState;
  /** What the work comes from. */
  readonly source: string;
  readonly startedBy: string;
  /** Who stopped it; null when nobody did. */
  readonly stoppedBy: string | null;
  /** Sub-transactions handed over so far; null until there are some, or the source has ended. */
  readonly total: number | null;
  /** True when nothing more comes from the source: `total` is final. */
  readonly sourceEnded: boolean;
  /** Of the total, those that have not come to rest: queued, out at an agent, or waiting. */
  readonly remaining: number | null;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Their outcome is unknown, or they are poison: a person decides. They count as at rest. */
  readonly parked: number;
  /** Attempts beyond the first, whatever their reason. */
  readonly retried: number;
  /** Attempts that were lost with their agent. */
  readonly lost: number;
  /** Ticks of a periodic job that fell into a run, or into a time without a controller. */
  readonly skippedTicks: number;
  /** Why nothing that it has queued goes out; null: something does, nothing is queued, or no controller runs. */
  readonly obstacle: ObstacleView | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** From the start to the end, or to the instant of the question. */
  readonly elapsedMs: number;
  /** Next tick of a periodic job. */
  readonly nextAt: string | null;
  /** When it runs again; empty: a single pass. */
  readonly ticks: readonly Tick[];
  /** The hooks of the run that have begun; null: it has none, or it has not come to it. */
  readonly preJob: HookView | null;
  readonly postJob: HookView | null;
}

/** A hook of a run: parked, nobody knows how it ended. */
export interface HookView {
  readonly id: string;
  readonly state: SubTransactionState;
  readonly cause: string | null;
}

/** How a sub-transaction has ended. `result` is that of the handler; it is null for an accepted one. */
export type Outcome =
  | {
      readonly state: 'done';
      readonly result: unknown;
      /** It arrived after its attempt had been given up. */
      readonly late: boolean;
      readonly endedAt: string;
    }
  | {
      readonly state: 'failed' | 'cancelled';
      readonly failure: Failure;
      readonly endedAt: string;
    };

/** How a sub-transaction or attempt has failed. */
export interface Failure {
  /** `error`, `timedOut`, `refused`, `noAgent`, `givenUp` or `cancelled`. */
  readonly cause: string;
  readonly message: string;
  /** What the handler added: of `shell` `{ exitCode, signal, stderrTail }`. */
  readonly detail: Value;
}

/** A sub-transaction in a list. */
export interface SubTransactionSummary {
  readonly id: string;
  /** Number that its store gives once, in order of acceptance; with an attempt's number it makes the fence. */
  readonly birth: number;
  readonly job: string | null;
  readonly generation: number;
  readonly handler: string;
  readonly state: SubTransactionState;
  /** Why it is in that state, as a code. */
  readonly cause: string | null;
  /** Number of the present or last attempt; 0 before the first. */
  readonly attempt: number;
  /** Who has the present or had the last attempt. */
  readonly agent: string | null;
  readonly acceptedAt: string;
  /** Of the present or last attempt, like `startedAt`. */
  readonly sentAt: string | null;
  readonly startedAt: string | null;
  /** Since when it waits for a person; null: it is not parked. */
  readonly parkedAt: string | null;
  readonly endedAt: string | null;
}

/** A step that is done at most once over all attempts. */
export interface OnceView {
  readonly key: string;
  /** The attempt that has begun it. */
  readonly attempt: number;
  readonly at: string;
  /** `unknown`: its attempt is over, and has not told whether it was done. */
  readonly state: 'begun' | 'done' | 'unknown';
  /** Who said that it is done; null: the work itself, or nobody. */
  readonly by: string | null;
}

/** All there is to know of a sub-transaction. */
export interface SubTransactionView extends SubTransactionSummary {
  readonly input: Value;
  readonly policy: Policy;
  /** The sub-transaction that this one does again. */
  readonly retryOf: string | null;
  /** Null until it is done. */
  readonly result: Value;
  /** Null unless it has failed or was cancelled. */
  readonly failure: Failure | null;
  /** Of a waiting one: when it is given out again at the latest. */
  readonly nextAt: string | null;
  /** What its task last said of itself; only a running controller knows. */
  readonly progress: Value;
  /** When its agent last told that it runs; it does so from the 10th second on. Only a running controller knows. */
  readonly toldAt: string | null;
  readonly attempts: readonly AttemptView[];
  /** Of a parked one: what a person is asked, and may answer. */
  readonly decision: Decision | null;
  /** Steps of it that are done at most once and were begun. */
  readonly steps: readonly OnceView[];
  /** Every fact about it, in order. */
  readonly history: readonly FactView[];
}

/** What is in flight at an agent. */
export interface RunningView {
  readonly id: string;
  readonly job: string | null;
  readonly attempt: number;
  readonly state: SubTransactionState;
  readonly sentAt: string | null;
  readonly startedAt: string | null;
  /** When the agent last told that it runs; it does so from the 10th second on. Of this term. */
  readonly toldAt: string | null;
  /** What its task last said of itself. */
  readonly progress: Value;
}

/** An attempt that was given up, and whose end its agent has not told. */
export interface UnconfirmedView {
  readonly id: string;
  readonly job: string | null;
  readonly attempt: number;
  /** Which life of the agent it was given to. */
  readonly boot: number;
  readonly givenUpAt: string;
}

/**
 * What an agent's silence, or its word, means.
 *
 *   alive      speaks, and its loop turns           rebooted  so too, but began anew less than a timeout ago
 *   blocked    speaks, but its loop does not turn: its tasks stay with it, it is given nothing new
 *   cutOff     not a word within period + delay, or it hears nothing of the controller
 *   gone       not a word for a timeout: given up   left      ended in order
 */
export type Liveness = 'alive' | 'blocked' | 'cutOff' | 'rebooted' | 'gone' | 'left';

/** What lists and views of agents have in common; null: only a running controller knows. */
export interface AgentKnown {
  readonly id: string;
  /** `lost`, or `left` in order: this boot is over for good. */
  readonly state: AgentRow['state'];
  /** State of its connection. */
  readonly connection: string | null;
  /** Null: nobody can say, since no controller runs or has heard it. */
  readonly liveness: Liveness | null;
  /** Which life of the agent, and when it was first heard. */
  readonly boot: number;
  readonly bootAt: string;
  readonly slots: number;
  /** Attempts that are out at it, by the controller's records. */
  readonly inFlight: number;
  /** Tasks that wait there for a slot. */
  readonly waiting: number | null;
  /** How long its loop has not turned, or how late it last did. */
  readonly lagMs: number | null;
  /** It says that it hears nothing of the controller. */
  readonly deaf: boolean | null;
  /** Somebody has asked that it be given nothing new. */
  readonly draining: boolean;
  /** It takes nothing new, since it is about to end. */
  readonly leaving: boolean | null;
  readonly handlers: readonly string[];
  /** What process classes may call it by beside its id. */
  readonly address: string | null;
  /** Its last word. */
  readonly heardAt: string | null;
  /** Until then a lost boot may still be running its tasks. */
  readonly heldUntil: string | null;
}

/** An agent, with what is out at it and what was last recorded of it. */
export interface AgentView extends AgentKnown {
  readonly storeId: string;
  /** How processes are kept from outliving their task there, in words; null: it runs none. */
  readonly containment: string | null;
  /** Silence after which it is lost. */
  readonly timeoutMs: number;
  /** What is out at it. */
  readonly running: readonly RunningView[];
  readonly unconfirmed: readonly UnconfirmedView[];
  /** The last 100 facts about it, in order. */
  readonly history: readonly FactView[];
}

/** One fact of the journal. */
export interface FactView {
  /** Its number in the journal. */
  readonly n: number;
  readonly at: string;
  readonly about: 'subTransaction' | 'job' | 'agent' | 'controller';
  readonly kind: string;
  readonly id: string | null;
  /** Of a sub-transaction: what tells it from another one that once had its id. */
  readonly birth: number | null;
  readonly job: string | null;
  readonly attempt: number | null;
  readonly agent: string | null;
  readonly boot: number | null;
  /** State after. */
  readonly state: string | null;
  readonly cause: string | null;
  /** Who asked for it. */
  readonly by: string | null;
  readonly detail: Value;
}

/** The last instant that can be written; what an agent tells may be later. */
const LAST_AT = 8.64e15;

export const instant = (at: number): string => new Date(Math.min(at, LAST_AT)).toISOString();
export const instantOrNull = (at: number | null): string | null =>
  at === null ? null : instant(at);

/** @param at the present, for a run that has not ended */
export function jobView(row: JobRow, at: number): JobView {
  const { context, counts } = row;
  const isCounted = context.sourceEnded || row.endedAt !== null || totalOf(counts) > 0;
  return {
    name: row.name,
    generation: row.generation,
    state: row.state,
    source: row.source,
    startedBy: row.by,
    stoppedBy: row.stoppedBy,
    total: isCounted ? totalOf(counts) : null,
    sourceEnded: context.sourceEnded,
    remaining: isCounted ? remainingOf(counts) : null,
    done: counts.done,
    failed: counts.failed,
    cancelled: counts.cancelled,
    parked: counts.parked,
    retried: counts.retried,
    lost: counts.lost,
    skippedTicks: context.skippedTicks,
    obstacle: null,
    startedAt: instant(row.startedAt),
    endedAt: instantOrNull(row.endedAt),
    elapsedMs: Math.max(0, (row.endedAt ?? at) - row.startedAt),
    nextAt: instantOrNull(context.deadlineAt),
    ticks: row.rules?.ticks ?? [],
    preJob: hookView(row.hooks?.preJob),
    postJob: hookView(row.hooks?.postJob),
  };
}

const hookView = (hook: HookRun | undefined): HookView | null =>
  hook ? { id: hook.id, state: hook.state, cause: hook.cause } : null;

export function outcomeView(row: OutcomeRow): Outcome {
  const endedAt = instant(row.at);
  if (row.state === 'done') return { state: 'done', result: row.result, late: row.late, endedAt };
  const { state, cause, message, detail } = row;
  return { state, failure: { cause, message, detail }, endedAt };
}

export const summaryView = (row: SubRow, parkedAt: number | null): SubTransactionSummary => ({
  id: row.id,
  birth: row.birth,
  job: row.job,
  generation: row.generation,
  handler: row.handler,
  state: row.state,
  cause: row.context.cause,
  attempt: row.context.attempt,
  agent: row.context.agent,
  acceptedAt: instant(row.acceptedAt),
  sentAt: instantOrNull(row.context.sentAt),
  startedAt: instantOrNull(row.context.startedAt),
  parkedAt: instantOrNull(parkedAt),
  endedAt: instantOrNull(row.context.endedAt),
});

export const stepView = ({ at, step }: KillStep) => ({ at: instant(at), step });

export function factView(fact: Fact): FactView {
  return {
    n: fact.n,
    at: instant(fact.at),
    about: aboutOf(fact.subject),
    kind: fact.kind,
    id: fact.id ?? null,
    birth: subject.birthOf(fact.subject) ?? null,
    job: fact.job ?? null,
    attempt: fact.attempt ?? null,
    agent: fact.agent ?? null,
    boot: fact.boot ?? null,
    state: fact.state ?? null,
    cause: fact.cause ?? null,
    by: fact.by ?? null,
    detail: withInstants(fact.detail ?? null),
  };
}

function aboutOf(subject: string): FactView['about'] {
  if (subject.startsWith('a-')) return 'agent';
  if (subject.startsWith('j-')) return 'job';
  return subject === 'controller' ? 'controller' : 'subTransaction';
}

/** Instants of a fact's own detail are written like all others; what a handler said is left alone. */
function withInstants(detail: Value): Value {
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return detail;
  return Object.fromEntries(
    Object.entries(detail).map(([name, value]) => [
      name,
      name === 'steps'
        ? (value as readonly KillStep[]).map(stepView)
        : name.endsWith('At') && typeof value === 'number'
          ? instant(value)
          : value,
    ]),
  );
}
