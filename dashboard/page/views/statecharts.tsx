/** The wall: every statechart, drawn from its own definition, with how many are in each state now. */
import { Link, useLocation } from 'wouter-preact';
import type { MachineView } from '../../server/machines.ts';
import { useLive } from '../live.ts';
import { Card } from '../parts/card.tsx';
import { Chart } from '../parts/chart.tsx';
import { Head } from '../parts/head.tsx';
import { Shown } from '../parts/nothing.tsx';
import type { ViewProps } from '../routes.ts';
import { countsInWords, machineTitles } from './machine-words.ts';

/** Asked again that often; a count changes with most facts there are. */
const EVERY_MS = 2_000;

export function Statecharts(_: ViewProps) {
  const live = useLive<{ readonly items: readonly MachineView[] }>('machines', {
    about: () => false,
    everyMs: EVERY_MS,
  });
  return (
    <>
      <Head
        title="Statecharts"
        lead="Everything that can be in a state is an actor with one of these statecharts, drawn from the definition that runs. Numbers are how many are in a state now; pick one to see which."
      />
      <Shown live={live}>
        {({ items }) => (
          <div class="wall">
            {items.map((machine) => (
              <OnTheWall key={machine.name} machine={machine} />
            ))}
          </div>
        )}
      </Shown>
    </>
  );
}

function OnTheWall({ machine }: { readonly machine: MachineView }) {
  const [, go] = useLocation();
  const { name, definition, counts, whence, counted, isComplete } = machine;
  const path = `/statecharts/${name}`;
  const title = machineTitles[name];
  return (
    <div class={`wall-${name}`}>
      <Card
        title={title}
        note={countsInWords(counts)}
        actions={
          <Link class="button small" href={path}>
            Look closer<span class="hidden"> at {title}</span>
          </Link>
        }
        isFlush
      >
        <Chart
          definition={definition}
          counts={counts}
          label={`Statechart of ${title}`}
          onPick={(state) => go(`${path}?state=${state}`)}
        />
        <p class="wall-foot">
          {definition.description}{' '}
          <span class="faint">
            Counted{whence === 'told' ? ' by what agents told' : ''}: {counted}
            {isComplete ? '' : ' Still counting.'}
          </span>
        </p>
      </Card>
    </div>
  );
}
