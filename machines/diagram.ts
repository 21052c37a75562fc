/**
 * A statechart as a Mermaid state diagram, drawn from its definition: the same picture in the documents and on
 * the page. Whoever shows it may add lines of its own, since the states stand under their names.
 *
 *   stateDiagram-v2                        what leads from one state to another is one arrow with all its events
 *     state "any of these" as together {   states that share most of their ways out stand in a box, and these
 *       sent …                             begin at the box: else a chart of eleven states has sixty arrows
 *     [*] --> queued
 *     queued --> sent : assign
 *     together --> done : done
 *
 * Events that lead nowhere are left out: many only renew a deadline, and a picture of them all shows nothing.
 */
import type { MachineDefinition } from './definitions.ts';

/** All events that lead from a state to another one. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly events: readonly string[];
}

/** A box is drawn where it saves at least so many arrows. */
const WORTH_A_BOX = 5;

const BOX = 'together';

/** A statechart as a Mermaid `stateDiagram-v2`. */
export function stateDiagram(definition: MachineDefinition): string {
  const { initial, states } = definition;
  const arrows = arrowsOf(definition);
  const box = boxFor(arrows);
  const shared = box ? sharedBy(box, arrows) : [];
  const isShared = ({ from, to }: Arrow) =>
    box?.has(from) === true && shared.some((arrow) => arrow.to === to);
  const line = ({ from, to, events }: Arrow) => `  ${from} --> ${to} : ${events.join(', ')}`;
  const ends = Object.keys(states).filter((name) => states[name]!.type === 'final');
  return [
    'stateDiagram-v2',
    // First of all: the layout of Mermaid then keeps the labels apart.
    ...(box
      ? [`  state "any of these" as ${BOX} {`, ...[...box].map((s) => `    ${s}`), '  }']
      : []),
    `  [*] --> ${initial}`,
    ...arrows.filter((arrow) => !isShared(arrow)).map(line),
    ...shared.map(line),
    ...ends.map((name) => `  ${name} --> [*]`),
    '',
  ].join('\n');
}

export function arrowsOf({ states }: MachineDefinition): readonly Arrow[] {
  return Object.entries(states).flatMap(([from, { on = {} }]) => {
    const events = new Map<string, string[]>();
    for (const [event, branches] of Object.entries(on)) {
      for (const to of new Set(branches.map(({ target }) => target))) {
        if (to !== undefined && to !== from) events.set(to, [...(events.get(to) ?? []), event]);
      }
    }
    return [...events].map(([to, all]) => ({ from, to, events: all }));
  });
}

/** The states of the box that saves the most arrows; undefined: none is worth it. */
function boxFor(arrows: readonly Arrow[]): ReadonlySet<string> | undefined {
  const sources = new Map<string, Set<string>>();
  for (const arrow of arrows) {
    const same = sources.get(sameWay(arrow)) ?? new Set();
    sources.set(sameWay(arrow), same.add(arrow.from));
  }
  const savedBy = (box: ReadonlySet<string>) => (box.size - 1) * sharedBy(box, arrows).length;
  const [best] = [...sources.values()].sort((one, other) => savedBy(other) - savedBy(one));
  return best && savedBy(best) >= WORTH_A_BOX ? best : undefined;
}

/** The ways out that all states of a box have, to states outside of it. */
function sharedBy(box: ReadonlySet<string>, arrows: readonly Arrow[]): readonly Arrow[] {
  const [first] = box;
  return arrows
    .filter(({ from, to }) => from === first && !box.has(to))
    .filter((way) => {
      const same = arrows.filter((arrow) => sameWay(arrow) === sameWay(way));
      return same.filter(({ from }) => box.has(from)).length === box.size;
    })
    .map((way) => ({ ...way, from: BOX }));
}

const sameWay = ({ to, events }: Arrow) => `${to}: ${events.join()}`;
