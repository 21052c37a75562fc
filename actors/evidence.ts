/**
 * What the controller knew when an attempt ended or was doubted, and by which rule it decided. It is written with
 * the fact (`detail.evidence`), so that a decision can be checked long after the agent has changed.
 *
 *   who decided     by
 *   controller      silence, watchdog, verdict, run      its own rules
 *   agent           lease, timeLimit, or the task's own end, told with what it says of it
 *   person          a cancel
 *
 * Starts and good ends carry none: there is nothing to decide, and they are most of what is written.
 */
import type { SubTransactionEvent, SubTransactionState } from '../machines/sub-transaction.ts';
import type { Value } from '../store/store.ts';
import type { AgentConnections } from './agent-connection.ts';
import type { Fact } from './facts.ts';
import type { SubRow } from './records.ts';

/** The rules by which an end is decided, each with its sentence. */
export const RULES = {
  silence: 'Not a word of the agent came for its timeout, so its boot counts as lost.',
  watchdog: 'No pulse of the attempt came for idleMs, although its agent may speak.',
  verdict: 'The report of the agent and the records of the controller were compared.',
  run: 'Its run could not go on, so what was left of it was cancelled.',
  lease: 'The agent heard no echo for the timeout and killed what it ran.',
  timeLimit: 'It ran longer than its timeoutMs, so its agent stopped it.',
} as const;

/** By which rule an attempt was ended, as a code. */
export type Rule = keyof typeof RULES;

/** Ages in ms at the instant of the fact. */
export interface Evidence {
  /** The rule by which the controller decided; null: an agent or a person did. */
  readonly rule: Rule | null;
  /** Since the last pulse of the attempt; null: there was none. */
  readonly pulseAgeMs: number | null;
  /** Since the last word of its agent; null: there was none in this term. */
  readonly wordAgeMs: number | null;
  /** State of the agent's connection. */
  readonly connection: string;
  /** How late the agent's event loop was by its last word. */
  readonly lagMs: number | null;
  /** Present boot of the agent, and term of the controller. */
  readonly boot: number | null;
  readonly term: number;
}

/** Who decided that an attempt is over. */
export interface DecidedBy {
  readonly who: 'controller' | 'agent' | 'person';
  /** Null: the task ended by itself, or a person decided. */
  readonly rule: Rule | null;
  /** The person. */
  readonly by: string | null;
}

/** Events that end an attempt badly, or doubt it. */
const WEIGHED = new Set<SubTransactionEvent['type']>([
  'failed',
  'killed',
  'lost',
  'neverStarted',
  'ask',
]);

/** Whether what is known is written down with an event that leads to a state. */
export const isWeighed = (
  { type }: Pick<SubTransactionEvent, 'type'>,
  state: SubTransactionState,
): boolean => WEIGHED.has(type) || (type === 'timeout' && state === 'idle');

/** What is known of an attempt and its agent at `at`. */
export function weigh(
  { context }: SubRow,
  connections: Pick<AgentConnections, 'peer' | 'stateOf'>,
  term: number,
  at: number,
): Omit<Evidence, 'rule'> {
  const peer = connections.peer(context.agent ?? '');
  const age = (instant: number | null | undefined) =>
    instant === null || instant === undefined ? null : Math.max(0, Math.floor(at - instant));
  return {
    pulseAgeMs: age(context.lastPulseAt),
    wordAgeMs: age(peer?.word?.at),
    connection: connections.stateOf(context.agent ?? ''),
    lagMs: peer?.beat.lagMs ?? null,
    boot: peer?.row.boot ?? null,
    term,
  };
}

/** The evidence of a fact; undefined: it has none. */
export function evidenceOf({ detail }: Pick<Fact, 'detail'>): Evidence | undefined {
  return (detail as { readonly evidence?: Evidence } | null | undefined)?.evidence;
}

/** A detail without the evidence: what was told. Undefined: nothing was. */
export function toldIn({ detail }: Pick<Fact, 'detail'>): Value | undefined {
  if (detail === undefined || detail === null) return undefined;
  const told = Object.entries(detail as object).filter(([name]) => name !== 'evidence');
  return told.length === 0 ? undefined : Object.fromEntries(told);
}

/** Causes of a kill, as agents tell them. */
const KILLED_BY: Readonly<Record<string, Omit<DecidedBy, 'by'>>> = {
  'the lease is over': { who: 'agent', rule: 'lease' },
  reconciliation: { who: 'controller', rule: 'verdict' },
};

/** Who cancels what a run has left when it cannot go on (`stoppedBy` of a job). */
export const RUN_ITSELF: ReadonlySet<string> = new Set(['preJob', 'source']);

/**
 * Who decided the end that a fact tells of.
 * @param cancelledBy who had cancelled that attempt
 */
export function decidedBy(fact: Fact, cancelledBy: string | undefined): DecidedBy {
  const rule = evidenceOf(fact)?.rule;
  if (rule) return { who: 'controller', rule, by: null };
  if (fact.kind === 'killed') {
    const { reason } = (toldIn(fact) ?? {}) as { readonly reason?: string };
    const known = KILLED_BY[reason ?? ''];
    if (known) return { ...known, by: null };
    if (cancelledBy !== undefined)
      return RUN_ITSELF.has(cancelledBy)
        ? { who: 'controller', rule: 'run', by: null }
        : { who: 'person', rule: null, by: cancelledBy };
  }
  const isOverTime = fact.kind === 'failed' && fact.cause === 'timedOut';
  return { who: 'agent', rule: isOverTime ? 'timeLimit' : null, by: null };
}
