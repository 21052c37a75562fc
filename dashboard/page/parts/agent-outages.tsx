/**
 * The times that an agent was away, and what came of them: the report it gave when it was back, verdict by verdict, and
 * what it was doing meanwhile.
 */
import { useState } from 'preact/hooks';
import type { HistoryPage } from '../../../actors/history.ts';
import type { OutageView } from '../../../actors/outages.ts';
import type { FactView } from '../../../actors/views.ts';
import { shownDuration } from '../../../cli/shown.ts';
import { useLive } from '../live.ts';
import { Card } from './card.tsx';
import { Chip } from './chip.tsx';
import { Icon } from './icon.tsx';
import { JobLink } from './job-parts.tsx';
import { Empty, Shown } from './nothing.tsx';
import { bootInWords, tasksInWords } from './outage-words.ts';
import { SubLink } from './sub-parts.tsx';
import { Table, type Column } from './table.tsx';
import { Duration, Instant, Since } from './time.tsx';

interface OutagePage {
  readonly items: readonly OutageView[];
}

export function AgentOutages({ name }: { readonly name: string }) {
  // Undefined: nobody has chosen yet, and the newest is open; null: none is.
  const [chosen, open] = useState<number | null>();
  const live = useLive<OutagePage>(`agents/${encodeURIComponent(name)}/outages`, {
    about: (fact) => fact.about === 'agent' && fact.agent === name,
    everyMs: 10_000,
  });
  return (
    <Card title="Outages and reports" note="the last ones, the newest first" isFlush>
      <Shown live={live}>
        {({ items }) => {
          if (items.length === 0)
            return <Empty>It was never away, as far as its last facts tell.</Empty>;
          const opened = chosen === undefined ? items[0]!.n : chosen;
          const toggle = ({ n }: OutageView) => open(opened === n ? null : n);
          return (
            <Table
              label="Outages"
              columns={[...columns, detailsColumn(opened, toggle)]}
              items={items}
              keyOf={({ n }) => n}
              onPick={toggle}
              more={(outage) => (outage.n === opened ? <Meanwhile outage={outage} /> : null)}
            />
          );
        }}
      </Shown>
    </Card>
  );
}

const columns: readonly Column<OutageView>[] = [
  { head: 'Last word', width: 96, cell: ({ fromAt }) => <Instant at={fromAt} /> },
  { head: 'Silent for', isNumber: true, width: 84, cell: ({ fromAt, toAt, silentMs }) => toAt === null ? <Since at={fromAt} /> : <Duration ms={silentMs} /> },
  { head: 'Compared at', isWide: true, cell: ({ toAt }) => <Instant at={toAt} /> },
  {
    head: 'What came of it',
    isMain: true,
    cell: (outage) => <>{wordsOn(outage)}</>,
  },
  {
    head: '',
    width: 90,
    isWide: true,
    cell: ({ lost, toAt, boot }) =>
      lost ? (
        <Chip tone="bad" icon="failed">
          given up
        </Chip>
      ) : toAt === null ? (
        <Chip tone="warn" icon="cut">
          away
        </Chip>
      ) : boot !== null ? (
        <Chip tone="warn" icon="again">
          began anew
        </Chip>
      ) : (
        <Chip tone="good" icon="done">
          healed
        </Chip>
      ),
  },
]; // prettier-ignore

const detailsColumn = (
  opened: number | null,
  toggle: (outage: OutageView) => void,
): Column<OutageView> => ({
  head: 'Tasks',
  cell: (outage) => (
    <button
      type="button"
      class="button small quiet discloses"
      aria-expanded={outage.n === opened}
      onClick={() => toggle(outage)}
    >
      <Icon name="next" size={12} /> <span>details</span>
    </button>
  ),
});

function wordsOn(outage: OutageView): string {
  const { toAt, lost } = outage;
  if (toAt === null)
    return lost
      ? 'It was given up, and is not back yet.'
      : 'It is away; what it runs goes on until its lease ends.';
  const [boot, tasks] = [bootInWords(outage), tasksInWords(outage)];
  const began = boot === '' ? '' : `${boot[0]!.toUpperCase()}${boot.slice(1)}. `;
  if (tasks !== '')
    return `${began}${lost ? 'Given up; then notes' : 'Notes'} were compared: ${tasks}.`;
  return `${began}${lost ? 'It came back with nothing.' : 'It held nothing, or nothing had changed.'}`;
}

/** What it held, and what was decided on it. */
function Meanwhile({ outage: { agent, fromAt, toAt, silentMs } }: { readonly outage: OutageView }) {
  const to = toAt === null ? '' : `&to=${new Date(Date.parse(toAt) + 1_000).toISOString()}`;
  const live = useLive<HistoryPage>(
    `history?kind=verdict,done,failed,killed,lost&from=${fromAt}${to}&limit=1000`,
    { about: (fact) => fact.agent === agent },
  );
  return (
    <Shown live={live}>
      {({ items, next }) => {
        const own = items.filter((fact) => fact.agent === agent);
        return own.length === 0 ? (
          <p>It held nothing that anything was decided on.</p>
        ) : (
          <>
            <p>
              What it was doing{' '}
              {silentMs === null ? 'meanwhile' : `in these ${shownDuration(silentMs)}`}, by what it
              told when it was back:
            </p>
            <ul class="meanwhile">
              {own.slice(0, MOST).map((fact) => (
                <li key={fact.n}>
                  <Instant at={fact.at} exact />{' '}
                  {fact.id === null ? 'an attempt nobody here asked for' : <SubLink id={fact.id} />}
                  {fact.job !== null && (
                    <>
                      {' '}
                      of <JobLink name={fact.job} />
                    </>
                  )}
                  , attempt {fact.attempt}: {wordsOf(fact)}
                </li>
              ))}
            </ul>
            {(own.length > MOST || next !== null) && (
              <p class="faint">and more: see the history.</p>
            )}
          </>
        );
      }}
    </Shown>
  );
}

const MOST = 40;

function wordsOf({ kind, cause, detail }: FactView): string {
  if (kind !== 'verdict') return cause === null || cause === kind ? kind : `${kind} (${cause})`;
  const { why } = (detail ?? {}) as { readonly why?: string };
  return `${cause ?? 'verdict'}${why === undefined ? '' : `: ${why}`}`;
}
