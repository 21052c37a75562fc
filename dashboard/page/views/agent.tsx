/**
 * One agent: whether it lives, what it runs, how it was heard over the last half hour, and what came of each time that
 * it was away.
 */
import type { AgentSummary } from '../../../actors/agent-queries.ts';
import type { AgentView, RunningView, UnconfirmedView } from '../../../actors/views.ts';
import { counted, shownDuration } from '../../../cli/shown.ts';
import type { MachineView } from '../../server/machines.ts';
import { Link } from 'wouter-preact';
import { useLive } from '../live.ts';
import { Act } from '../parts/act.tsx';
import { AgentBeats } from '../parts/agent-beats.tsx';
import { AgentOutages } from '../parts/agent-outages.tsx';
import { livenessSentence } from '../parts/agent-parts.tsx';
import { Card, Facts } from '../parts/card.tsx';
import { Chart } from '../parts/chart.tsx';
import { Chip, LivenessChip, SubChip } from '../parts/chip.tsx';
import { FactTable } from '../parts/fact-table.tsx';
import { Head } from '../parts/head.tsx';
import { JobLink } from '../parts/job-parts.tsx';
import { Empty, Shown } from '../parts/nothing.tsx';
import { SubLink, subPath } from '../parts/sub-parts.tsx';
import { Table, type Column } from '../parts/table.tsx';
import { Ago, Instant, Since, Until } from '../parts/time.tsx';
import type { ViewProps } from '../routes.ts';
import '../styles/lists.css';

export function Agent({ name }: ViewProps) {
  const path = `agents/${encodeURIComponent(name)}`;
  const live = useLive<AgentView>(path, {
    about: (fact) => fact.agent === name,
    everyMs: 2_000,
  });
  const agent = live.data;
  return (
    <>
      <Head
        kicker={<Link href="/agents">Agents</Link>}
        title={name}
        chips={agent && <Chips agent={agent} />}
        lead={agent && livenessSentence(agent)}
        actions={agent && <Drain agent={agent} onDone={live.again} />}
      />
      <Shown live={live}>
        {(shown) => (
          <div class="stack">
            <AgentBeats name={name} timeoutMs={shown.timeoutMs} />
            <Running agent={shown} />
            <AgentOutages name={name} />
            {shown.unconfirmed.length > 0 && <Unconfirmed items={shown.unconfirmed} />}
            <div class="grid">
              <Connection agent={shown} />
              <Record agent={shown} />
            </div>
            <Card
              title="What happened"
              note="the newest first"
              isFlush
              actions={<Link href={`/history?about=${encodeURIComponent(name)}`}>All of it</Link>}
            >
              <FactTable
                label="Facts about this agent"
                items={[...shown.history].reverse().slice(0, FACTS)}
                about="agent"
              />
            </Card>
          </div>
        )}
      </Shown>
    </>
  );
}

/** Facts that are shown here. */
const FACTS = 25;

function Chips({ agent: { liveness, draining, leaving, deaf } }: { readonly agent: AgentView }) {
  return (
    <>
      <LivenessChip liveness={liveness} />
      {draining && (
        <Chip tone="wait" icon="stopped">
          drained
        </Chip>
      )}
      {leaving && (
        <Chip tone="off" icon="left">
          about to end
        </Chip>
      )}
      {deaf && (
        <Chip tone="bad" icon="cut">
          hears nothing
        </Chip>
      )}
    </>
  );
}

interface DrainProps {
  readonly agent: AgentView;
  readonly onDone: () => void;
}

function Drain({ agent: { id, draining, inFlight }, onDone }: DrainProps) {
  const path = `agents/${encodeURIComponent(id)}/drain`;
  if (draining) {
    return (
      <Act<AgentSummary>
        label="Take it back"
        asks={`Give work to ${id} again?`}
        says="It was drained. From now on it is given work like any other agent."
        path={path}
        body={{ drain: false }}
        done={() => `“${id}” is given work again.`}
        onDone={onDone}
      />
    );
  }
  return (
    <Act<AgentSummary>
      label="Drain"
      asks={`Give ${id} nothing new?`}
      says={
        inFlight === 0
          ? 'Nothing is out there now; it stays connected and waits.'
          : `What is out there goes on to its end: ${counted(inFlight, 'task')}. Nothing new is given to it until it is taken back.`
      }
      path={path}
      body={{ drain: true }}
      done={(now) =>
        now.inFlight === 0
          ? `“${id}” is given nothing new; nothing is out there.`
          : `“${id}” is given nothing new; ${counted(now.inFlight, 'task')} still out there.`
      }
      onDone={onDone}
    />
  );
}

const runningColumns: readonly Column<RunningView>[] = [
  { head: 'Sub-transaction', isMain: true, cell: ({ id }) => <SubLink id={id} /> },
  { head: 'State', width: 104, cell: ({ state }) => <SubChip state={state} /> },
  { head: 'Job', isWide: true, cell: ({ job }) => <JobLink name={job} /> },
  { head: 'Attempt', isNumber: true, isWide: true, cell: ({ attempt }) => attempt },
  {
    head: 'For',
    isNumber: true,
    width: 72,
    cell: ({ startedAt, sentAt }) => {
      const since = startedAt ?? sentAt;
      return since === null ? '–' : <Since at={since} />;
    },
  },
  { head: 'Told', isNumber: true, isWide: true, cell: ({ toldAt }) => <Ago at={toldAt} /> },
];

function Running({ agent: { running, slots, waiting, lagMs } }: { readonly agent: AgentView }) {
  const room = `${counted(slots, 'slot')}${waiting ? `, ${waiting} wait there for one` : ''}${lagMs ? `, loop ${shownDuration(lagMs)} late` : ''}`;
  return (
    <Card title="Out at this agent" note={room} isFlush>
      {running.length === 0 ? (
        <Empty>Nothing is out there.</Empty>
      ) : (
        <Table
          label="Out at this agent"
          columns={runningColumns}
          items={running.slice(0, RUNNING)}
          keyOf={({ id, attempt }) => `${id} ${attempt}`}
          hrefOf={({ id }) => subPath(id)}
          more={({ progress }) =>
            progress === null ? null : <span class="mono">{JSON.stringify(progress)}</span>
          }
        />
      )}
      {running.length > RUNNING && (
        <p class="look-further faint">and {counted(running.length - RUNNING, 'other')}</p>
      )}
    </Card>
  );
}

/** Rows that are shown of what is out there. */
const RUNNING = 50;

/** The statechart of its connection, its present state lit. */
function Connection({ agent: { connection } }: { readonly agent: AgentView }) {
  const machine = useLive<MachineView>('machines/agentConnection', { about: () => false });
  return (
    <Card
      title="Connection"
      note={connection ?? 'no controller knows'}
      actions={<Link href="/statecharts/agentConnection">What it means</Link>}
    >
      <Shown live={machine}>
        {({ definition }) => (
          <Chart
            definition={definition}
            label={`The connection is ${connection ?? 'not known'}`}
            lit={connection}
          />
        )}
      </Shown>
    </Card>
  );
}

const unconfirmedColumns: readonly Column<UnconfirmedView>[] = [
  { head: 'Sub-transaction', isMain: true, cell: ({ id }) => <SubLink id={id} /> },
  { head: 'Job', isWide: true, cell: ({ job }) => <JobLink name={job} /> },
  { head: 'Attempt', isNumber: true, cell: ({ attempt }) => attempt },
  { head: 'Boot', isNumber: true, isWide: true, cell: ({ boot }) => boot },
  { head: 'Given up', cell: ({ givenUpAt }) => <Ago at={givenUpAt} /> },
];

function Unconfirmed({ items }: { readonly items: readonly UnconfirmedView[] }) {
  return (
    <Card
      title="Given up, and nobody has told their end"
      note="by the lease they are over; a witness there is none"
      isFlush
    >
      <Table
        label="Unconfirmed attempts"
        columns={unconfirmedColumns}
        items={items}
        keyOf={({ id, attempt }) => `${id} ${attempt}`}
        hrefOf={({ id }) => subPath(id)}
      />
    </Card>
  );
}

function Record({ agent }: { readonly agent: AgentView }) {
  const { boot, bootAt, heardAt, heldUntil, timeoutMs, address, handlers, containment, storeId } =
    agent;
  return (
    <Card title="On record">
      <Facts
        items={[
          ['Boot', <>{boot}, first heard <Instant at={bootAt} /></>],
          ['Last word', <Ago at={heardAt} />],
          ['Lost after', `${shownDuration(timeoutMs)} of silence`],
          ['Lease of a lost boot', heldUntil === null ? null : <Until at={heldUntil} />],
          ['Address', address],
          ['Handlers', handlers.join(', ')],
          ['Processes', containment],
          ['Store', <code>{storeId}</code>],
        ]}
      />
    </Card>
  ); // prettier-ignore
}
