/**
 * A recoverable loss costs no attempt. An attempt counts as lost only when its boot was given up or is over;
 * a death is counted only where a process died; what was never started costs nothing, and what costs nothing
 * was never started. Budgets move by what was recorded, once, and never beyond the policy.
 */
import { key, type AgentRow } from '../../actors/records.ts';
import type { Seat } from '../plan.ts';
import type { Sight } from '../sight.ts';
import type { Books, Decision, Fact, SubChange } from './books.ts';
import { property, type Fail } from './checker.ts';
import { nameOf } from './executions.ts';

export const costOfLoss = property('cost-of-loss', (books, fail) => {
  /** Agents of which a process has died. */
  const hasDied = new Set<string>();
  return {
    see(sight) {
      const died = diedIn(sight);
      const agent = died === undefined ? undefined : books.agentIn(died);
      if (agent !== undefined) hasDied.add(agent);
      const { decision } = books;
      if (!decision) return;
      const at = sight.atMs;
      for (const fact of decision.facts) {
        if (fact.birth === undefined) continue;
        if (fact.kind === 'lost') checkLost(decision, fact, at, fail);
        else if (fact.kind === 'neverStarted') checkNeverStarted(books, fact, at, fail);
      }
      for (const change of decision.subs) checkBudgets(decision, change, hasDied, at, fail);
    },
  };
});

/** The seat whose process dies with that sight: with its life, between two, or with what it ran. */
function diedIn(sight: Sight): Seat | undefined {
  if (sight.what === 'ledger') return sight.line.exit === 'crash' ? sight.line.agent : undefined;
  if (sight.what === 'over') return sight.crashed ? sight.seat : undefined;
  return sight.what === 'action' && sight.action.do === 'crash' ? sight.action.seat : undefined;
}

function checkLost({ of, facts, changes }: Decision, fact: Fact, atMs: number, fail: Fail): void {
  const { agent, boot, id, attempt } = fact;
  const name = key.agent(agent!);
  const row = of.decided.get(name) as unknown as AgentRow | undefined;
  const before = changes.get(name)?.before as unknown as AgentRow | undefined;
  if (!row || row.boot !== boot || row.state !== 'present') return;
  // The controller's store went back: nobody knows any more how it ended.
  const isGap = facts.some((each) => each.kind === 'agent.gap' && each.agent === agent);
  if (isGap || row.gap || before?.gap) return;
  fail(atMs, `${id}#${attempt} counts as lost, and boot ${boot} of ${agent} is present.`);
}

function checkNeverStarted({ work, lies }: Books, fact: Fact, atMs: number, fail: Fail): void {
  const fence = { birth: fact.birth!, attempt: fact.attempt! };
  const [started] = work.of(fence).filter(({ id }) => id === fact.id);
  if (!started || lies.covers(fence, fact.id!)) return;
  fail(atMs, `${nameOf(started)} counts as never started, and it was.`);
}

const BUDGETS = ['retries', 'losses', 'deaths'] as const;

function checkBudgets(
  { facts }: Decision,
  { birth, before, after }: SubChange,
  hasDied: ReadonlySet<string>,
  atMs: number,
  fail: Fail,
): void {
  if (!before || !after) return;
  if (BUDGETS.every((name) => before.context[name] === after.context[name])) return;
  const kinds = facts.filter((fact) => fact.birth === birth).map(({ kind }) => kind);
  if (kinds.includes('retry')) return;
  const told = (...wanted: readonly string[]) =>
    kinds.filter((kind) => wanted.includes(kind)).length;
  const { retries, losses, deaths, attempt, agent } = after.context;
  const was = before.context;
  const over = (what: string, n: number, most: number) => {
    if (n <= most) return;
    const why = kinds.join(', ') || 'nothing';
    fail(atMs, `${after.id}#${attempt} has paid ${n} ${what} for ${why}.`);
  };
  over('retries', retries - was.retries, told('failed'));
  over('losses', losses - was.losses, told('lost', 'killed'));
  over('deaths', deaths - was.deaths, told('lost'));
  const { maxRetries, maxLosses, onUnknown } = after.context.policy;
  if (retries > maxRetries || losses > maxLosses)
    fail(
      atMs,
      `${after.id}#${attempt} may be tried again after ${retries} retries, ${losses} losses.`,
    );
  if (losses > was.losses && onUnknown === 'park')
    fail(atMs, `${after.id}#${attempt} is to be parked when its end is unknown, and waits.`);
  if (deaths > was.deaths && !hasDied.has(was.agent ?? agent ?? ''))
    fail(atMs, `${after.id}#${attempt} has paid a death, and no process of ${agent} has died.`);
}
