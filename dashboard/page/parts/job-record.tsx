/** The record of a job: where it came from, when it runs, its hooks, the runs before. */
import { Link } from 'wouter-preact';
import type { Tick } from '../../../actors/job-rules.ts';
import type { JobDetail } from '../../../actors/queries.ts';
import type { HookView, JobView } from '../../../actors/views.ts';
import { shownCount, shownDuration } from '../../../cli/shown.ts';
import { Card, Facts } from './card.tsx';
import { JobChip, SubChip } from './chip.tsx';
import { JobProgress, workPath } from './job-parts.tsx';
import { subPath } from './sub-parts.tsx';
import { Table, type Column } from './table.tsx';
import { Duration, Instant, Until } from './time.tsx';

export function JobRecord({ job }: { readonly job: JobDetail }) {
  return (
    <div class="grid">
      <Card
        title="Record"
        actions={
          <Link href={`/history?job=${encodeURIComponent(job.name)}`}>
            Its history, fact by fact
          </Link>
        }
      >
        <Facts
          items={[
            ['Source', <span class="mono">{job.source}</span>],
            ['Started', <Started job={job} />],
            ['Ended', job.endedAt === null ? null : <Instant at={job.endedAt} />],
            ['Took', <Duration ms={job.elapsedMs} />],
            ...(job.stoppedBy === null ? [] : [['Stopped by', job.stoppedBy] as const]),
            ...(job.ticks.length === 0
              ? []
              : ([
                  ['Runs', job.ticks.map(tickInWords).join('; ')],
                  ['Next run', <Until at={job.nextAt} />],
                  ['Skipped ticks', shownCount(job.skippedTicks)],
                ] as const)),
            ...hook('Before it', job.preJob),
            ...hook('After it', job.postJob),
            ['Its work', <Link href={workPath(job.name)}>all sub-transactions</Link>],
          ]}
        />
      </Card>
      {job.older.length > 0 && (
        <Card title="Runs before" note={shownCount(job.older.length)} isFlush>
          <Table
            label="Runs before this one"
            columns={runColumns}
            items={job.older}
            keyOf={({ generation }) => generation}
          />
        </Card>
      )}
    </div>
  );
}

const Started = ({ job }: { readonly job: JobView }) => (
  <>
    <Instant at={job.startedAt} /> by {job.startedBy}
  </>
);

const tickInWords = (tick: Tick): string =>
  'cron' in tick ? `at ${tick.cron} (${tick.timeZone})` : `every ${shownDuration(tick.everyMs)}`;

const hook = (name: string, view: HookView | null) =>
  view === null
    ? []
    : [
        [
          name,
          <>
            <SubChip state={view.state} /> <Link href={subPath(view.id)}>{view.id}</Link>
          </>,
        ] as const,
      ];

const runColumns: readonly Column<JobView>[] = [
  { head: 'Run', isNumber: true, cell: ({ generation }) => generation },
  { head: 'State', cell: ({ state }) => <JobChip state={state} /> },
  { head: 'Progress', isMain: true, cell: (job) => <JobProgress job={job} /> },
  { head: 'Failed', isNumber: true, isWide: true, cell: ({ failed }) => shownCount(failed) },
  { head: 'Began', cell: ({ startedAt }) => <Instant at={startedAt} /> },
  {
    head: 'Took',
    isNumber: true,
    isWide: true,
    cell: ({ elapsedMs }) => <Duration ms={elapsedMs} />,
  },
];
