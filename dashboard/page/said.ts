/** What was done lately, told at the foot of the page for a while, and to those who listen. */
import { signal } from '@preact/signals';

export interface Said {
  readonly id: number;
  readonly text: string;
}

/** Long enough to read a sentence twice. */
const SHOWN_MS = 12_000;

export const said = signal<readonly Said[]>([]);
let count = 0;

export function say(text: string): void {
  const one = { id: count++, text };
  said.value = [...said.value.slice(-2), one];
  setTimeout(() => unsay(one), SHOWN_MS);
}

export function unsay(one: Said): void {
  said.value = said.value.filter(({ id }) => id !== one.id);
}
