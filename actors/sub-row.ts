/**
 * How the heartbeat record of a sub-transaction is written: as lists. It is written with every change of
 * state, and the names of its thirty fields would be most of it.
 *
 *   sub/<birth>   [birth, id, job, …, [policy …], [attempt, agent, …]]
 *
 * The types below give the order; whoever reads a row gets it with names.
 */
import type { SubTransactionContext, SubTransactionPolicy } from '../machines/sub-transaction.ts';
import type { Value } from '../store/store.ts';
import type { HookKind } from './job-rules.ts';
import type { SubRow } from './records.ts';

type Policy<K extends keyof SubTransactionPolicy> = SubTransactionPolicy[K];
type PolicyList = readonly [
  maxRetries: Policy<'maxRetries'>,
  delaysMs: Policy<'delaysMs'>,
  onUnknown: Policy<'onUnknown'>,
  maxLosses: Policy<'maxLosses'>,
  idleMs: Policy<'idleMs'>,
  jitter: number | null,
];

type Context<K extends keyof SubTransactionContext> = SubTransactionContext[K];
type ContextList = readonly [
  attempt: Context<'attempt'>,
  agent: Context<'agent'>,
  boot: Context<'boot'>,
  retries: Context<'retries'>,
  losses: Context<'losses'>,
  deaths: Context<'deaths'>,
  deathOf: Context<'deathOf'>,
  sentAt: Context<'sentAt'>,
  receivedAt: Context<'receivedAt'>,
  startedAt: Context<'startedAt'>,
  lastPulseAt: Context<'lastPulseAt'>,
  endedAt: Context<'endedAt'>,
  deadlineAt: Context<'deadlineAt'>,
  held: Context<'held'>,
  heldUntil: Context<'heldUntil'>,
  asks: Context<'asks'>,
  cause: Context<'cause'>,
];

type Row<K extends keyof SubRow> = SubRow[K];
type RowList = readonly [
  birth: Row<'birth'>,
  id: Row<'id'>,
  job: Row<'job'>,
  generation: Row<'generation'>,
  handler: Row<'handler'>,
  acceptedAt: Row<'acceptedAt'>,
  state: Row<'state'>,
  term: Row<'term'>,
  lastFact: Row<'lastFact'>,
  retryOf: string | null,
  policy: PolicyList,
  context: ContextList,
  hook: HookKind | null,
];

/** The row as it stands in the store. */
export function listOf(row: SubRow): Value {
  const { birth, id, job, generation, handler, acceptedAt, state, term, lastFact, context } = row;
  const { maxRetries, delaysMs, onUnknown, maxLosses, idleMs, jitter = null } = context.policy;
  const policy: PolicyList = [maxRetries, delaysMs, onUnknown, maxLosses, idleMs, jitter];
  const { attempt, agent, boot, retries, losses, deaths, deathOf, sentAt, receivedAt } = context;
  const { startedAt, lastPulseAt, endedAt, deadlineAt, held, heldUntil, asks, cause } = context;
  const rest: ContextList = [
    attempt, agent, boot, retries, losses, deaths, deathOf, sentAt, receivedAt,
    startedAt, lastPulseAt, endedAt, deadlineAt, held, heldUntil, asks, cause,
  ]; // prettier-ignore
  const list: RowList = [
    birth, id, job, generation, handler, acceptedAt, state, term, lastFact, row.retryOf ?? null,
    policy, rest, row.hook ?? null,
  ]; // prettier-ignore
  return list;
}

/** The row that stands in the store as `value`. */
export function rowOf(value: Value): SubRow {
  const [
    birth, id, job, generation, handler, acceptedAt, state, term, lastFact, retryOf, policy, rest, hook,
  ] = value as unknown as RowList; // prettier-ignore
  const context = contextOf(birth, policyOf(policy), rest);
  const row: SubRow = {
    birth, id, job, generation, handler, acceptedAt, state, term, lastFact, context,
  }; // prettier-ignore
  // Rows of earlier versions end before the hook.
  if (retryOf === null && !hook) return row;
  return { ...row, ...(retryOf === null ? {} : { retryOf }), ...(hook ? { hook } : {}) };
}

function policyOf(list: PolicyList): SubTransactionPolicy {
  const [maxRetries, delaysMs, onUnknown, maxLosses, idleMs, jitter] = list;
  const policy = { maxRetries, delaysMs, onUnknown, maxLosses, idleMs };
  return jitter === null ? policy : { ...policy, jitter };
}

function contextOf(
  birth: number,
  policy: SubTransactionPolicy,
  list: ContextList,
): SubTransactionContext {
  const [
    attempt, agent, boot, retries, losses, deaths, deathOf, sentAt, receivedAt,
    startedAt, lastPulseAt, endedAt, deadlineAt, held, heldUntil, asks, cause,
  ] = list; // prettier-ignore
  return {
    birth, policy, attempt, agent, boot, retries, losses, deaths, deathOf, sentAt, receivedAt,
    startedAt, lastPulseAt, endedAt, deadlineAt, held, heldUntil, asks, cause,
  }; // prettier-ignore
}
