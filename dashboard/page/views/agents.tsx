/** All agents, the worst first: who needs somebody, who works, who is free. */
import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import type { AgentSummary } from '../../../actors/agent-queries.ts';
import type { Liveness } from '../../../actors/views.ts';
import { counted, shownCount, shownDuration } from '../../../cli/shown.ts';
import { useLive } from '../live.ts';
import {
  AgentLink,
  agentPath,
  bySeverity,
  livenessSentence,
  SEVERITY,
} from '../parts/agent-parts.tsx';
import { Card } from '../parts/card.tsx';
import { ConnectionChip, LivenessChip, livenessLooks } from '../parts/chip.tsx';
import { Head } from '../parts/head.tsx';
import { Empty, Shown } from '../parts/nothing.tsx';
import { Pager, Table, type Column } from '../parts/table.tsx';
import { Ago } from '../parts/time.tsx';
import type { ViewProps } from '../routes.ts';
import '../styles/lists.css';

interface AgentPage {
  readonly items: readonly AgentSummary[];
  readonly next: string | null;
}

/** Rows that are shown at a time: a thousand would make each second's refresh slow. */
const ROWS = 100;
/** With so many agents the list is asked for less often. */
const MANY = 200;

const columns: readonly Column<AgentSummary>[] = [
  { head: 'Agent', width: 96, cell: ({ id }) => <AgentLink id={id} /> },
  { head: 'Is', width: 104, cell: ({ liveness }) => <LivenessChip liveness={liveness} /> },
  {
    head: 'Connection',
    width: 112,
    isWide: true,
    cell: ({ connection }) => <ConnectionChip state={connection} />,
  },
  {
    head: 'Handlers',
    isMain: true,
    isWide: true,
    cell: ({ handlers }) => <span class="muted">{handlers.join(', ')}</span>,
  },
  {
    head: 'Running',
    isNumber: true,
    isWide: true,
    cell: ({ running, slots }) => (
      <>
        {running ?? <span class="faint">–</span>}
        <span class="faint"> / {slots}</span>
      </>
    ),
  },
  { head: 'Out', isNumber: true, isWide: true, cell: ({ inFlight }) => shownCount(inFlight) },
  { head: 'Waiting', isNumber: true, isWide: true, cell: ({ waiting }) => waiting ?? '–' },
  { head: 'Lag', isNumber: true, isWide: true, cell: ({ lagMs }) => <Lag ms={lagMs} /> },
  {
    head: 'Unconfirmed',
    isNumber: true,
    isWide: true,
    cell: ({ unconfirmed }) =>
      unconfirmed === 0 ? <span class="faint">0</span> : <strong>{shownCount(unconfirmed)}</strong>,
  },
  { head: 'Boot', isNumber: true, isWide: true, cell: ({ boot }) => boot },
  { head: 'Last word', width: 92, isNumber: true, cell: ({ heardAt }) => <Ago at={heardAt} /> },
];

const Lag = ({ ms }: { readonly ms: number | null }) =>
  ms === null ? <span class="faint">–</span> : <>{shownDuration(ms)}</>;

export function Agents({ query }: ViewProps) {
  const [, go] = useLocation();
  const wanted = query.get('liveness') as Liveness | null;
  const after = query.get('after');
  const parts = [wanted && `liveness=${wanted}`, after && `after=${encodeURIComponent(after)}`];
  const asked = parts.filter(Boolean).join('&');
  const [count, setCount] = useState(0);
  const live = useLive<AgentPage>(`agents${asked && `?${asked}`}`, {
    about: (fact) => fact.about === 'agent',
    everyMs: count > MANY ? 10_000 : 2_000,
  });
  if (live.data && live.data.items.length !== count) setCount(live.data.items.length);
  const to = (next: Readonly<Record<string, string>>) =>
    go(
      `/agents?${new URLSearchParams({ ...(wanted ? { liveness: wanted } : {}), ...next }).toString()}`,
    );
  return (
    <>
      <Head title="Agents" lead={live.data && sentenceOn(live.data, wanted)} />
      <LivenessFilter wanted={wanted} />
      <Shown live={live}>
        {(page) => (
          <AgentList
            key={`${wanted} ${after}`}
            page={page}
            wanted={wanted}
            onNext={() => to({ after: page.next! })}
            onFirst={after === null ? undefined : () => to({})}
          />
        )}
      </Shown>
    </>
  );
}

function LivenessFilter({ wanted }: { readonly wanted: Liveness | null }) {
  const [, go] = useLocation();
  const choices = SEVERITY.filter((one) => one !== 'unknown');
  return (
    <div class="choices" role="group" aria-label="Only agents that are">
      <button
        type="button"
        class="button small"
        aria-pressed={wanted === null}
        onClick={() => go('/agents')}
      >
        all
      </button>
      {choices.map((one) => (
        <button
          key={one}
          type="button"
          class="button small"
          aria-pressed={wanted === one}
          onClick={() => go(`/agents?liveness=${one}`)}
        >
          {livenessLooks[one].text}
        </button>
      ))}
    </div>
  );
}

interface AgentListProps {
  readonly page: AgentPage;
  readonly wanted: Liveness | null;
  readonly onNext: () => void;
  readonly onFirst: (() => void) | undefined;
}

function AgentList({ page, wanted, onNext, onFirst }: AgentListProps) {
  const [part, setPart] = useState('');
  const [shown, setShown] = useState(ROWS);
  const { items, next } = page;
  if (items.length === 0) {
    return wanted === null ? (
      <Empty hint={<>Start one: <code>lifeline agent --nats URL --id a1</code>, or <code>lifeline up</code> for a controller with agents.</>}>
        No agent has said hello yet.
      </Empty>
    ) : (
      <Empty>No agent is {livenessLooks[wanted].text} now.</Empty>
    );
  } // prettier-ignore
  const found = items
    .filter(({ id, address }) => id.includes(part) || address?.includes(part))
    .sort(bySeverity);
  const rows = found.slice(0, shown);
  return (
    <Card
      title={
        wanted === null
          ? 'All agents, the worst first'
          : `Agents that are ${livenessLooks[wanted].text}`
      }
      note={part === '' ? undefined : `${found.length} of ${items.length}`}
      isFlush
      actions={
        <input
          type="search"
          placeholder="Part of an id or address"
          aria-label="Only agents with this in their id or address"
          value={part}
          onInput={(event) => setPart(event.currentTarget.value)}
        />
      }
    >
      {found.length === 0 ? (
        <Empty>None of them has “{part}” in its id.</Empty>
      ) : (
        <Table
          label="Agents"
          columns={columns}
          items={rows}
          keyOf={({ id }) => id}
          hrefOf={({ id }) => agentPath(id)}
          more={moreOn}
        />
      )}
      {found.length > rows.length && (
        <div class="pager">
          <span class="faint">
            {shownCount(rows.length)} of {shownCount(found.length)} are shown.
          </span>
          <button type="button" class="button quiet" onClick={() => setShown(shown + ROWS)}>
            Show {Math.min(ROWS, found.length - rows.length)} more
          </button>
        </div>
      )}
      {(next !== null || onFirst) && (
        <Pager next={next} onNext={onNext} onFirst={onFirst}>
          {next === null ? 'The last of them.' : `The first ${shownCount(items.length)}, by id.`}
        </Pager>
      )}
    </Card>
  );
}

/** What does not go without saying. */
function moreOn(agent: AgentSummary) {
  const { liveness, draining, leaving, deaf } = agent;
  // Of those that nobody has heard the line above the table tells.
  const isOrdinary = liveness === 'alive' || liveness === 'left' || liveness === null;
  return isOrdinary && !draining && !leaving && !deaf ? null : livenessSentence(agent);
}

function sentenceOn({ items, next }: AgentPage, wanted: Liveness | null): string {
  if (wanted !== null || items.length === 0) return 'Whoever runs the work, and how it is.';
  const all = `${counted(items.length, 'agent')}${next === null ? '' : ' on this page'}`;
  const counts = SEVERITY.map((one) => {
    const count = items.filter(({ liveness }) => (liveness ?? 'unknown') === one).length;
    const word = one === 'unknown' ? 'not heard in this term' : livenessLooks[one].text;
    return count === 0 ? '' : `${shownCount(count)} ${word}`;
  });
  return `${all}: ${counts.filter(Boolean).join(', ')}.`;
}
