/** What of a job runs now, and what failed of it with the reason that it gave. */
import { Link } from 'wouter-preact';
import { causeInWords } from '../../../actors/cause-codes.ts';
import type { JobView, SubTransactionSummary, SubTransactionView } from '../../../actors/views.ts';
import { useLive } from '../live.ts';
import { Card } from './card.tsx';
import { SubChip } from './chip.tsx';
import { workPath } from './job-parts.tsx';
import { Empty, Shown } from './nothing.tsx';
import { subPath } from './sub-parts.tsx';
import { Table, type Column } from './table.tsx';
import { Instant, Since } from './time.tsx';

interface Page {
  readonly items: readonly SubTransactionSummary[];
}

/** Of each list; all of them are one link away. */
const SHOWN = 8;
const OUT = 'sent,received,inProgress,idle,cancelling';

const columns: readonly Column<SubTransactionSummary>[] = [
  { head: 'Sub-transaction', isMain: true, cell: ({ id }) => <span class="mono">{id}</span> },
  { head: 'State', cell: ({ state }) => <SubChip state={state} /> },
  {
    head: 'Agent',
    isWide: true,
    cell: ({ agent }) =>
      agent === null ? (
        <span class="faint">–</span>
      ) : (
        <Link href={`/agents/${encodeURIComponent(agent)}`}>{agent}</Link>
      ),
  },
  { head: 'Attempt', isNumber: true, isWide: true, cell: ({ attempt }) => attempt },
];

const runningColumns: readonly Column<SubTransactionSummary>[] = [
  ...columns,
  {
    head: 'For',
    isNumber: true,
    cell: ({ startedAt, sentAt, acceptedAt }) => <Since at={startedAt ?? sentAt ?? acceptedAt} />,
  },
];

const failedColumns: readonly Column<SubTransactionSummary>[] = [
  ...columns,
  { head: 'Ended', isWide: true, cell: ({ endedAt }) => <Instant at={endedAt} /> },
];

export function JobWork({ job }: { readonly job: JobView }) {
  const { name, failed, generation } = job;
  const isOver = job.endedAt !== null;
  return (
    <div class="grid">
      {!isOver && (
        <WorkCard job={job} title="Out at agents" states={OUT} columns={runningColumns} />
      )}
      {failed > 0 && (
        <WorkCard
          key={`${name} ${generation}`}
          job={job}
          title="Failed"
          states="failed"
          columns={failedColumns}
        />
      )}
      {job.parked > 0 && (
        <WorkCard job={job} title="Waiting for a decision" states="parked" columns={columns} />
      )}
    </div>
  );
}

interface WorkCardProps {
  readonly job: JobView;
  readonly title: string;
  readonly states: string;
  readonly columns: readonly Column<SubTransactionSummary>[];
}

function WorkCard({ job: { name, generation }, title, states, columns: shown }: WorkCardProps) {
  const path = `sub-transactions?job=${encodeURIComponent(name)}&generation=${generation}&state=${states}&limit=${SHOWN}`;
  const live = useLive<Page>(path, { about: ({ job }) => job === name });
  const all =
    states === 'parked' ? `/parked?job=${encodeURIComponent(name)}` : workPath(name, states);
  return (
    <Card title={title} isFlush actions={<Link href={all}>All of them</Link>}>
      <Shown live={live}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>Nothing of it at the moment.</Empty>
          ) : (
            <Table
              label={title}
              columns={shown}
              items={items}
              keyOf={({ birth }) => birth}
              hrefOf={({ id }) => subPath(id)}
              more={(item) =>
                item.state === 'failed' || item.state === 'parked' ? <Reason of={item} /> : null
              }
            />
          )
        }
      </Shown>
    </Card>
  );
}

/** What it said when it failed, else what its cause means. */
function Reason({ of: { id, cause } }: { readonly of: SubTransactionSummary }) {
  const { data } = useLive<SubTransactionView>(`sub-transactions/${encodeURIComponent(id)}`, {
    about: (fact) => fact.id === id,
  });
  const message = data?.failure?.message;
  return <>{message || (cause === null ? 'No reason is recorded.' : causeInWords(cause))}</>;
}
