/**
 * Keys of the whole page. They do nothing while somebody types, or with Ctrl, Alt or the command key.
 *
 *   g o   to the overview (the letter of each view is in routes.ts)      /   searches      t   turns the theme
 *   ?     shows the keys                                                 Esc closes what is open
 */
import { signal } from '@preact/signals';
import { routes } from './routes.ts';
import { turnTheme } from './theme.ts';

export const areKeysShown = signal(false);

/** After `g` the next letter must come within that time. */
const PAIR_MS = 1_500;

/** Listens; returns what ends it. */
export function listenToKeys(go: (path: string) => void): () => void {
  let leadAt = -Infinity;
  const hear = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector('dialog[open]')) return;
    const { key, timeStamp } = event;
    if (timeStamp - leadAt < PAIR_MS) {
      leadAt = -Infinity;
      const to = routes.find((route) => route.key === key);
      if (!to) return;
      event.preventDefault();
      return go(to.path);
    }
    if (key === 'g') leadAt = timeStamp;
    else if (key === '?') areKeysShown.value = true;
    else if (key === 't') turnTheme();
    else if (key === '/') {
      event.preventDefault();
      document.getElementById('search')?.focus();
    } else if (key === 'j' || key === 'ArrowDown') enterTable(event);
  };
  document.addEventListener('keydown', hear);
  return () => document.removeEventListener('keydown', hear);
}

/** From nowhere into the first table of the view. */
function enterTable(event: KeyboardEvent): void {
  if (document.activeElement !== document.body && event.key !== 'j') return;
  if (document.activeElement?.closest('[data-row]')) return;
  const row = document.querySelector<HTMLElement>('main [data-row]');
  if (!row) return;
  event.preventDefault();
  row.focus();
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'SELECT', 'TEXTAREA'].includes(target.tagName));
