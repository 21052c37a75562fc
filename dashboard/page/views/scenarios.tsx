/**
 * Scenarios: recordings of what has happened and scripts of what may, moved through step by step.
 *
 *   /scenarios              files are dropped or chosen │ recordings │ scripts that come with Lifeline
 *   /scenarios?opened       the player of the files that were dropped or chosen; the list, once they are forgotten
 *   /scenarios?name=…&at=…  the player (parts/scenario-player.tsx), at an instant in ms from the start
 */
import { useEffect, useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import type {
  PlayedScenario,
  ScenarioAsked,
  ScenarioFile,
  ScenarioSummary,
} from '../../server/scenario-player.ts';
import { post } from '../api.ts';
import { useLive } from '../live.ts';
import { TokenField } from '../parts/act.tsx';
import { Card } from '../parts/card.tsx';
import { Head } from '../parts/head.tsx';
import { Empty, Failed, Loading, Shown } from '../parts/nothing.tsx';
import { FileDrop } from '../parts/file-drop.tsx';
import { ScenarioPlayer, type ScenarioPlayerProps } from '../parts/scenario-player.tsx';
import { Table, type Column } from '../parts/table.tsx';
import { Instant } from '../parts/time.tsx';
import { ApiProblem } from '../problem.ts';
import type { ViewProps } from '../routes.ts';
import '../styles/scenario.css';
import { keepToken, token } from '../token.ts';

/** As the server takes it (dashboard/server/scenario-routes.ts). */
const TEXT_MAX = 8_000_000;

const OPENED = '/scenarios?opened';

export function Scenarios({ query }: ViewProps) {
  const name = query.get('name');
  const [dropped, setDropped] = useState<ScenarioAsked>();
  const [, go] = useLocation();
  useEffect(() => {
    if (name !== null) setDropped(undefined);
  }, [name]);
  if (name !== null) {
    const path = `/scenarios?name=${encodeURIComponent(name)}`;
    return (
      <Play
        key={name}
        asked={{ name }}
        atMs={Number(query.get('at') ?? 0) || 0}
        onRest={(atMs) => go(atMs > 0 ? `${path}&at=${atMs}` : path, { replace: true })}
      />
    );
  }
  if (dropped && query.has('opened')) {
    return <Play key={nameOf(dropped)} asked={dropped} />;
  }
  return (
    <List
      onFiles={(files) => {
        setDropped({ files });
        go(OPENED);
      }}
      onName={(picked) => go(`/scenarios?name=${encodeURIComponent(picked)}`)}
    />
  );
}

const nameOf = (asked: ScenarioAsked) =>
  'name' in asked ? asked.name : asked.files.map(({ file }) => file).join(', ');

function List({
  onFiles,
  onName,
}: {
  readonly onFiles: (files: readonly ScenarioFile[]) => void;
  readonly onName: (name: string) => void;
}) {
  const live = useLive<{ readonly items: readonly ScenarioSummary[] }>('scenarios', {
    about: () => false,
  });
  return (
    <div class="stack">
      <Head
        title="Scenarios"
        lead="What has happened, recorded, and what may happen, as scripts: the real controller and agents live it again, step by step."
      />
      <FileDrop
        label="Drop a scenario here, or the recordings of several nodes together; or choose them"
        maxBytes={TEXT_MAX}
        tooLarge="Cut out what you want to see with lifeline scenario cut, or put the file into the data directory of the controller; it is listed here then."
        onFiles={onFiles}
      />
      <Shown live={live}>
        {({ items }) => (
          <div class="stack">
            <Recordings items={items.filter(({ isShipped }) => !isShipped)} onName={onName} />
            <Scripts items={items.filter(({ isShipped }) => isShipped)} onName={onName} />
          </div>
        )}
      </Shown>
    </div>
  );
}

interface TableOf {
  readonly items: readonly ScenarioSummary[];
  readonly onName: (name: string) => void;
}

const title: Column<ScenarioSummary> = {
  head: 'Story',
  isMain: true,
  cell: ({ name, title: text }) => (
    <Link href={`/scenarios?name=${encodeURIComponent(name)}`}>{text}</Link>
  ),
};

const ofFiles: readonly Column<ScenarioSummary>[] = [
  title,
  { head: 'File', cell: ({ name }) => <span class="mono">{name}</span> },
  {
    head: 'Where',
    isWide: true,
    cell: ({ isBeingWritten }) =>
      isBeingWritten ? 'being written (--record)' : 'in the data directory',
  },
  {
    head: 'Size',
    isNumber: true,
    isWide: true,
    cell: ({ bytes }) => `${Math.ceil(bytes / 1_000)} KB`,
  },
  { head: 'Written', isWide: true, cell: ({ at }) => <Instant at={at} /> },
];

function Recordings({ items, onName }: TableOf) {
  return (
    <Card title="At the controller" isFlush={items.length > 0}>
      {items.length === 0 ? (
        <Empty
          hint={
            <>
              Start the controller with <code>--record incident.scenario</code>: what its nodes take
              in and decide is written down, and can be lived again here.
            </>
          }
        >
          There is no recording.
        </Empty>
      ) : (
        <Table
          label="Recordings and scripts at the controller"
          columns={ofFiles}
          items={items}
          keyOf={({ name }) => name}
          onPick={({ name }) => onName(name)}
        />
      )}
    </Card>
  );
}

const ofScripts: readonly Column<ScenarioSummary>[] = [
  title,
  { head: 'Name', isWide: true, cell: ({ name }) => <span class="mono">{name}</span> },
];

function Scripts({ items, onName }: TableOf) {
  const [wanted, setWanted] = useState('');
  const has = ({ name, title: text, source }: ScenarioSummary) =>
    `${name} ${text} ${source ?? ''}`.toLowerCase().includes(wanted.toLowerCase().trim());
  const found = items.filter(has);
  if (items.length === 0) return null;
  return (
    <Card
      title="Stories that come with Lifeline"
      note={`${found.length} of ${items.length}`}
      actions={
        <input
          type="search"
          aria-label="Find a story"
          placeholder="cut, restart, cancel …"
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
        />
      }
      isFlush={found.length > 0}
    >
      {found.length === 0 ? (
        <Empty hint="Try a shorter word.">No story has “{wanted}” in it.</Empty>
      ) : (
        <Table
          label="Stories that come with Lifeline"
          columns={ofScripts}
          items={found}
          keyOf={({ name }) => name}
          onPick={({ name }) => onName(name)}
        />
      )}
    </Card>
  );
}

/** Asks for it to be played, and shows what happens. */
function Play({
  asked,
  ...rest
}: {
  readonly asked: ScenarioAsked;
} & Pick<ScenarioPlayerProps, 'atMs' | 'onRest'>) {
  const [played, setPlayed] = useState<PlayedScenario>();
  const [error, setError] = useState<unknown>();
  const back = <Link href="/scenarios">Scenarios</Link>;
  const known = token.value;
  useEffect(() => {
    let isGone = false;
    setError(undefined);
    post<PlayedScenario>('scenarios/play', asked).then(
      (answer) => isGone || setPlayed(answer),
      (why: unknown) => isGone || setError(why),
    );
    return () => {
      isGone = true;
    };
  }, [JSON.stringify(asked), known]);
  if (played) {
    return <ScenarioPlayer {...rest} played={played} name={nameOf(asked)} kicker={back} />;
  }
  return (
    <div class="stack">
      <Head
        kicker={back}
        title={nameOf(asked)}
        lead={error === undefined ? 'It is being played …' : 'It could not be played.'}
      />
      {error === undefined ? <Loading /> : <Failed error={error} />}
      {error instanceof ApiProblem && error.status === 401 && <AskToken />}
    </div>
  );
}

function AskToken() {
  const [given, setGiven] = useState('');
  return (
    <Card title="The controller wants its token">
      <form
        class="dialog-form"
        onSubmit={(event) => {
          event.preventDefault();
          keepToken(given);
        }}
      >
        <TokenField value={given} onValue={setGiven} />
        <button type="submit" class="button main" disabled={given.trim() === ''}>
          Play it
        </button>
      </form>
    </Card>
  );
}
