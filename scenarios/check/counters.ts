/**
 * Counters equal what they count: the counts of a run are the numbers of its sub-transactions by state, after
 * each turn; attempts that followed another and attempts that were lost are counted once each.
 */
import { countedAs, key, type JobCounts, type JobRow, type SubRow } from '../../actors/records.ts';
import { isInFlight } from '../../actors/sub-indexes.ts';
import { rowsAfter } from '../../actors/sheet-listing.ts';
import type { Decision, LifeOf } from './books.ts';
import { property, type Fail } from './checker.ts';
import type { TermLife } from '../../actors/tap.ts';

type Tally = Partial<Record<keyof JobCounts, number>>;
type RunOf = {
  readonly job: string | null;
  readonly generation: number;
  readonly hook?: SubRow['hook'];
};

const runName = ({ job, generation }: RunOf) => `${job}/${generation}`;

/** Facts with a cause of their own, which change nothing. */
export const ASIDES = new Set(['superseded', 'verdict', 'confirmed']);

export const counters = property('counters', (books, fail) => {
  const tallies = new Map<LifeOf<TermLife>, Map<string, Tally>>();
  return {
    see(sight) {
      const { decision } = books;
      if (sight.what === 'term') {
        for (const of of books.followed) tallies.delete(of as LifeOf<TermLife>);
        const of = books.terms.get(sight.seat)!;
        tallies.set(of, countAll(of));
      }
      const tally = decision && tallies.get(decision.of);
      if (!tally) return;
      const touched = new Map<string, RunOf & { job: string }>();
      for (const { before, after } of decision.subs) {
        const { job, generation, hook } = (after ?? before)!;
        if (job === null || hook !== undefined) continue;
        const run = { job, generation };
        touched.set(runName(run), run);
        if (before) add(tally, before, -1);
        if (after) add(tally, after, 1);
      }
      for (const run of touched.values())
        checkRun(decision, run, tally.get(runName(run))!, sight.atMs, fail);
    },
  };
});

function countAll(of: LifeOf<TermLife>): Map<string, Tally> {
  const tally = new Map<string, Tally>();
  for (const row of rowsAfter(of.life.store, 0)) add(tally, row, 1);
  return tally;
}

function add(
  tallies: Map<string, Tally>,
  row: RunOf & { readonly state: keyof typeof countedAs },
  n: number,
): void {
  if (row.job === null || row.hook !== undefined) return;
  const name = runName(row);
  const tally = tallies.get(name) ?? {};
  tallies.set(name, tally);
  const as = countedAs[row.state];
  tally[as] = (tally[as] ?? 0) + n;
}

function checkRun(
  decision: Decision,
  run: RunOf & { readonly job: string },
  tally: Tally,
  atMs: number,
  fail: Fail,
): void {
  const { decided } = decision.of;
  const present = decided.get(key.job(run.job)) as unknown as JobRow | undefined;
  const isPresent = present?.generation === run.generation;
  const name = isPresent ? key.job(run.job) : key.run(run.job, run.generation);
  const row = decided.get(name) as unknown as JobRow | undefined;
  if (!row) return void fail(atMs, `Run ${run.generation} of "${run.job}" has no record.`);
  const say = (what: string, n: number, wanted: number) =>
    fail(atMs, `Run ${run.generation} of "${run.job}" counts ${n} ${what}, and ${wanted} are.`);
  for (const as of new Set(Object.values(countedAs))) {
    const wanted = tally[as] ?? 0;
    if (row.counts[as] !== wanted) say(as, row.counts[as], wanted);
  }
  const change = decision.changes.get(name);
  const before = (change?.before ?? null) as unknown as JobRow | null;
  const was = before?.generation === run.generation ? before.counts : undefined;
  const { retried, lost } = tried(decision, run);
  for (const [what, more] of [
    ['retried', retried],
    ['lost', lost],
  ] as const) {
    const wanted = ((change ? was : row.counts)?.[what] ?? 0) + (change ? more : 0);
    if (row.counts[what] !== wanted) say(what, row.counts[what], wanted);
  }
}

/** How many attempts of a turn have followed one that was started, or were lost. */
function tried({ facts, subs }: Decision, run: RunOf): { retried: number; lost: number } {
  const sum = { retried: 0, lost: 0 };
  for (const { birth, before, after } of subs) {
    if (after?.job !== run.job || after.generation !== run.generation || after.hook) continue;
    let state = before?.state;
    let cause: string | null = before?.context.cause ?? null;
    for (const fact of facts) {
      if (fact.birth !== birth) continue;
      if (fact.kind === 'assign' && fact.attempt! > 1 && cause !== 'neverStarted') sum.retried++;
      if (fact.kind === 'lost' && state && isInFlight({ ...after, state })) sum.lost++;
      if (!ASIDES.has(fact.kind)) cause = fact.cause ?? null;
      state = fact.state as typeof state;
    }
  }
  return sum;
}
