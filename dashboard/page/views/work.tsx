/** All work, in the states and of the job that somebody asks for; the newest first. */
import { useLocation } from 'wouter-preact';
import { causeInWords } from '../../../actors/cause-codes.ts';
import type { SubTransactionSummary } from '../../../actors/views.ts';
import type { SubTransactionState } from '../../../machines/sub-transaction.ts';
import { shownCount } from '../../../cli/shown.ts';
import type { MachineView } from '../../server/machines.ts';
import { useLive } from '../live.ts';
import { AgentLink } from '../parts/agent-parts.tsx';
import { Card } from '../parts/card.tsx';
import { SubChip, subLooks } from '../parts/chip.tsx';
import { Head } from '../parts/head.tsx';
import { JobLink } from '../parts/job-parts.tsx';
import { LookFurther } from '../parts/look-further.tsx';
import { Empty, Shown } from '../parts/nothing.tsx';
import { SubLink, subPath } from '../parts/sub-parts.tsx';
import { Pager, Table, type Column } from '../parts/table.tsx';
import { Instant } from '../parts/time.tsx';
import type { ViewProps } from '../routes.ts';
import '../styles/lists.css';

interface Page {
  readonly items: readonly SubTransactionSummary[];
  readonly next: number | null;
}

/** What people ask for, each a set of states. */
const GROUPS: readonly (readonly [string, string])[] = [
  ['all', ''],
  ['out at agents', 'sent,received,inProgress,idle,cancelling'],
  ['queued', 'queued'],
  ['waiting', 'waiting'],
  ['parked', 'parked'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
  ['done', 'done'],
];

const columns: readonly Column<SubTransactionSummary>[] = [
  { head: 'Sub-transaction', isMain: true, cell: ({ id }) => <SubLink id={id} /> },
  {
    head: 'State',
    width: 112,
    cell: ({ state, cause }) => (
      <span title={cause === null ? undefined : causeInWords(cause)}>
        <SubChip state={state} />
      </span>
    ),
  },
  {
    head: 'Why',
    isWide: true,
    cell: ({ cause }) =>
      cause === null ? (
        <span class="faint">–</span>
      ) : (
        <span title={causeInWords(cause)}>{cause}</span>
      ),
  },
  { head: 'Job', isWide: true, cell: ({ job }) => <JobLink name={job} /> },
  { head: 'Handler', isWide: true, cell: ({ handler }) => handler },
  { head: 'Agent', width: 72, isWide: true, cell: ({ agent }) => <AgentLink id={agent} /> },
  { head: 'Attempt', isNumber: true, isWide: true, cell: ({ attempt }) => attempt },
  {
    head: 'Handed in',
    isWide: true,
    cell: ({ acceptedAt }) => <Instant at={acceptedAt} />,
  },
  {
    head: 'Since',
    width: 96,
    cell: ({ endedAt, parkedAt, startedAt, sentAt, acceptedAt }) => (
      <Instant at={endedAt ?? parkedAt ?? startedAt ?? sentAt ?? acceptedAt} />
    ),
  },
];

export function Work({ query }: ViewProps) {
  const [, go] = useLocation();
  const [states, job, order] = [
    query.get('state') ?? '',
    query.get('job') ?? '',
    query.get('order'),
  ];
  const generation = query.get('generation') ?? '';
  const after = query.get('after');
  const isNewest = order !== 'oldest';
  const filters = {
    ...(states && { state: states }),
    ...(job && { job }),
    ...(job && generation && { generation }),
  };
  const asked = new URLSearchParams({
    ...filters,
    ...(isNewest && { newest: 'true' }),
    ...(after !== null && { after }),
  });
  const live = useLive<Page>(`sub-transactions?${asked.toString()}`, {
    about: (fact) => fact.about !== 'agent' && (job === '' || fact.job === job),
  });
  const to = (change: Readonly<Record<string, string>>, replace = false) => {
    const next = { ...filters, ...(isNewest ? {} : { order: 'oldest' }), ...change };
    const kept = Object.entries(next).filter(([, value]) => value !== '');
    go(`/sub-transactions?${new URLSearchParams(kept).toString()}`, { replace });
  };
  return (
    <>
      <Head title="Work" lead={leadOf(states, job)} />
      <States states={states} job={job} onChange={to} />
      <Filters key={`${job} ${isNewest}`} job={job} isNewest={isNewest} onChange={to} />
      <Card title="Sub-transactions" isFlush>
        <Shown live={live}>
          {({ items, next }) => (
            <>
              {items.length === 0 && next === null && after === null && (
                <None isAll={asked.size <= 1} />
              )}
              {items.length > 0 && (
                <Table
                  label="Sub-transactions"
                  columns={columns}
                  items={items}
                  keyOf={({ birth }) => birth}
                  hrefOf={({ id }) => subPath(id)}
                />
              )}
              <LookFurther
                isShort={items.length === 0}
                next={next}
                onNext={() => to({ after: String(next) }, true)}
              />
              <Pager
                next={next}
                onNext={() => to({ after: String(next) })}
                onFirst={after === null ? undefined : () => to({})}
              >
                {isNewest ? 'The newest first.' : 'In the order in which it was handed in.'}
              </Pager>
            </>
          )}
        </Shown>
      </Card>
    </>
  );
}

interface StatesProps {
  readonly states: string;
  /** '': of all. */
  readonly job: string;
  readonly onChange: (change: Readonly<Record<string, string>>) => void;
}

function States({ states, job, onChange }: StatesProps) {
  const all = useLive<MachineView>(job === '' ? 'machines/subTransaction' : null, {
    everyMs: 5_000,
  });
  const counts = job === '' ? all.data?.counts : undefined;
  return (
    <div class="choices" role="group" aria-label="Only what is">
      {GROUPS.map(([text, group]) => (
        <button
          key={text}
          type="button"
          class="button small"
          aria-pressed={states === group}
          onClick={() => onChange({ state: group })}
        >
          {text} {counts && <span class="count">{shownCount(countOf(counts, group))}</span>}
        </button>
      ))}
    </div>
  );
}

function countOf(counts: MachineView['counts'], group: string): number {
  const states = group === '' ? Object.keys(counts) : group.split(',');
  return states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
}

interface FiltersProps {
  readonly job: string;
  readonly isNewest: boolean;
  readonly onChange: (change: Readonly<Record<string, string>>) => void;
}

function Filters({ job, isNewest, onChange }: FiltersProps) {
  return (
    <form
      class="filters"
      onSubmit={(event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget).get('job');
        onChange({ job: typeof given === 'string' ? given.trim() : '', generation: '' });
      }}
    >
      <label class="field">
        <span>Of the job</span>
        <input type="search" name="job" defaultValue={job} placeholder="any" />
      </label>
      <label class="field">
        <span>Order</span>
        <select
          value={isNewest ? 'newest' : 'oldest'}
          onChange={(event) =>
            onChange({ order: event.currentTarget.value === 'oldest' ? 'oldest' : '' })
          }
        >
          <option value="newest">newest first</option>
          <option value="oldest">as handed in</option>
        </select>
      </label>
      <button type="submit" class="button">
        Show
      </button>
    </form>
  );
}

function None({ isAll }: { readonly isAll: boolean }) {
  return isAll ? (
    <Empty
      hint={
        <>
          Hand some in: <code>lifeline run -- echo hello</code>, or{' '}
          <code>lifeline run work.ndjson</code>.
        </>
      }
    >
      No work has been handed in yet.
    </Empty>
  ) : (
    <Empty hint="Choose “all” above, or leave the job empty.">Nothing is like that now.</Empty>
  );
}

function leadOf(states: string, job: string): string {
  const named = GROUPS.find(([, group]) => group === states)?.[0];
  const words = states
    .split(',')
    .map((state) => subLooks[state as SubTransactionState]?.text ?? state)
    .join(', ');
  const what = states === '' ? 'All work' : `Work that is ${named ?? words}`;
  return job === '' ? `${what}.` : `${what}, of the job ${job}.`;
}
