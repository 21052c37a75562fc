/**
 * The statecharts of a scenario as they are at the cursor: one of them drawn, the one that changed last or the one
 * that was picked, and all of them as a list.
 */
import type { ComponentChildren } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { ScenarioItem } from '../../server/scenario-player.ts';
import type { MachineView } from '../../server/machines.ts';
import { useLive } from '../live.ts';
import { actorsAt, nameOf, timeText, type Actor } from '../scenario-steps.ts';
import { machineTitles } from '../views/machine-words.ts';
import { Card } from './card.tsx';
import { Chart } from './chart.tsx';
import { Chip, lookOf } from './chip.tsx';
import { Empty, Shown } from './nothing.tsx';
import { Table, type Column } from './table.tsx';

/** More are not listed: what has not changed for long is at the end. */
const LISTED = 60;

export function ScenarioStates({
  items,
  index,
  children,
}: {
  readonly items: readonly ScenarioItem[];
  /** Place of the item under the cursor. */
  readonly index: number;
  /** Stands beside the list. */
  readonly children: ComponentChildren;
}) {
  const [picked, setPicked] = useState<string>();
  const actors = useMemo(() => actorsAt(items, index), [items, index]);
  const shown = actors.find((actor) => nameOf(actor) === picked) ?? actors[0];
  return (
    <div class="stack">
      <div class="scenario-sides">
        {children}
        {shown ? (
          <Card title="States now" note={`${actors.length}, the last changed first`} isFlush>
            <Table
              label="Statecharts and their states"
              columns={columnsAt(items)}
              items={actors.slice(0, LISTED)}
              keyOf={nameOf}
              onPick={(actor) => setPicked(nameOf(actor))}
            />
          </Card>
        ) : (
          <Card title="States now">
            <Empty hint="Step on: the first one is there with the first agent or piece of work.">
              Nothing has a state yet.
            </Empty>
          </Card>
        )}
      </div>
      {shown && (
        <ActorChart
          actor={shown}
          isPicked={nameOf(shown) === picked}
          onFollow={() => setPicked(undefined)}
        />
      )}
    </div>
  );
}

const columnsAt = (items: readonly ScenarioItem[]): readonly Column<Actor>[] => [
  { head: 'Of', isMain: true, cell: ({ of }) => <span class="name">{of}</span> },
  { head: 'Statechart', isWide: true, cell: ({ machine }) => machineTitles[machine] },
  { head: 'State', cell: ({ state }) => <StateChip state={state} /> },
  { head: 'Since', isNumber: true, cell: ({ since }) => timeText(items[since]!.atMs) },
];

function StateChip({ state }: { readonly state: string }) {
  const { tone, icon, text } = lookOf(state);
  return (
    <Chip tone={tone} icon={icon}>
      {text}
    </Chip>
  );
}

function ActorChart({
  actor,
  isPicked,
  onFollow,
}: {
  readonly actor: Actor;
  readonly isPicked: boolean;
  readonly onFollow: () => void;
}) {
  const { machine, of, state, walked } = actor;
  const title = `${machineTitles[machine]} ${of}`;
  const live = useLive<MachineView>(`machines/${machine}`, { about: () => false });
  return (
    <Card
      title={title}
      note={<StateChip state={state} />}
      actions={
        isPicked && (
          <button type="button" class="button small" onClick={onFollow}>
            Follow what changes
          </button>
        )
      }
      isFlush
    >
      <Shown live={live}>
        {({ definition }) => (
          <Chart
            definition={definition}
            label={`${title} is ${state}`}
            lit={state}
            walked={walked}
          />
        )}
      </Shown>
    </Card>
  );
}
