/**
 * A statechart as text for Mermaid, and the arrows in the order in which Mermaid draws them.
 *
 *   arrow 0        the dot to the initial state
 *   arrow 1, 2 …   from one state to another, with all the events that lead there
 *
 * A chart with many arrows is laid out without their names: those would be most of the picture. They are written
 * at the arrows of one state at a time, when somebody looks at that state.
 */
import { arrowsOf, type Arrow } from '../../../machines/diagram.ts';
import type { MachineDefinition } from '../../../machines/definitions.ts';

/** With more arrows than these their names are not all shown at once. */
const ARROWS_WITH_NAMES = 20;

/** Room for a count beside the name of a state. */
const COUNT_ROOM = '00,000';

export interface ChartText {
  readonly text: string;
  /** Those that are drawn after the first one. */
  readonly arrows: readonly Arrow[];
  /** The names of the arrows are not in the layout. */
  readonly isDense: boolean;
}

/** It needs the whole width of a page. */
export const isDense = (definition: MachineDefinition): boolean =>
  arrowsOf(definition).length > ARROWS_WITH_NAMES;

export function chartText(definition: MachineDefinition, hasCounts: boolean): ChartText {
  const { initial, states } = definition;
  const arrows = arrowsOf(definition);
  const dense = isDense(definition);
  const lines = [
    // Its arrows take most of the room, and it is shown smaller for it.
    ...(dense ? [`%%{init: {"themeVariables": {"fontSize": "15px"}}}%%`] : []),
    'stateDiagram-v2',
    ...Object.keys(states).map((name) =>
      hasCounts ? `state "${name} ${COUNT_ROOM}" as ${name}` : `state "${name}" as ${name}`,
    ),
    `[*] --> ${initial}`,
    ...arrows.map(({ from, to, events }) =>
      dense ? `${from} --> ${to}` : `${from} --> ${to} : ${events.join(', ')}`,
    ),
  ];
  return { text: lines.join('\n'), arrows, isDense: dense };
}
