/**
 * Why a sub-transaction is where it is: its history as sentences, in order.
 *
 *   facts about it ──────────────────┐
 *   facts about its agents meanwhile ├─ in order of their numbers ─▶ one sentence each ─▶ what it waits for
 *   terms of the controller ─────────┘
 *
 * One or more sentences per attempt: why it was made, who decided, on which evidence. The last sentence
 * says what the present state is and what it waits for. Pure reading, like the queries.
 */
import type { SubTransactionState } from '../machines/sub-transaction.ts';
import { isEnding } from './attempts.ts';
import { decisionInWords, decisionOf } from './decisions.ts';
import { factsOf, type Fact, type Recorded } from './facts.ts';
import type { ObstacleView } from './obstacles.ts';
import { outcomeOf, subRowOf } from './queries.ts';
import { subject, under, type AgentRow, type SubRow } from './records.ts';
import { grounds, SENTENCES, span, type Story } from './sentences.ts';
import { workOf } from './sheet-rows.ts';
import { stepsOf } from './steps.ts';
import { instant } from './views.ts';

/** One sentence of why a sub-transaction is where it is. */
export interface Sentence {
  readonly at: string;
  /** The attempt it is about; null before the first one. */
  readonly attempt: number | null;
  readonly text: string;
}

/** Of an agent, what an attempt is told of; the rest is in its own history. */
const TELLING = new Set([
  'agent.suspect',
  'agent.reconciling',
  'agent.reconciled',
  'agent.boot',
  'agent.repeat',
  'agent.answered',
]);

/**
 * Explains a sub-transaction; the last sentence tells what it waits for.
 * @param obstacle what stands in its way now, if it is queued and a controller could tell
 * @throws {Refused} `unknown` when there is none of that id
 */
export function explain(
  store: Recorded,
  id: string,
  obstacle: ObstacleView | null = null,
): readonly Sentence[] {
  const row = subRowOf(store, id);
  const facts = factsAround(store, row);
  const own = facts.filter((fact) => fact.subject === subject.sub(row.birth));
  const story = beginning(store, row);
  const sentences: Sentence[] = [];
  let attempt: number | null = null;
  for (const fact of facts) {
    const isOwn = fact.subject === subject.sub(row.birth);
    if (isOwn && fact.kind === 'assign') attempt = fact.attempt ?? null;
    const text = SENTENCES[fact.kind]?.(fact, story);
    if (text !== undefined) {
      sentences.push({
        at: instant(fact.at),
        attempt: (isOwn && fact.attempt ? fact.attempt : attempt) || null,
        text: text + grounds(fact),
      });
    }
    if (isOwn && fact.state !== undefined) story.state = fact.state as SubTransactionState;
  }
  const last = facts.at(-1);
  const now = { at: instant(last?.at ?? row.acceptedAt), attempt: row.context.attempt || null };
  return [...sentences, { ...now, text: present(store, row, own, obstacle) }];
}

/** All that its story is told by, in order: the facts about it, and those that befell its nodes meanwhile. */
export function factsAround(store: Recorded, row: SubRow): readonly Fact[] {
  const own = [...factsOf(store, subject.sub(row.birth))];
  return [...own, ...meanwhile(store, row, own)].sort((one, other) => one.n - other.n);
}

function beginning(store: Recorded, row: SubRow): Story {
  return {
    birth: row.birth,
    handler: row.handler,
    generation: row.generation,
    retryOf: row.retryOf,
    hook: row.hook,
    configured: configuredBy(store, row),
    policy: row.context.policy,
    connectionBefore: (agent, n) => connectionBefore(store, agent, n),
    silenceAt: (fact) => silenceAt(store, fact),
    state: 'queued',
    retries: 0,
    losses: 0,
    asks: 0,
    sentAt: row.acceptedAt,
    gaveUpAt: row.acceptedAt,
    isGuarded: false,
    why: '',
  };
}

/** Version of its handler's configuration that it is run by; undefined: none. */
const configuredBy = (store: Recorded, { birth }: SubRow): number | undefined =>
  workOf(store, birth)?.policy.version;

/** What befell the agents while they had an attempt, and the controller while there was any. */
function meanwhile(store: Recorded, row: SubRow, own: readonly Fact[]): readonly Fact[] {
  const found = new Map<number, Fact>();
  for (const { n, agent, attempt } of own.filter(({ kind }) => kind === 'assign')) {
    const end = own.find((fact) => fact.n > n && fact.attempt === attempt && isEnding(fact.kind));
    for (const fact of factsOf(store, subject.agent(agent ?? ''), { from: n })) {
      // What else belongs to the turn of the end is part of its story.
      if (end && fact.n > end.n && fact.at > end.at) break;
      if (TELLING.has(fact.kind)) found.set(fact.n, fact);
    }
  }
  const last = row.context.endedAt === null ? undefined : own.at(-1)?.n;
  const from = own[0]?.n ?? 0;
  const terms = last === undefined ? { from } : { from, to: last };
  for (const fact of factsOf(store, subject.controller, terms)) {
    if (fact.kind === 'controller.term') found.set(fact.n, fact);
  }
  return [...found.values()];
}

function connectionBefore(store: Recorded, agent: string, n: number): string {
  for (const fact of factsOf(store, subject.agent(agent), { to: n, reverse: true })) {
    if (fact.kind === 'agent.boot') return 'reconciling';
    if (fact.state !== undefined) return fact.state;
  }
  return 'unknown';
}

/** The loss of the agent is recorded in the same turn as that of its attempts, after them. */
function silenceAt(store: Recorded, lost: Fact): number | undefined {
  for (const fact of factsOf(store, subject.agent(lost.agent ?? ''), { from: lost.n })) {
    if (fact.at > lost.at) return undefined;
    if (fact.kind === 'agent.lost') return (fact.detail as { silentMs?: number }).silentMs;
  }
  return undefined;
}

/** What it is now, and what it waits for. */
function present(
  store: Recorded,
  row: SubRow,
  own: readonly Fact[],
  obstacle: ObstacleView | null,
): string {
  const { state, context } = row;
  const agent = `agent ${context.agent ?? ''}`;
  switch (state) {
    case 'queued':
      return obstacle ? `It is queued: ${obstacle.text}.` : queued(store, row);
    case 'sent':
      return `It is on its way to ${agent}, which has not said a word about it yet.`;
    case 'received':
      return `It waits at ${agent} for a slot, or has just begun.`;
    case 'inProgress':
      return `It runs at ${agent}.`;
    case 'idle':
      return `It waits for a word of ${agent}: it may run there or not, and is not given out twice.`;
    case 'cancelling':
      return `It waits until ${agent} tells that it is killed, or its lease is surely over.`;
    case 'waiting':
      return waiting(row);
    case 'parked':
      return decisionInWords(decisionOf(row, own, stepsOf(store, row.birth))!);
    case 'done':
      return context.cause === 'accepted' ? 'It is done: a person said so.' : 'It is done.';
    case 'failed':
    case 'cancelled':
      return ended(store, row);
  }
}

function queued(store: Recorded, { handler }: SubRow): string {
  const agents = [...store.range(under('agent'))]
    .map(([, value]) => value as unknown as AgentRow)
    .filter(({ state }) => state === 'present');
  if (agents.length === 0) return 'It is queued and there is no agent: it goes out when one joins.';
  const able = agents.filter(({ handlers }) => handlers.length === 0 || handlers.includes(handler));
  return able.length === 0
    ? `It is queued: none of the ${agents.length} agents known has its handler "${handler}".`
    : `It is queued: it waits for a free slot at a connected agent (${able.length} known).`;
}

function waiting({ context }: SubRow): string {
  const { held, deadlineAt, agent, attempt } = context;
  const until = deadlineAt === null ? '' : ` until ${instant(deadlineAt)}`;
  return held
    ? `It waits${until} for attempt ${attempt} to be surely over at agent ${agent ?? ''}.`
    : `It waits${until} for its next attempt.`;
}

function ended(store: Recorded, row: SubRow): string {
  const outcome = outcomeOf(store, row.birth);
  const attempts = row.context.attempt === 1 ? 'one attempt' : `${row.context.attempt} attempts`;
  const endedAt = row.context.endedAt ?? row.acceptedAt;
  if (row.state === 'cancelled') return `It is cancelled, after ${attempts}.`;
  const cause = outcome && outcome.state !== 'done' ? outcome.failure.cause : 'failed';
  return `It has failed for good (${cause}), after ${attempts} in ${span(endedAt - row.acceptedAt)}.`;
}
