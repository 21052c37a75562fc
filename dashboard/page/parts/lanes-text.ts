/**
 * Messages between lanes as text for Mermaid, each with the time since the first one.
 *
 *   participant l0 as ada
 *   l0->>l1 : +0.00 s · handed in        a command: a full line
 *   l2-->>l1 : +1.21 s · received        what an agent tells: a broken one
 *   l1-xl2 : +9.30 s · how far is it?    one that was lost
 *   Note over l1 : +12.0 s · …           from a lane to itself
 */
import type { Lane, Message } from '../../../actors/messages.ts';

/** What a drawing needs of a message. */
export interface Drawable extends Pick<Message, 'at' | 'from' | 'to' | 'text'> {
  /** It never arrived. */
  readonly isLost?: boolean;
}

/** @param beganAt times are counted from there */
export function lanesText(
  lanes: readonly Lane[],
  items: readonly Drawable[],
  beganAt: string | undefined = items[0]?.at,
): string {
  const place = new Map(lanes.map(({ id }, i) => [id, `l${i}`]));
  const begin = Date.parse(beganAt ?? '');
  return [
    'sequenceDiagram',
    ...lanes.map(({ name }, i) => `participant l${i} as ${plain(name)}`),
    ...items.map(({ at, from, to, text, isLost = false }) => {
      const said = `${sinceText(Date.parse(at) - begin)} · ${plain(text)}`;
      const arrow = `${from.startsWith('agent:') ? '--' : '-'}${isLost ? 'x' : '>>'}`;
      return from === to
        ? `Note over ${place.get(from) ?? 'l0'} : ${said}`
        : `${place.get(from) ?? 'l0'}${arrow}${place.get(to) ?? 'l0'} : ${said}`;
    }),
  ].join('\n');
}

/** `+1.21 s`, `+3 min 5 s`. */
export function sinceText(ms: number): string {
  if (ms < 60_000) return `+${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `+${minutes} min ${Math.round((ms % 60_000) / 1_000)} s`;
  return `+${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What Mermaid would take for its own signs is written as characters by their numbers. */
const plain = (text: string): string =>
  text.replace(/\s+/g, ' ').replace(/[#;%<>{}]/g, (sign) => `#${sign.charCodeAt(0)};`);
