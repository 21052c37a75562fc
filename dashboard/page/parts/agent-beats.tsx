/**
 * How an agent was heard over the last half hour: its connection as a strip, its silence (which falls to nothing with
 * each beat), how late its loop turned, and what it ran.
 */
import type { AgentSample } from '../../server/samples.ts';
import type { SamplePage } from '../../server/sample-routes.ts';
import { shownDuration } from '../../../cli/shown.ts';
import { useLive } from '../live.ts';
import { Card } from './card.tsx';
import { lookOf, type Tone } from './chip.tsx';
import { Empty, Shown } from './nothing.tsx';
import { Plot } from './plot.tsx';

/** A time in which the connection was in one state. */
interface Stretch {
  readonly state: string | null;
  readonly from: number;
  readonly to: number;
}

export interface AgentBeatsProps {
  readonly name: string;
  /** Silence after which it is lost. */
  readonly timeoutMs: number;
}

export function AgentBeats({ name, timeoutMs }: AgentBeatsProps) {
  const live = useLive<SamplePage<AgentSample>>(`agents/${encodeURIComponent(name)}/samples`, {
    about: () => false,
    everyMs: 4_000,
  });
  return (
    <Card title="The last half hour" note={<>looked at every 2 s; lost after {shownDuration(timeoutMs)} of silence</>}>
      <Shown live={live}>
        {({ items, stepMs }) =>
          items.length < 2 ? (
            <Empty hint="It is looked at every two seconds while a controller runs.">
              There is nothing to draw yet.
            </Empty>
          ) : (
            <Beats items={items} stepMs={stepMs} />
          )
        }
      </Shown>
    </Card>
  ); // prettier-ignore
}

function Beats({
  items,
  stepMs,
}: {
  readonly items: readonly AgentSample[];
  readonly stepMs: number;
}) {
  const times = items.map(({ at }) => Date.parse(at));
  const stretches = stretchesOf(items, times, stepMs);
  const bands = stretches
    .map(({ state, from, to }) => ({ from, to, tone: toneOf(state) }))
    .filter(({ tone }) => tone !== 'good');
  const seconds = (ms: number | null) => (ms === null ? null : ms / 1_000);
  const of = (pick: (sample: AgentSample) => number | null) => items.map(pick);
  return (
    <div class="stack">
      <Strip stretches={stretches} />
      <div class="grid thirds">
        <div>
          <h3>Silence</h3>
          <Plot
            label={`Seconds since the last word of the agent: at most ${shownDuration(most(of(({ silentMs }) => silentMs)))}`}
            unit=" s"
            times={times}
            bands={bands}
            height={130}
            series={[
              { name: 'silent', tone: 'busy', isFilled: true, values: of(({ silentMs }) => seconds(silentMs)) },
            ]}
          />
        </div>
        <div>
          <h3>Loop lag</h3>
          <Plot
            label={`How late its loop turned: at most ${shownDuration(most(of(({ lagMs }) => lagMs)))}`}
            unit=" ms"
            times={times}
            bands={bands}
            height={130}
            series={[{ name: 'lag', tone: 'warn', isFilled: true, values: of(({ lagMs }) => lagMs) }]}
          />
        </div>
        <div>
          <h3>Tasks</h3>
          <Plot
            label={`Tasks that ran there: at most ${most(of(({ running }) => running))}`}
            unit=""
            times={times}
            bands={bands}
            height={130}
            series={[
              { name: 'running', tone: 'good', values: of(({ running }) => running) },
              { name: 'out', tone: 'busy', values: of(({ inFlight }) => inFlight) },
              { name: 'waiting', tone: 'wait', values: of(({ waiting }) => waiting) },
            ]}
          />
        </div>
      </div>
    </div>
  ); // prettier-ignore
}

function Strip({ stretches }: { readonly stretches: readonly Stretch[] }) {
  const first = stretches[0]!.from;
  const length = stretches.at(-1)!.to - first;
  const words = wordsOn(stretches);
  return (
    <div>
      <div class="connection-strip" role="img" aria-label={`Connection: ${words}`}>
        {stretches.map(({ state, from, to }) => (
          <i
            key={from}
            class={`tone-${toneOf(state)}`}
            style={{ width: `${(100 * (to - from)) / length}%` }}
            title={`${state ?? 'not known'} for ${shownDuration(to - from)}`}
          />
        ))}
      </div>
      <p class="strip-words">{words}</p>
    </div>
  );
}

const toneOf = (state: string | null): Tone => (state === null ? 'off' : lookOf(state).tone);

function stretchesOf(
  items: readonly AgentSample[],
  times: readonly number[],
  stepMs: number,
): readonly Stretch[] {
  const stretches: { state: string | null; from: number; to: number }[] = [];
  for (const [i, { connection }] of items.entries()) {
    const from = times[i]!;
    const to = times[i + 1] ?? from + stepMs;
    const last = stretches.at(-1);
    if (last?.state === connection) last.to = to;
    else stretches.push({ state: connection, from, to });
  }
  return stretches;
}

/** `connected for 28 min 04 s, suspect for 12.0 s` */
function wordsOn(stretches: readonly Stretch[]): string {
  const sums = new Map<string, number>();
  for (const { state, from, to } of stretches) {
    const name = state === null ? 'not known' : lookOf(state).text;
    sums.set(name, (sums.get(name) ?? 0) + to - from);
  }
  return [...sums].map(([name, ms]) => `${name} for ${shownDuration(ms)}`).join(', ');
}

const most = (values: readonly (number | null)[]): number =>
  values.reduce<number>((high, value) => Math.max(high, value ?? 0), 0);
