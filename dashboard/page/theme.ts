/** Light, dark, or as the system has it. Kept in this browser; `early.ts` applies it before the first paint. */
import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const KEPT_AS = 'lifeline.theme';
const ORDER: readonly Theme[] = ['system', 'light', 'dark'];

const kept = localStorage.getItem(KEPT_AS);
export const theme = signal<Theme>(ORDER.find((one) => one === kept) ?? 'system');

/** The next of the three. */
export function turnTheme(): void {
  const next = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length]!;
  theme.value = next;
  localStorage.setItem(KEPT_AS, next);
  if (next === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = next;
}
