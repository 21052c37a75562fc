/**
 * A statechart, drawn by Mermaid from its definition.
 *
 *   lit      the present state of one             counts   how many are in each state: a number, and warmth
 *   walked   states that one went through         picked   the state that is looked at: its arrows are named
 *
 * Each state is a button: Tab and the arrow keys reach it, Enter picks it, and its name, count and description are
 * read out. What the arrows mean is said in words beside the chart (`<Ways>`).
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { MachineDefinition } from '../../../machines/definitions.ts';
import '../styles/chart.css';
import { fitChart, type Fitted } from './chart-drawing.ts';
import { Failed, Loading } from './nothing.tsx';

export interface ChartProps {
  readonly definition: MachineDefinition;
  /** What is shown, in words. */
  readonly label: string;
  /** The present state. */
  readonly lit?: string | null | undefined;
  /** States that it went through, in order, the present one last. */
  readonly walked?: readonly string[];
  /** How many are in each state; null: nobody counts. */
  readonly counts?: Readonly<Record<string, number | null>> | undefined;
  readonly picked?: string | undefined;
  readonly onPick?: (state: string) => void;
}

export function Chart(props: ChartProps) {
  const { definition, label, lit, walked, counts, picked } = props;
  const frame = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const [chart, setChart] = useState<Fitted>();
  const [error, setError] = useState<unknown>();
  const hasCounts = counts !== undefined;
  useEffect(() => {
    let isGone = false;
    fitChart(definition, hasCounts, (state) => latest.current.onPick?.(state)).then(
      (fitted) => {
        if (isGone) return;
        frame.current?.replaceChildren(fitted.picture);
        setChart(fitted);
      },
      (why: unknown) => setError(why),
    );
    return () => {
      isGone = true;
    };
  }, [definition.id, hasCounts]);
  useEffect(
    () => chart?.show({ lit: lit ?? undefined, walked: walked ?? [], counts, picked }),
    [chart, lit, walked?.join(), counts, picked],
  );
  useEffect(() => centre(frame.current), [chart, lit]);
  return (
    <div class="chart" role="group" aria-label={label}>
      {error !== undefined && <Failed error={error} />}
      {!chart && error === undefined && <Loading />}
      <div class="chart-frame" ref={frame} />
    </div>
  );
}

/** Where the chart is larger than its frame, the lit state stands in the middle. The page itself stays where it is. */
function centre(frame: HTMLElement | null): void {
  const state = frame?.querySelector('.lit')?.getBoundingClientRect();
  if (!frame || !state) return;
  const { left, top, width, height } = frame.getBoundingClientRect();
  frame.scrollBy(
    state.left + state.width / 2 - left - width / 2,
    state.top + state.height / 2 - top - height / 2,
  );
}
