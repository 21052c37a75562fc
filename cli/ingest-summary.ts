/** What an ingest has done, added up from the results of its sub-transactions, before a crash and after. */
import type { Recorded } from '../actors/facts.ts';
import { listSubTransactions, outcomeOf } from '../actors/queries.ts';
import type { JobView } from '../actors/views.ts';
import type { IngestResult, Skipped } from '../handlers/ingest-items.ts';
import { bytesOfName, shownName } from '../handlers/raw-name.ts';
import { counted, shownBytes, shownCount } from './shown.ts';

/** Entries left out that are named. */
const MOST_NAMED = 10;

/** Files, links and directories by what became of them. */
export type IngestSummary = Omit<IngestResult, 'times'>;

/** Adds up a run; what failed has done a part of its work, which counts. */
export function sumResults(store: Recorded, { name, generation }: JobView): IngestSummary {
  const sum = { copied: 0, bytes: 0, unchanged: 0, links: 0, directories: 0, skippedCount: 0 };
  const skipped: Skipped[] = [];
  const states = ['done', 'failed'] as const;
  for (const { birth } of listSubTransactions(store, { job: name, generation, states })) {
    const outcome = outcomeOf(store, birth);
    if (!outcome) continue;
    const told = outcome.state === 'done' ? outcome.result : outcome.failure.detail;
    const result = told as Partial<IngestResult> | null;
    for (const field of Object.keys(sum) as (keyof typeof sum)[])
      sum[field] += result?.[field] ?? 0;
    skipped.push(...(result?.skipped ?? []).slice(0, MOST_NAMED - skipped.length));
  }
  return { ...sum, skipped };
}

export function summaryLines(summary: IngestSummary): readonly string[] {
  const { copied, bytes, unchanged, links, directories, skipped, skippedCount } = summary;
  const parts = [
    `${counted(copied, 'file')} copied (${shownBytes(bytes)})`,
    `${shownCount(unchanged)} unchanged`,
    `${counted(links, 'link')} made`,
    counted(directories, 'directory', 'directories'),
  ];
  const left = skippedCount - skipped.length;
  return [
    parts.join(', '),
    ...(skippedCount > 0 ? [`${counted(skippedCount, 'entry', 'entries')} left out:`] : []),
    ...skipped.map(({ path, why }) => `  ${shownName(bytesOfName(path))}: ${why}`),
    ...(left > 0 ? [`  and ${shownCount(left)} more`] : []),
  ];
}
