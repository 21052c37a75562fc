/** How the controller stands, for what is around each view: asked every few seconds, and when it does something. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { StatusView } from '../server/status.ts';
import { useLive } from './live.ts';

export const standing = signal<StatusView | undefined>(undefined);

/** Keeps `standing` true; once for the page. */
export function useStanding(): void {
  const { data } = useLive<StatusView>('status', {
    // Who is parked, and what persons decide, changes what the menu says.
    about: ({ about, state, by }) => about === 'controller' || state === 'parked' || by !== null,
    everyMs: 5_000,
  });
  useEffect(() => void (standing.value = data), [data]);
}
