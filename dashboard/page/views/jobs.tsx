/** All jobs: those that run, those that run again, those that are over. */
import { useState } from 'preact/hooks';
import type { JobView } from '../../../actors/views.ts';
import { shownCount } from '../../../cli/shown.ts';
import { useLive } from '../live.ts';
import { Card } from '../parts/card.tsx';
import { JobChip } from '../parts/chip.tsx';
import { Head } from '../parts/head.tsx';
import { isBlocked, JobProgress, jobPath, JobRate, Obstacle } from '../parts/job-parts.tsx';
import { Empty, Shown } from '../parts/nothing.tsx';
import { Pager, Table, type Column } from '../parts/table.tsx';
import { Duration, Instant, Until } from '../parts/time.tsx';

type Group = 'singlepass' | 'periodic' | 'stopped' | 'finished';
type JobLists = Readonly<Record<Group, readonly JobView[]>> & {
  /** Name of the last job of this page; null: there are no others. */
  readonly next: string | null;
};

const GROUPS: readonly (readonly [Group, string])[] = [
  ['singlepass', 'Running'],
  ['periodic', 'Periodic'],
  ['stopped', 'Stopped'],
  ['finished', 'Finished'],
];

export function Jobs() {
  const [after, setAfter] = useState('');
  const path = after === '' ? 'jobs' : `jobs?after=${encodeURIComponent(after)}`;
  const live = useLive<JobLists>(path, { about: ({ job }) => job !== null, everyMs: 5_000 });
  const [part, setPart] = useState('');
  const wanted = (jobs: readonly JobView[]) => jobs.filter(({ name }) => name.includes(part));
  return (
    <>
      <Head
        title="Jobs"
        lead={live.data && sentenceOn(live.data)}
        actions={
          <input
            type="search"
            placeholder="Part of a name"
            aria-label="Only jobs with this in their name"
            value={part}
            onInput={(event) => setPart(event.currentTarget.value)}
          />
        }
      />
      <Shown live={live}>
        {(lists) => (
          <div class="stack">
            {GROUPS.every(([group]) => lists[group].length === 0) && (
              <Empty
                hint={
                  <>
                    Start one: <code>lifeline ingest SRC DST</code> copies a tree,{' '}
                    <code>lifeline run work.ndjson</code> runs commands.
                  </>
                }
              >
                No job has been started yet.
              </Empty>
            )}
            {GROUPS.map(([group, title]) => {
              const jobs = wanted(lists[group]);
              if (jobs.length === 0) return null;
              return (
                <Card key={group} title={title} note={shownCount(jobs.length)} isFlush>
                  <JobTable label={`${title} jobs`} jobs={jobs} group={group} at={live.at} />
                </Card>
              );
            })}
            <Pager
              next={lists.next}
              onNext={() => setAfter(lists.next ?? '')}
              onFirst={after === '' ? undefined : () => setAfter('')}
            />
          </div>
        )}
      </Shown>
    </>
  );
}

function sentenceOn({ singlepass, periodic, stopped, finished }: JobLists): string {
  const unended = [...singlepass, ...periodic];
  const going = unended.filter(({ state }) => state !== 'resting').length;
  const over = stopped.length + finished.length;
  const blocked = unended.filter(isBlocked).length;
  const parts = [
    going === 0 ? 'No job is running' : `${going} ${going === 1 ? 'job is' : 'jobs are'} running`,
    ...(blocked > 0 ? [`something stands in the way of ${blocked}`] : []),
    ...(over > 0 ? [`${over} ${over === 1 ? 'is' : 'are'} over`] : []),
  ];
  return `${parts.join('; ')}.`;
}

export interface JobTableProps {
  readonly label: string;
  readonly jobs: readonly JobView[];
  readonly group: Group | 'active';
  /** When the jobs were told. */
  readonly at: number | null;
}

export function JobTable({ label, jobs, group, at }: JobTableProps) {
  const isOver = group === 'stopped' || group === 'finished';
  const columns: readonly Column<JobView>[] = [
    { head: 'Job', isMain: true, cell: ({ name }) => <span class="name">{name}</span> },
    { head: 'State', width: 104, cell: ({ state }) => <JobChip state={state} /> },
    { head: 'Progress', width: 108, cell: (job) => <JobProgress job={job} /> },
    {
      head: 'Failed',
      width: 60,
      isNumber: true,
      isWide: true,
      cell: ({ failed }) => <Count n={failed} />,
    },
    {
      head: 'Parked',
      width: 60,
      isNumber: true,
      isWide: true,
      cell: ({ parked }) => <Count n={parked} />,
    },
    ...(isOver ? [] : [rateColumn(at)]),
    ...(group === 'active' ? [] : [tookColumn, whenColumns[group]]),
  ];
  return (
    <Table
      label={label}
      columns={columns}
      items={jobs}
      keyOf={({ name }) => name}
      hrefOf={({ name }) => jobPath(name)}
      more={(job) => (job.obstacle ? <Obstacle job={job} /> : null)}
    />
  );
}

const rateColumn = (at: number | null): Column<JobView> => ({
  head: 'Rate',
  width: 76,
  isNumber: true,
  isWide: true,
  cell: (job) => <JobRate job={job} at={at} />,
});

const tookColumn: Column<JobView> = {
  head: 'Took',
  width: 96,
  isNumber: true,
  isWide: true,
  cell: ({ elapsedMs }) => <Duration ms={elapsedMs} />,
};

const endedColumn: Column<JobView> = {
  head: 'Ended',
  width: 112,
  isWide: true,
  cell: ({ endedAt }) => <Instant at={endedAt} />,
};

const whenColumns: Readonly<Record<Group, Column<JobView>>> = {
  singlepass: {
    head: 'Started',
    width: 112,
    isWide: true,
    cell: ({ startedAt }) => <Instant at={startedAt} />,
  },
  periodic: { head: 'Next', width: 112, isWide: true, cell: ({ nextAt }) => <Until at={nextAt} /> },
  stopped: endedColumn,
  finished: endedColumn,
};

const Count = ({ n }: { readonly n: number }) =>
  n === 0 ? <span class="faint">0</span> : <strong>{shownCount(n)}</strong>;
