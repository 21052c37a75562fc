/** The lanes of a scenario around the cursor: they are drawn page by page, and the cursor moves on the page. */
import { useMemo } from 'preact/hooks';
import type { ScenarioItem } from '../../server/scenario-player.ts';
import { pageAt } from '../scenario-steps.ts';
import { Card } from './card.tsx';
import type { Lane } from '../../../actors/messages.ts';
import { Lanes } from './lanes.tsx';
import type { Drawable } from './lanes-text.ts';

/** So many are drawn at once. */
const PAGE = 24;
/** Longer words are cut: the cursor says them in full. */
const TEXT_MAX = 44;

export interface ScenarioLanesProps {
  readonly items: readonly ScenarioItem[];
  readonly lanes: readonly string[];
  /** Those of which nothing is recorded. */
  readonly unrecorded: readonly string[];
  readonly steps: readonly number[];
  readonly cursor: number;
  /** When it began; null: it is told in virtual time. */
  readonly beganAt: string | null;
  readonly onCursor: (cursor: number) => void;
}

export function ScenarioLanes(props: ScenarioLanesProps) {
  const { items, lanes, unrecorded, steps, cursor, beganAt, onCursor } = props;
  const page = pageAt(steps, cursor, PAGE);
  const begin = Date.parse(beganAt ?? VIRTUAL);
  const drawn = useMemo(
    () => page.steps.map((i) => drawableOf(items[i]!, begin)),
    [items, steps, page.from, begin],
  );
  const named = useMemo(
    () => lanes.map((lane) => laneOf(lane, unrecorded.includes(lane))),
    [lanes, unrecorded],
  );
  const last = page.from + page.steps.length;
  return (
    <Card title="Lanes" note={`${page.from + 1} to ${last} of ${steps.length}`} isFlush>
      <Lanes
        label="What happened in each lane"
        lanes={named}
        items={drawn}
        beganAt={new Date(begin).toISOString()}
        cursor={cursor - page.from}
        onPick={(index) => onCursor(page.from + index)}
      />
    </Card>
  );
}

const VIRTUAL = '2000-01-01T00:00:00.000Z';

const laneOf = (name: string, isUnrecorded: boolean): Lane => ({
  id: idOf(name),
  kind: name === 'world' ? 'person' : name === 'controller' ? 'controller' : 'agent',
  name: isUnrecorded ? `${name} (not recorded)` : name,
});

const idOf = (lane: string) => (lane === 'world' || lane === 'controller' ? lane : `agent:${lane}`);

function drawableOf(item: ScenarioItem, begin: number): Drawable {
  const { atMs, lane, to = lane, text, isAgain, fate } = item;
  const more = [isAgain && 'again', fate].filter(Boolean).join(', ');
  const short = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX - 1)}…` : text;
  return {
    at: new Date(begin + atMs).toISOString(),
    from: idOf(lane),
    to: idOf(to),
    text: more === '' ? short : `${short} (${more})`,
    isLost: fate === 'cut' || fate === 'dropped',
  };
}
