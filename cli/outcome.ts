/** How a run of a job ended, for people and programs: counts, what failed and why, and the exit code. */
import type { JobView, SubTransactionView } from '../actors/views.ts';
import type { Api } from './api-client.ts';
import { exitCodes } from './failure.ts';
import { harmless } from './screen.ts';
import { counted, shownCount, shownDuration } from './shown.ts';
import { subTransactions } from './sub-transactions.ts';

/** Failures that are named one by one. */
const MOST_NAMED = 10;

/** One sub-transaction that did not end well. */
export interface Unwell {
  readonly id: string;
  readonly state: 'failed' | 'parked' | 'cancelled';
  readonly cause: string | null;
  /** What its handler said; null for a parked one. */
  readonly message: string | null;
}

/** The first ten of a run that failed, were parked or cancelled. */
export async function firstUnwell(
  api: Pick<Api, 'get'>,
  { name, generation, failed, parked, cancelled }: JobView,
): Promise<readonly Unwell[]> {
  if (failed + parked + cancelled === 0) return [];
  const found: Unwell[] = [];
  const state = 'failed,parked,cancelled';
  for await (const sub of subTransactions(api, { job: name, generation, state })) {
    const { id, birth, cause } = sub;
    // The next run may have the id by now.
    const view = await api.get<SubTransactionView>(`/api/v1/sub-transactions/${id}`);
    const message = view.birth === birth ? (view.failure?.message ?? null) : null;
    found.push({ id, state: sub.state as Unwell['state'], cause, message });
    if (found.length === MOST_NAMED) break;
  }
  return found;
}

export const jobExitCode = (job: JobView): number =>
  job.state === 'finished' &&
  job.failed + job.parked + job.cancelled === 0 &&
  (job.postJob === null || job.postJob.state === 'done')
    ? exitCodes.done
    : exitCodes.someFailed;

/** `run-1a2b3c4d: 998 of 1,000 done, 2 failed, in 12.3 s` */
export function jobLine(job: JobView): string {
  const parts = [
    `${shownCount(job.done)} of ${counted(job.total ?? 0, 'task')} done`,
    ...(
      [
        ['failed', job.failed],
        ['parked', job.parked],
        ['cancelled', job.cancelled],
        ['retried', job.retried],
      ] as const
    ).flatMap(([word, n]) => (n > 0 ? [`${shownCount(n)} ${word}`] : [])),
    ...(['preJob', 'postJob'] as const).flatMap((kind) => {
      const hook = job[kind];
      return hook === null || hook.state === 'done' ? [] : [`its ${kind} hook ${hook.state}`];
    }),
    ...(job.state === 'stopped' ? ['stopped'] : []),
    `in ${shownDuration(job.elapsedMs)}`,
  ];
  return `${job.name}: ${parts.join(', ')}`;
}

/** Another attempt comes to rest at the same step until somebody has decided on that. */
const waysOut = (id: string, cause: string | null): string =>
  cause === 'onceUnknown'
    ? `\`lifeline decide ${id} --done\` or \`--redo\``
    : `\`lifeline retry ${id}\`, \`lifeline accept ${id}\` or \`lifeline give-up ${id}\``;

/** A line for each, and what to do. */
export function unwellLines(job: JobView, unwell: readonly Unwell[]): readonly string[] {
  const lines = unwell.map(({ id, state, cause, message }) => {
    const why = [cause, message && harmless(message)].filter((part) => part).join(': ');
    const todo = `; decide with ${waysOut(id, cause)}`;
    return `${state}  ${id}  ${why}${state === 'parked' ? todo : ''}`;
  });
  const left = job.failed + job.parked + job.cancelled - unwell.length;
  return left > 0
    ? [
        ...lines,
        `and ${shownCount(left)} more; \`lifeline history --job ${job.name}\` has them all`,
      ]
    : lines;
}
