/** Agents by severity, when they were away, and what nobody has told the end of. */
import { Link } from 'wouter-preact';
import type { AgentSummary } from '../../../actors/agent-queries.ts';
import type { OutageView } from '../../../actors/outages.ts';
import { shownCount } from '../../../cli/shown.ts';
import type { UnconfirmedDeath } from '../../server/overview.ts';
import { agentPath } from './agent-parts.tsx';
import { Chip, LivenessChip } from './chip.tsx';
import { JobLink } from './job-parts.tsx';
import { Empty } from './nothing.tsx';
import { bootInWords, tasksInWords } from './outage-words.ts';
import { subPath } from './sub-parts.tsx';
import { Table, type Column } from './table.tsx';
import { Ago, Duration, Instant, Since } from './time.tsx';

const agentColumns: readonly Column<AgentSummary>[] = [
  { head: 'Agent', isMain: true, cell: ({ id }) => <span class="name">{id}</span> },
  { head: 'State', cell: ({ liveness }) => <LivenessChip liveness={liveness} /> },
  {
    head: 'Tasks',
    isNumber: true,
    cell: ({ running, inFlight, slots }) => `${running ?? inFlight}/${slots}`,
  },
  { head: 'Lag', isNumber: true, isWide: true, cell: ({ lagMs }) => <Duration ms={lagMs} /> },
  { head: 'Heard', isNumber: true, cell: ({ heardAt }) => <Ago at={heardAt} /> },
];

export function WorstAgents({ items }: { readonly items: readonly AgentSummary[] }) {
  if (items.length === 0) {
    return (
      <Empty hint={<code>lifeline agent --nats URL --id a1</code>}>
        No agent has said hello yet. Start one:
      </Empty>
    );
  }
  return (
    <Table
      label="Agents, the worst first"
      columns={agentColumns}
      items={items}
      keyOf={({ id }) => id}
      hrefOf={({ id }) => agentPath(id)}
      more={moreOfAgent}
    />
  );
}

function moreOfAgent({ draining, leaving, deaf, unconfirmed }: AgentSummary) {
  const parts = [
    ...(draining ? ['is given nothing new: somebody drains it'] : []),
    ...(leaving ? ['is about to end'] : []),
    ...(deaf ? ['hears nothing of the controller'] : []),
    ...(unconfirmed > 0 ? [`${shownCount(unconfirmed)} not confirmed`] : []),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

function whatWasDecided(outage: OutageView): string {
  const { lost, toAt } = outage;
  if (toAt === null) return lost ? 'given up, and not back yet' : 'nothing yet: it is not back';
  return [
    lost ? 'given up' : '',
    bootInWords(outage),
    tasksInWords(outage) || 'it held nothing that had to be decided',
  ]
    .filter(Boolean)
    .join(', ');
}

const outageColumns: readonly Column<OutageView>[] = [
  { head: 'Agent', cell: ({ agent }) => <Link href={agentPath(agent)}>{agent}</Link> },
  { head: 'From', cell: ({ fromAt }) => <Instant at={fromAt} /> },
  {
    head: 'To',
    isWide: true,
    cell: ({ toAt, lost }) =>
      toAt === null ? (
        <Chip tone="bad" icon={lost ? 'failed' : 'cut'}>
          {lost ? 'given up' : 'away'}
        </Chip>
      ) : (
        <Instant at={toAt} />
      ),
  },
  {
    head: 'Silent',
    isNumber: true,
    cell: ({ fromAt, toAt, silentMs }) =>
      toAt === null ? <Since at={fromAt} /> : <Duration ms={silentMs} />,
  },
  {
    head: 'What was decided then',
    isMain: true,
    isWide: true,
    cell: (outage) => <span class="muted">{whatWasDecided(outage)}</span>,
  },
];

interface OutageListProps {
  readonly items: readonly OutageView[];
  /** An agent of which nothing is heard now, and which may not be on record yet. */
  readonly silent: string | undefined;
}

export function OutageList({ items, silent }: OutageListProps) {
  if (items.length === 0) {
    return silent === undefined ? (
      <Empty>No agent was away as far back as the record goes.</Empty>
    ) : (
      <Empty>{silent} is silent now; before that no agent was away.</Empty>
    );
  }
  return (
    <Table
      label="Last outages"
      columns={outageColumns}
      items={items}
      keyOf={({ n }) => n}
      hrefOf={({ agent }) => agentPath(agent)}
    />
  );
}

const unconfirmedColumns: readonly Column<UnconfirmedDeath>[] = [
  { head: 'Sub-transaction', isMain: true, cell: ({ id }) => <span class="mono">{id}</span> },
  { head: 'Attempt', isNumber: true, isWide: true, cell: ({ attempt }) => attempt },
  { head: 'Agent', cell: ({ agent }) => <Link href={agentPath(agent)}>{agent}</Link> },
  { head: 'Job', isWide: true, cell: ({ job }) => <JobLink name={job} /> },
  { head: 'Given up', isNumber: true, cell: ({ givenUpAt }) => <Ago at={givenUpAt} /> },
];

export function UnconfirmedList({ items }: { readonly items: readonly UnconfirmedDeath[] }) {
  return (
    <Table
      label="Attempts whose end nobody has told"
      columns={unconfirmedColumns}
      items={items}
      keyOf={({ id, attempt }) => `${id} ${attempt}`}
      hrefOf={({ id }) => subPath(id)}
    />
  );
}
