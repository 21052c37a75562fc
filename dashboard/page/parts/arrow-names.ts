/**
 * Writes the names of a few arrows beside them, where they meet neither each other nor a state: along each arrow
 * several places are tried, from its middle outwards, then beside it; else the one that hides least.
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
const PLACES = [0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.26, 0.74, 0.2, 0.8, 0.14, 0.86];
/** In parts of the name's size: on the arrow, then beside it. */
const BESIDE: readonly (readonly [number, number])[] = [
  [0, 0],
  [0.55, 0],
  [-0.55, 0],
  [0, 0.8],
  [0, -0.8],
];
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
  const points = PLACES.map((part) => path.getPointAtLength(length * part));
  let best: Box | undefined;
  let least = Infinity;
  for (const [across, down] of BESIDE) {
    for (const { x, y } of points) {
      const box = {
        x: x + across * width - width / 2,
        y: y + down * height - height / 2,
        width,
        height,
      };
      const hidden = taken.reduce((sum, other) => sum + shared(box, other), 0);
      if (hidden < least) [best, least] = [box, hidden];
      if (hidden === 0) return box;
    }
  }
  return best!;
}

/** The area that both cover. */
const shared = (one: Box, other: Box) =>
  Math.max(0, Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)) *
  Math.max(0, Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y));
