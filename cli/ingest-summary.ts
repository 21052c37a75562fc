/** What an ingest has done, for people. */
import type { IngestSummary } from '../dashboard/server/ingest-summary.ts';
import { bytesOfName, shownName } from '../handlers/raw-name.ts';
import { counted, shownBytes, shownCount } from './shown.ts';

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
