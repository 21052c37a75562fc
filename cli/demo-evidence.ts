/** What the demo proves, read back from disk after everything has ended: trees, journals, counts. */
import type { Clock } from '../actors/clock.ts';
import { explain, type Sentence } from '../actors/explain.ts';
import type { Recorded } from '../actors/facts.ts';
import { history } from '../actors/history.ts';
import { showJob } from '../actors/queries.ts';
import type { FactView, JobView } from '../actors/views.ts';
import { verifyTree, type Comparison } from '../handlers/ingest-verify.ts';
import { join } from 'node:path';
import type { Cut } from './demo-cut.ts';
import { openIdle } from './controller-store.ts';
import { sumResults, type IngestSummary } from '../dashboard/server/ingest-summary.ts';
import { countStarts } from './count-starts.ts';
import type { SeededTree } from './seed-tree.ts';
import { counted } from './shown.ts';

export interface Evidence {
  readonly job: JobView;
  readonly summary: IngestSummary;
  readonly comparison: Comparison;
  readonly verifiedMs: number;
  /** Facts about agents, in order. */
  readonly timeline: readonly FactView[];
  /** Starts of fences over all agents, and how many of them were not the first of theirs. */
  readonly starts: number;
  readonly startedAgain: number;
  /** One task that was running at the agent that was cut off. */
  readonly explained: { readonly id: string; readonly sentences: readonly Sentence[] } | null;
  /** What did not turn out as it should, as sentences. Empty: all is proven. */
  readonly flaws: readonly string[];
}

const FACTS_MAX = 10_000;
const TOLD = [
  'agent.boot', 'agent.suspect', 'agent.repeat', 'agent.answered', 'agent.lost', 'agent.reconciling',
  'agent.reconciled', 'agent.connected',
]; // prettier-ignore

export async function examine(
  about: {
    readonly source: string;
    readonly target: string;
    readonly data: string;
    readonly agents: readonly string[];
    readonly job: string;
    readonly tree: SeededTree;
    readonly cut: Cut | undefined;
  },
  clock: Clock,
): Promise<Evidence> {
  const { cut, tree } = about;
  const verifiedFrom = clock.elapsed();
  const comparison = await verifyTree(about.source, about.target);
  const verifiedMs = clock.elapsed() - verifiedFrom;
  const starts = await countStarts(about.agents.map((id) => join(about.data, id)));
  const store = await openIdle(about.data);
  try {
    const job = showJob(store, about.job, clock.now());
    const summary = sumResults(store, job);
    const timeline = history(store, { kinds: TOLD, limit: FACTS_MAX }).items;
    const id = tellingOf(store, cut?.running ?? []);
    const explained = id === undefined ? null : { id, sentences: explain(store, id) };
    const found = { job, summary, comparison, verifiedMs, timeline, ...starts, explained };
    return { ...found, flaws: flawsOf(found, tree, cut) };
  } finally {
    await store.close();
  }
}

/** The task with the most to tell: one that both sides had to compare notes on. */
const tellingOf = (store: Recorded, ids: readonly string[]): string | undefined =>
  ids.find((id) => history(store, { subject: id, kinds: ['verdict'] }).items.length > 0) ?? ids[0];

/** What did not turn out as it should. */
export function flawsOf(
  found: Omit<Evidence, 'flaws'>,
  tree: SeededTree,
  cut: Cut | undefined,
): readonly string[] {
  const { job, summary, comparison, timeline, starts, startedAgain } = found;
  const saw = (kind: string) =>
    timeline.some((fact) => fact.kind === kind && fact.agent === cut?.agent);
  const flaws: [boolean, string][] = [
    [cut === undefined, 'The work was over before the link could be cut: give more --files.'],
    [cut !== undefined && !saw('agent.suspect'), 'The agent that was cut off was never suspected.'],
    [cut !== undefined && !saw('agent.repeat'), 'No request to it was ever sent again.'],
    [cut !== undefined && !saw('agent.reconciled'), 'It was never reconciled.'],
    [job.state !== 'finished', `The job is ${job.state}, not finished.`],
    [
      job.done !== job.total,
      `${counted((job.total ?? 0) - job.done, 'task')} did not end as done.`,
    ],
    [comparison.differenceCount > 0, `The trees differ: ${comparison.differences[0]}.`],
    [comparison.files !== tree.files, `${comparison.files} of ${tree.files} files were compared.`],
    [summary.copied !== tree.files, `${summary.copied} copies were made of ${tree.files} files.`],
    [startedAgain > 0, `${counted(startedAgain, 'attempt')} of ${starts} were started again.`],
  ];
  return flaws.filter(([isFlaw]) => isFlaw).map(([, sentence]) => sentence);
}
