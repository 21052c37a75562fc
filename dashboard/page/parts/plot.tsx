/**
 * Values over time, drawn by uPlot, which is loaded when the first one is shown. The table behind "as numbers" says
 * the same in words.
 *
 *   <Plot label="Tasks a second" unit="/s" times={[…ms]} series={[{ name: 'rate', tone: 'busy', values: [0, 3.5, null] }]} />
 */
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import '../styles/plot.css';
import { theme } from '../theme.ts';
import type { Tone } from './chip.tsx';
import { shownInstant } from './time.tsx';

export interface PlotSeries {
  readonly name: string;
  readonly tone: Tone;
  /** Null: nothing is known of that instant. */
  readonly values: readonly (number | null)[];
  /** With an area below it. */
  readonly isFilled?: boolean;
}

export interface PlotProps {
  readonly label: string;
  /** Ms since 1970, ascending. */
  readonly times: readonly number[];
  readonly series: readonly PlotSeries[];
  /** After each value: " ms". */
  readonly unit: string;
  readonly height?: number;
  /** What is between these instants is shown in that tone: a time of silence. */
  readonly bands?: readonly { readonly from: number; readonly to: number; readonly tone: Tone }[];
}

/** uPlot could not be loaded, since the controller is away: until then the table says the same. */
const LOADED_AGAIN_MS = 3_000;

/** Rows of the table that says the same. */
const ROWS = 30;

export function Plot(props: PlotProps) {
  const { label, times, series, unit, height = 160 } = props;
  const frame = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawing | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const kind = [theme.value, height, ...series.map(({ name, tone }) => name + tone)].join(' ');
  useEffect(() => {
    let isGone = false;
    let again: ReturnType<typeof setTimeout> | undefined;
    const begin = () =>
      void import('uplot').then(
        ({ default: Plotter }) => {
          if (!isGone && frame.current) drawn.current = draw(Plotter, frame.current, latest);
        },
        () => {
          if (!isGone) again = setTimeout(begin, LOADED_AGAIN_MS);
        },
      );
    begin();
    return () => {
      isGone = true;
      clearTimeout(again);
      drawn.current?.end();
      drawn.current = undefined;
    };
  }, [kind]);
  useEffect(() => drawn.current?.show(), [times, series]);
  return (
    <figure class="plot">
      <div ref={frame} style={{ minHeight: `${height}px` }} role="img" aria-label={label} />
      <details>
        <summary>as numbers</summary>
        <div class="plot-numbers" tabIndex={0} role="region" aria-label={`${label}, as numbers`}>
          <table class="table">
            <thead>
              <tr>
                <th scope="col">at</th>
                {series.map(({ name }) => (
                  <th key={name} scope="col" class="number">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {times
                .map((at, index) => (
                  <tr key={at}>
                    <td>{shownInstant(at, at)}</td>
                    {series.map(({ name, values }) => (
                      <td key={name} class="number">
                        {shownValue(values[index], unit)}
                      </td>
                    ))}
                  </tr>
                ))
                .slice(-ROWS)
                .reverse()}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

const shownValue = (value: number | null | undefined, unit: string): string =>
  value === null || value === undefined
    ? '–'
    : `${value >= 100 ? Math.round(value).toLocaleString('en-US') : Number(value.toFixed(1))}${unit}`;

interface Drawing {
  readonly show: () => void;
  readonly end: () => void;
}

/** A colour of the page as canvas takes it: resolved for the theme there is. */
function createPalette(frame: HTMLElement): (name: string) => string {
  const probe = frame.appendChild(document.createElement('i'));
  probe.hidden = true;
  return (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
}

function draw(
  Plotter: typeof uPlot,
  frame: HTMLElement,
  latest: { readonly current: PlotProps },
): Drawing {
  const data = (): uPlot.AlignedData => {
    const { times, series } = latest.current;
    return [times.map((at) => at / 1_000), ...series.map(({ values }) => [...values])];
  };
  const plot = new Plotter(optionsOf(frame, latest), data(), frame);
  const watch = new ResizeObserver(() => {
    plot.setSize({ width: frame.clientWidth, height: latest.current.height ?? 160 });
  });
  watch.observe(frame);
  return {
    show: () => plot.setData(data()),
    end() {
      watch.disconnect();
      plot.destroy();
      frame.replaceChildren();
    },
  };
}

function optionsOf(frame: HTMLElement, latest: { readonly current: PlotProps }): uPlot.Options {
  const { series, unit, height = 160 } = latest.current;
  const colour = createPalette(frame);
  const [faint, line] = [colour('faint'), colour('line')];
  const axis = { stroke: faint, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  const font = `11px ${getComputedStyle(frame).fontFamily}`;
  const tones = new Map<Tone, string>();
  for (const tone of ['good', 'busy', 'wait', 'warn', 'bad', 'off'] as const) {
    tones.set(tone, colour(`${tone}-bg`));
  }
  return {
    width: frame.clientWidth,
    height,
    padding: [8, 8, 0, 0],
    cursor: { y: false, points: { size: 6 } },
    legend: { show: true, live: true },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, (most ?? 1) * 1.1)] } },
    axes: [
      {
        ...axis,
        font,
        size: 26,
        space: 72,
        values: (_plot, all) => all.map((at) => shownTick(at)),
      },
      { ...axis, font, size: 54, values: (_plot, all) => all.map((one) => `${one}${unit}`) },
    ],
    series: [
      { label: 'At', value: (plot, at: number | null) => shownTick(at ?? lastOf(plot, 0)) },
      ...series.map(({ name, tone, isFilled }): uPlot.Series => ({
        label: name,
        stroke: colour(tone),
        width: 1.5,
        points: { show: false },
        ...(isFilled ? { fill: colour(`${tone}-bg`) } : {}),
        value: (plot, value: number | null, index, at) =>
          shownValue(at === null ? lastOf(plot, index) : value, unit),
      })),
    ],
    hooks: {
      drawClear: [
        (plot) => {
          for (const { from, to, tone } of latest.current.bands ?? []) {
            const left = plot.valToPos(from / 1_000, 'x', true);
            const right = plot.valToPos(to / 1_000, 'x', true);
            plot.ctx.fillStyle = tones.get(tone)!;
            plot.ctx.fillRect(left, plot.bbox.top, Math.max(1, right - left), plot.bbox.height);
          }
        },
      ],
    },
  };
}

const shownTick = (seconds: number | null): string =>
  seconds === null ? '–' : shownInstant(seconds * 1_000, seconds * 1_000);

/** What the legend says while nobody points at the plot. */
const lastOf = (plot: uPlot, index: number): number | null =>
  [...(plot.data[index] ?? [])].findLast((value) => typeof value === 'number') ?? null;
