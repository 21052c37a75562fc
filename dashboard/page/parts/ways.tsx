/** What a chart shows, in words: what a state is, and what leads out of it. */
import type { MachineDefinition, TransitionDefinition } from '../../../machines/definitions.ts';
import { Icon } from './icon.tsx';

/** The ways out of a state, in the order in which they are tried. */
export function Ways({
  definition,
  state,
  onPick,
}: {
  readonly definition: MachineDefinition;
  readonly state: string;
  readonly onPick?: (state: string) => void;
}) {
  const { on = {} } = definition.states[state] ?? {};
  const ways = Object.entries(on).flatMap(([event, all]) => all.map((way) => ({ event, way })));
  if (ways.length === 0) return <p class="muted">Nothing leads out of it: it is over.</p>;
  return (
    <ul class="ways">
      {ways.map(({ event, way }, i) => (
        <li key={i}>
          <span class="ways-event mono">{event}</span>
          <span class="ways-to">
            <Icon name="next" size={12} /> <Target way={way} state={state} onPick={onPick} />
          </span>
          <span class="ways-says">
            {way.description}
            {way.guard && <small class="mono"> if {way.guard}</small>}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Target({
  way,
  state,
  onPick,
}: {
  readonly way: TransitionDefinition;
  readonly state: string;
  readonly onPick: ((state: string) => void) | undefined;
}) {
  const { target } = way;
  if (target === undefined || target === state) return <span class="faint">stays</span>;
  if (!onPick) return <>{target}</>;
  return (
    <button type="button" class="as-link" onClick={() => onPick(target)}>
      {target}
    </button>
  );
}
