/**
 * One statechart: where most are, what the state that is picked means, what leads out of it, and who is in it.
 *
 *   chart with counts │ the picked state: description, ways out
 *   who is in it, page by page
 */
import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import type { MachineActor, MachineActorPage, MachineView } from '../../server/machines.ts';
import { useLive } from '../live.ts';
import { Card } from '../parts/card.tsx';
import { isDense } from '../parts/chart-text.ts';
import { Chart } from '../parts/chart.tsx';
import { Head } from '../parts/head.tsx';
import { Empty, Shown } from '../parts/nothing.tsx';
import { Pager, Table, type Column } from '../parts/table.tsx';
import { Instant } from '../parts/time.tsx';
import { Ways } from '../parts/ways.tsx';
import type { ViewProps } from '../routes.ts';
import { countsInWords, fullest, machineTitles } from './machine-words.ts';

const EVERY_MS = 2_000;
const ACTORS = 50;

export function Machine({ name, query }: ViewProps) {
  const live = useLive<MachineView>(`machines/${name}`, { about: () => false, everyMs: EVERY_MS });
  return (
    <Shown live={live}>
      {(machine) => <Looked machine={machine} asked={query.get('state')} />}
    </Shown>
  );
}

function Looked({
  machine,
  asked,
}: {
  readonly machine: MachineView;
  readonly asked: string | null;
}) {
  const [, go] = useLocation();
  const { name, definition, counts, counted, isComplete } = machine;
  const title = machineTitles[name];
  const path = `/statecharts/${name}`;
  const isKnown = asked !== null && asked in definition.states;
  const state = isKnown ? asked : (fullest(counts)[0]?.[0] ?? definition.initial);
  const pick = (picked: string) => go(`${path}?state=${picked}`, { replace: true });
  return (
    <div class="stack">
      <Head
        kicker={<Link href="/statecharts">Statecharts</Link>}
        title={title}
        lead={`${definition.description} Now ${countsInWords(counts)}.`}
      />
      <div class={isDense(definition) ? 'stack' : 'chart-and-ways'}>
        <Card title="Statechart" note="arrows of the picked state are named" isFlush>
          <Chart
            definition={definition}
            counts={counts}
            picked={state}
            onPick={pick}
            label={`Statechart of ${title}`}
          />
        </Card>
        <div class={isDense(definition) ? 'grid' : 'stack'}>
          <Card title={`State: ${state}`} note={countOf(counts[state])}>
            <p>{definition.states[state]!.description}</p>
            <h3 class="ways-head">What leads out of it</h3>
            <Ways definition={definition} state={state} onPick={pick} />
          </Card>
          {isDense(definition) && <Actors key={state} machine={machine} state={state} />}
        </div>
      </div>
      {!isDense(definition) && <Actors key={state} machine={machine} state={state} />}
      <States machine={machine} pick={pick} />
      <p class="faint">
        Counted: {counted}
        {isComplete ? '' : ' Work without a job that has ended is still being counted.'}
      </p>
    </div>
  );
}

const countOf = (count: number | null | undefined) =>
  count === null || count === undefined ? 'not counted' : `${count.toLocaleString('en-US')} now`;

/** Address of the view of one. */
function hrefOf({ about, id }: MachineActor): string {
  const name = encodeURIComponent(id);
  switch (about) {
    case 'job':
      return `/jobs/${name}`;
    case 'agent':
      return `/agents/${name}`;
    case 'subTransaction':
      return `/sub-transactions/${name}`;
    case 'controller':
      return '/history';
  }
}

const nameColumn: Column<MachineActor> = {
  head: 'Name',
  isMain: true,
  cell: (one) => <Link href={hrefOf(one)}>{one.id}</Link>,
};
const atColumn: Column<MachineActor> = {
  head: 'Last heard of',
  cell: ({ at }) => <Instant at={at} />,
};
const workColumns: readonly Column<MachineActor>[] = [
  nameColumn,
  { head: 'Job', isWide: true, cell: ({ job }) => job },
  { head: 'Agent', cell: ({ agent }) => agent },
  { head: 'Attempt', isNumber: true, isWide: true, cell: ({ attempt }) => attempt },
  { head: 'Cause', isWide: true, cell: ({ cause }) => cause },
  atColumn,
];

function Actors({ machine, state }: { readonly machine: MachineView; readonly state: string }) {
  const [after, setAfter] = useState<string | number | null>(null);
  const { name, counts } = machine;
  const from = after === null ? '' : `&after=${encodeURIComponent(after)}`;
  const path = `machines/${name}/actors?state=${state}&limit=${ACTORS}${from}`;
  const live = useLive<MachineActorPage>(counts[state] === null ? null : path, {
    about: () => false,
    everyMs: EVERY_MS,
  });
  return (
    <Card title={`In ${state}`} note={countOf(counts[state])} isFlush>
      {counts[state] === null ? (
        <Empty hint="What became of the attempts of a sub-transaction is shown there.">
          Tasks live at the agents, and how they have ended is not counted by state.
        </Empty>
      ) : (
        <Shown live={live}>
          {({ items, next }) => (
            <>
              {items.length === 0 && next === null ? (
                <Empty>None is in {state} now.</Empty>
              ) : (
                <Table
                  label={`Those in ${state}`}
                  columns={
                    items[0]?.about === 'subTransaction' ? workColumns : [nameColumn, atColumn]
                  }
                  items={items}
                  keyOf={({ id }) => id}
                  hrefOf={hrefOf}
                />
              )}
              <Pager
                next={next}
                onNext={() => setAfter(next)}
                onFirst={after === null ? undefined : () => setAfter(null)}
              />
            </>
          )}
        </Shown>
      )}
    </Card>
  );
}

/** The chart as a list. */
function States({
  machine: { definition, counts },
  pick,
}: {
  readonly machine: MachineView;
  readonly pick: (state: string) => void;
}) {
  const items = Object.entries(definition.states).map(([state, one]) => ({ state, ...one }));
  return (
    <Card title="All states" isFlush>
      <Table
        label="All states"
        items={items}
        keyOf={({ state }) => state}
        onPick={({ state }) => pick(state)}
        columns={[
          { head: 'State', cell: ({ state }) => <span class="name">{state}</span> },
          {
            head: 'Now',
            isNumber: true,
            cell: ({ state }) => counts[state]?.toLocaleString('en-US') ?? '–',
          },
          { head: 'What it means', isMain: true, cell: ({ description }) => description },
        ]}
      />
    </Card>
  );
}
