/** What an ingest has done, or would have done, for people. */
import type { IngestCounts, IngestSummary } from '../dashboard/server/ingest-summary.ts';
import { bytesOfName, shownName } from '../handlers/raw-name.ts';
import { counted, shownBytes, shownCount } from './shown.ts';

export function summaryLines(summary: IngestSummary): readonly string[] {
  const { skipped, skippedCount, dryRun, trees } = summary;
  const left = skippedCount - skipped.length;
  return [
    ...(dryRun ? ['Dry run: nothing was written or deleted. It would have been:'] : []),
    countsLine(summary),
    ...trees.map((tree) => `  ${tree.source} to ${tree.target}: ${countsLine(tree)}`),
    ...(skippedCount > 0 ? [`${counted(skippedCount, 'entry', 'entries')} left out:`] : []),
    ...skipped.map(({ path, why }) => `  ${shownName(bytesOfName(path)) || '.'}: ${why}`),
    ...(left > 0 ? [`  and ${shownCount(left)} more`] : []),
  ];
}

/** Modes, exclusions and deletions are told where there were any. */
function countsLine(counts: IngestCounts): string {
  const { copied, appended, bytes, unchanged, links, directories, excluded, deleted } = counts;
  return [
    `${counted(copied, 'file')} copied (${shownBytes(bytes)})`,
    ...(appended > 0 ? [`${shownCount(appended)} appended to`] : []),
    `${shownCount(unchanged)} unchanged`,
    `${counted(links, 'link')} made`,
    counted(directories, 'directory', 'directories'),
    ...(excluded > 0 ? [`${shownCount(excluded)} excluded`] : []),
    ...(deleted > 0 ? [`${shownCount(deleted)} deleted`] : []),
  ].join(', ');
}
