/**
 * A drawn statechart made alive: its states are buttons, its arrows know whence and whither.
 *
 *   Mermaid's picture ─▶ nodes by state, arrows by (from, to) ─▶ show({ lit, walked, counts, picked }): classes only
 *
 * Nothing is drawn twice: what changes are classes, texts, and the names at the arrows of the state looked at.
 */
import type { MachineDefinition } from '../../../machines/definitions.ts';
import type { Arrow } from '../../../machines/diagram.ts';
import { chartText } from './chart-text.ts';
import { lookOf } from './chip.tsx';
import { drawn } from './mermaid.ts';
import { nameArrows } from './arrow-names.ts';

export interface Showing {
  readonly lit: string | undefined;
  readonly walked: readonly string[];
  readonly counts: Readonly<Record<string, number | null>> | undefined;
  readonly picked: string | undefined;
}

export interface Fitted {
  readonly picture: SVGSVGElement;
  show(showing: Showing): void;
}

interface Node {
  readonly state: string;
  readonly group: SVGGElement;
  readonly name: HTMLElement;
  readonly count: HTMLElement;
}

export interface DrawnArrow extends Arrow {
  readonly path: SVGPathElement;
  /** Its name in the layout; none in a dense chart. */
  readonly label: Element | undefined;
}

export async function fitChart(
  definition: MachineDefinition,
  hasCounts: boolean,
  pick: (state: string) => void,
): Promise<Fitted> {
  const { text, arrows, isDense } = chartText(definition, hasCounts);
  const picture = await drawn(text);
  sizeOf(picture);
  picture.setAttribute('class', `chart-picture${isDense ? ' dense' : ''}`);
  const nodes = Object.keys(definition.states).flatMap((state) => nodeOf(picture, state));
  const lines = arrowsIn(picture, arrows);
  const names = document.createElementNS('http://www.w3.org/2000/svg', 'g');
  picture.querySelector('.root')?.append(names);
  let shown: Showing | undefined;
  let hovered: string | undefined;
  const point = () =>
    pointAt(lines, isDense ? names : undefined, hovered ?? shown?.picked, shown?.lit);
  for (const { state, group } of nodes) {
    const look = (at: string | undefined) => () => {
      hovered = at;
      point();
    };
    group.addEventListener('click', () => pick(state));
    group.addEventListener('keydown', (event) => onKey(event, nodes, () => pick(state)));
    group.addEventListener('pointerenter', look(state));
    group.addEventListener('pointerleave', look(undefined));
    group.addEventListener('focus', look(state));
    group.addEventListener('blur', look(undefined));
  }
  return {
    picture,
    show(showing) {
      const centre = showing.picked ?? showing.lit;
      if (centre !== (shown?.picked ?? shown?.lit))
        bringIntoSight(nodes.find(({ state }) => state === centre)?.group);
      shown = showing;
      for (const node of nodes) showNode(node, definition, showing);
      showWalk(lines, showing.walked);
      point();
    },
  };
}

/** As large as its text where there is room; a little smaller, and then scrolled, where there is less. */
const LEAST = 0.6;

function sizeOf(picture: SVGSVGElement): void {
  const { width } = picture.viewBox.baseVal;
  for (const name of ['width', 'height', 'role', 'aria-roledescription'])
    picture.removeAttribute(name);
  picture.setAttribute(
    'style',
    `width: clamp(${Math.round(width * LEAST)}px, 100%, ${Math.ceil(width)}px)`,
  );
}

/** Scrolls the frame of the chart, and nothing around it. */
function bringIntoSight(node: SVGGElement | undefined): void {
  const frame = node?.ownerSVGElement?.parentElement;
  if (!node || !frame) return;
  const [box, around] = [node.getBoundingClientRect(), frame.getBoundingClientRect()];
  frame.scrollLeft += box.left + box.width / 2 - around.left - around.width / 2;
}

function nodeOf(picture: SVGSVGElement, state: string): Node[] {
  const group = picture.querySelector<SVGGElement>(`g.node[id*="state-${state}-"]`);
  const text = group?.querySelector<HTMLElement>('.nodeLabel');
  if (!group || !text) return [];
  const [name, count] = [document.createElement('span'), document.createElement('span')];
  name.className = 'chart-name';
  count.className = 'chart-count';
  name.textContent = state;
  text.replaceChildren(name, ' ', count);
  group.setAttribute('role', 'button');
  group.setAttribute('tabindex', '0');
  group.dataset['state'] = state;
  return [{ state, group, name, count }];
}

function arrowsIn(picture: SVGSVGElement, arrows: readonly Arrow[]): readonly DrawnArrow[] {
  return arrows.flatMap((arrow, i) => {
    // The first one comes from the dot.
    const id = `edge${i + 1}`;
    const path = picture.querySelector<SVGPathElement>(`.edgePaths [data-id="${id}"]`);
    const label = picture.querySelector(`.edgeLabels [data-id="${id}"]`)?.parentElement;
    return path ? [{ ...arrow, path, label: label ?? undefined }] : [];
  });
}

function showNode(
  node: Node,
  definition: MachineDefinition,
  { lit, walked, counts, picked }: Showing,
) {
  const { state, group } = node;
  const { description, type } = definition.states[state]!;
  const count = counts?.[state];
  const isLit = state === lit;
  const classes = {
    node: true,
    lit: isLit,
    picked: state === picked,
    walked: walked.includes(state),
    final: type === 'final',
    none: counts !== undefined && !count,
  };
  const tone = `tone-${lookOf(state).tone}`;
  const given = Object.entries(classes).filter(([, isSo]) => isSo);
  group.setAttribute('class', [...given.map(([name]) => name), tone].join(' '));
  group.style.setProperty('--heat', `${heatOf(count ?? 0)}%`);
  node.count.textContent = typeof count === 'number' ? shownCount(count) : '';
  const name = `${state} ${node.count.textContent}`.trim();
  group.setAttribute('aria-label', `${name}${isLit ? ', the present state' : ''}. ${description}`);
  if (isLit) group.setAttribute('aria-current', 'true');
  else group.removeAttribute('aria-current');
}

/** From 0 for none to 100 for a million, by its digits. */
const heatOf = (count: number) =>
  count === 0 ? 0 : Math.min(100, Math.round(55 + 10 * Math.log10(count)));

const shownCount = (count: number) => count.toLocaleString('en-US');

/** The arrows that were gone along. */
function showWalk(lines: readonly DrawnArrow[], walked: readonly string[]): void {
  const steps = new Set(walked.slice(1).map((to, i) => `${walked[i]!} ${to}`));
  for (const { from, to, path } of lines)
    path.classList.toggle('walked', steps.has(`${from} ${to}`));
}

/**
 * Names the arrows that lead out of the state that is looked at, else of the present one, and shows those that lead
 * into the former.
 * @param names where their names are written; undefined: they are there
 */
function pointAt(
  lines: readonly DrawnArrow[],
  names: SVGGElement | undefined,
  looked: string | undefined,
  lit: string | undefined,
): void {
  const state = looked ?? lit;
  const out = lines.filter(({ from }) => from === state);
  for (const line of lines) {
    for (const part of [line.path, line.label]) {
      part?.classList.toggle('out', line.from === state);
      part?.classList.toggle('in', line.to === looked);
    }
  }
  // What is drawn last is above the others.
  for (const { path } of out) path.parentElement?.append(path);
  if (names) nameArrows(names, out);
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
};

function onKey(event: KeyboardEvent, nodes: readonly Node[], pick: () => void): void {
  if (event.key === 'Enter' || event.key === ' ') pick();
  else if (STEPS[event.key] === undefined) return;
  else {
    const at = nodes.findIndex(({ group }) => group === event.currentTarget);
    const to = (at + STEPS[event.key]! + nodes.length) % nodes.length;
    nodes[to]?.group.focus();
  }
  event.preventDefault();
}
