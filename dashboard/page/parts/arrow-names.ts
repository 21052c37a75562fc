/**
 * Writes the names of a few arrows beside them, where they meet neither each other nor a state: along each arrow
 * several places are tried, from its middle outwards.
 */
import type { Arrow } from '../../../machines/diagram.ts';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Named = Arrow & { readonly path: SVGPathElement };

const SVG = 'http://www.w3.org/2000/svg';
/** Parts of an arrow's length. */
const PLACES = [0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82];
const PAD = 4;

/** @param group into which they are written, and nothing else is */
export function nameArrows(group: SVGGElement, arrows: readonly Named[]): void {
  group.replaceChildren();
  group.setAttribute('class', 'arrow-names');
  const taken = boxesOf(group.ownerSVGElement);
  for (const { path, events } of arrows) {
    const text = document.createElementNS(SVG, 'text');
    text.textContent = events.join(', ');
    group.append(text);
    const { width, height } = text.getBBox();
    const box = placeFor(path, width + 2 * PAD, height + 2, taken);
    taken.push(box);
    text.setAttribute('x', String(box.x + box.width / 2));
    text.setAttribute('y', String(box.y + box.height / 2));
    const ground = document.createElementNS(SVG, 'rect');
    for (const [name, value] of Object.entries(box)) ground.setAttribute(name, String(value));
    ground.setAttribute('rx', '3');
    text.before(ground);
  }
}

/** Where the states are. */
function boxesOf(picture: SVGSVGElement | null): Box[] {
  return [...(picture?.querySelectorAll<SVGGElement>('g.node') ?? [])].map((node) => {
    const { x, y, width, height } = node.getBBox();
    const { e = 0, f = 0 } = node.transform.baseVal.consolidate()?.matrix ?? {};
    return { x: x + e, y: y + f, width, height };
  });
}

function placeFor(path: SVGPathElement, width: number, height: number, taken: readonly Box[]): Box {
  const length = path.getTotalLength();
  const boxes = PLACES.map((part) => {
    const { x, y } = path.getPointAtLength(length * part);
    return { x: x - width / 2, y: y - height / 2, width, height };
  });
  return boxes.find((box) => !taken.some((other) => isOver(box, other))) ?? boxes[0]!;
}

const isOver = (one: Box, other: Box) =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;
