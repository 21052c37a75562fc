/**
 * Messages between nodes, drawn by Mermaid as lanes, and the same as a list that the keyboard reaches.
 *
 *   ada        controller        a1          1  14:03:07.120  ada → controller: handed in
 *    │──handed in──▶│             │          2  14:03:07.141  controller → a1: assign attempt 1
 *    │              │──attempt 1─▶│          …
 *
 * `cursor` is the message that is looked at: those after it are faint.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Lane } from '../../../actors/messages.ts';
import '../styles/lanes.css';
import { lanesText, sinceText, type Drawable } from './lanes-text.ts';
import { drawn } from './mermaid.ts';
import { Failed, Loading } from './nothing.tsx';
import { Instant } from './time.tsx';

export interface LanesProps {
  readonly lanes: readonly Lane[];
  readonly items: readonly Drawable[];
  /** Times are counted from there, also in the list. Default: from the first message, and the list tells the clock. */
  readonly beganAt?: string | undefined;
  /** What is shown, in words. */
  readonly label: string;
  /** Place of the message that is looked at, in `items`. */
  readonly cursor?: number | undefined;
  readonly onPick?: ((index: number) => void) | undefined;
}

export function Lanes({ lanes, items, beganAt, label, cursor, onPick }: LanesProps) {
  const frame = useRef<HTMLDivElement>(null);
  const pick = useRef(onPick);
  pick.current = onPick;
  const [parts, setParts] = useState<readonly (readonly Element[])[]>();
  const [error, setError] = useState<unknown>();
  const text = lanesText(lanes, items, beganAt);
  useEffect(() => {
    let isGone = false;
    drawn(text).then(
      (picture) => {
        if (isGone) return;
        const found = partsOf(picture, items);
        for (const [index, all] of found.entries())
          for (const part of all) part.addEventListener('click', () => pick.current?.(index));
        fit(picture, label);
        frame.current?.replaceChildren(picture);
        setError(undefined);
        setParts(found);
      },
      (why: unknown) => setError(why),
    );
    return () => {
      isGone = true;
    };
  }, [text]);
  useEffect(() => point(parts ?? [], cursor), [parts, cursor]);
  return (
    <div class="lanes">
      {error !== undefined && <Failed error={error} />}
      {!parts && error === undefined && <Loading />}
      <div class="lanes-frame" ref={frame} tabIndex={0} role="region" aria-label={label} />
      <List lanes={lanes} items={items} beganAt={beganAt} cursor={cursor} onPick={onPick} />
    </div>
  );
}

function fit(picture: SVGSVGElement, label: string): void {
  picture.removeAttribute('style');
  picture.removeAttribute('aria-roledescription');
  picture.setAttribute('role', 'img');
  picture.setAttribute('aria-label', `${label}; the list below says the same.`);
  picture.setAttribute('class', 'lanes-picture');
}

/** The lines and words of each message: arrows and notes are drawn in their order, each kind for itself. */
function partsOf(
  picture: SVGSVGElement,
  items: readonly Drawable[],
): readonly (readonly Element[])[] {
  const all = (selector: string) => [...picture.querySelectorAll(selector)];
  const [lines, words] = [all('.messageLine0, .messageLine1'), all('.messageText')];
  const [notes, noted] = [all('rect.note'), all('.noteText')];
  let [arrow, note] = [0, 0];
  return items.map(({ from, to }) => {
    const found = from === to ? [notes[note], noted[note++]] : [lines[arrow], words[arrow++]];
    return found.filter((part) => part !== undefined);
  });
}

function point(parts: readonly (readonly Element[])[], cursor: number | undefined): void {
  for (const [index, all] of parts.entries()) {
    for (const part of all) {
      part.classList.toggle('now', index === cursor);
      part.classList.toggle('later', cursor !== undefined && index > cursor);
    }
  }
  if (cursor !== undefined)
    parts[cursor]?.[0]?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function List({ lanes, items, beganAt, cursor, onPick }: Omit<LanesProps, 'label'>) {
  const names = new Map(lanes.map(({ id, name }) => [id, name]));
  const name = (id: string) => names.get(id) ?? id;
  return (
    <details class="lanes-list">
      <summary>as a list ({items.length})</summary>
      <ol>
        {items.map(({ at, from, to, text, isLost }, index) => {
          const way = from === to ? name(from) : `${name(from)} → ${name(to)}`;
          const said = (
            <>
              <b>{way}</b> {text}
              {isLost && <span class="tone-bad lanes-lost"> (lost)</span>}
            </>
          );
          return (
            <li key={index} class={index === cursor ? 'now' : undefined}>
              {beganAt === undefined ? (
                <Instant at={at} exact />
              ) : (
                <span class="faint">{sinceText(Date.parse(at) - Date.parse(beganAt))}</span>
              )}
              {onPick ? (
                <button type="button" class="as-line" onClick={() => onPick(index)}>
                  {said}
                </button>
              ) : (
                <span>{said}</span>
              )}
            </li>
          );
        })}
      </ol>
    </details>
  );
}
