/**
 * Legal transitions only: each fact about a sub-transaction, a connection or a job is an edge of its statechart,
 * the facts about a sub-transaction are a chain without a gap that begins with its acceptance, attempts count
 * up by one, and the row is what the last fact says. Once the controller's store went back in time, a verdict may
 * recall an attempt that this store has forgotten: they count on from there.
 *
 *   accepted(0) ◀─ assign ◀─ received ◀─ … ◀─ lastFact of the row
 */
import { agentConnection } from '../../machines/agent-connection.ts';
import { job } from '../../machines/job.ts';
import { subTransaction } from '../../machines/sub-transaction.ts';
import { key, type JobRow } from '../../actors/records.ts';
import type { Decision, Fact, SubChange } from './books.ts';
import { property, type Fail } from './checker.ts';
import { ASIDES } from './counters.ts';

/** Where each event may lead from each state. */
type Edges = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

const subEdges = edgesOf(subTransaction.config);
const connectionEdges = edgesOf(agentConnection.config);
const jobEdges = edgesOf(job.config);

export const legalMoves = property('legal-moves', (books, fail) => {
  let wentBack = false;
  return {
    see(sight) {
      if (sight.what === 'lie' && sight.seat === 'controller') wentBack = true;
      const { decision } = books;
      if (!decision) return;
      const facts = new Map<number, Fact[]>();
      for (const fact of decision.facts) {
        if (fact.birth !== undefined) {
          const known = facts.get(fact.birth);
          if (known) known.push(fact);
          else facts.set(fact.birth, [fact]);
        } else if (fact.subject.startsWith('a-')) checkConnection(fact, sight.atMs, fail);
      }
      for (const change of decision.subs)
        checkSub(
          change,
          facts.get(change.birth) ?? [],
          raisesOf(decision),
          wentBack,
          sight.atMs,
          fail,
        );
      checkJobs(decision, sight.atMs, fail);
    },
  };
});

function checkSub(
  { birth, before, after }: SubChange,
  facts: readonly Fact[],
  births: Births,
  wentBack: boolean,
  atMs: number,
  fail: Fail,
): void {
  if (!after) return;
  let state: string | undefined = before?.state;
  let attempt = before?.context.attempt ?? 0;
  let last = before?.lastFact ?? 0;
  for (const fact of facts) {
    const told = `${fact.id} (birth ${birth}): ${state} ─${fact.kind}─▶ ${fact.state}`;
    if (fact.before !== last) fail(atMs, `${told} follows fact ${fact.before}, not ${last}.`);
    if (!isLegal(state, fact, birth, births)) fail(atMs, `${told} is no move of its statechart.`);
    if (fact.kind === 'assign' && fact.attempt !== ++attempt)
      fail(atMs, `${told} is attempt ${fact.attempt}, not ${attempt}.`);
    if (wentBack && fact.kind === 'verdict') attempt = Math.max(attempt, fact.attempt ?? 0);
    state = fact.state;
    last = fact.n;
  }
  if (after.lastFact !== last || after.context.attempt !== attempt || after.state !== state)
    fail(
      atMs,
      `${after.id} is ${after.state} (attempt ${after.context.attempt}), and its facts say ${state} (${attempt}).`,
    );
}

function isLegal(state: string | undefined, fact: Fact, birth: number, births: Births): boolean {
  if (state === undefined)
    return fact.kind === 'accepted' && fact.state === 'queued' && isBirthOf(fact, birth, births);
  // That an attempt has arrived is written with what follows.
  const silent = state === 'sent' && fact.state === 'received';
  if (ASIDES.has(fact.kind)) return fact.state === state || silent;
  return subEdges.get(state)?.get(fact.kind)?.has(fact.state!) ?? false;
}

/** What is added to the number of a fact to make a birth: at the start of the term, and after the turn. */
type Births = readonly [least: number, most: number];

function raisesOf({ of: { life, decided } }: Decision): Births {
  const raised = decided.get(key.births) as number | undefined;
  return [life.births, Math.max(life.births, raised ?? 0)];
}

/** Work that came in one batch has the births after the first, and one fact. */
const isBirthOf = ({ n }: Fact, birth: number, [least, most]: Births) =>
  birth >= n + least && birth <= n + most;

function checkConnection({ kind, state, agent, detail }: Fact, atMs: number, fail: Fail): void {
  const before = (detail as { before?: string } | undefined)?.before;
  if (before === undefined || state === undefined || kind !== `agent.${state}`) return;
  for (const to of connectionEdges.get(before)?.values() ?? []) if (to.has(state)) return;
  fail(atMs, `The connection of ${agent} goes from ${before} to ${state}, which is no move.`);
}

function checkJobs({ changes }: Decision, atMs: number, fail: Fail): void {
  for (const [name, change] of changes) {
    if (!name.startsWith('job/') || change.before === undefined || change.after === undefined)
      continue;
    const before = change.before as unknown as JobRow;
    const after = change.after as unknown as JobRow;
    if (after.generation !== before.generation || after.state === before.state) continue;
    if (!reaches(jobEdges, before.state, after.state))
      fail(atMs, `The job "${after.name}" goes from ${before.state} to ${after.state}.`);
  }
}

/** Whether a state can be reached within one run, over others that one turn passes through. */
function reaches(edges: Edges, from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const state of seen) {
    for (const [event, targets] of edges.get(state) ?? []) {
      const isNextRun = state === 'resting' && event === 'timeout';
      if (!isNextRun) for (const each of targets) seen.add(each);
    }
  }
  return seen.has(to);
}

interface Config {
  readonly states?: Readonly<Record<string, unknown>> | undefined;
}

function edgesOf({ states = {} }: Config): Edges {
  return new Map(
    Object.entries(states).map(([state, node]) => {
      const on = (node as { on?: Record<string, unknown> }).on ?? {};
      return [
        state,
        new Map(Object.entries(on).map(([event, moves]) => [event, targetsOf(state, moves)])),
      ];
    }),
  );
}

function targetsOf(state: string, moves: unknown): ReadonlySet<string> {
  const all = (Array.isArray(moves) ? moves : [moves]) as readonly { target?: string }[];
  return new Set(all.map((move) => move.target ?? state));
}
