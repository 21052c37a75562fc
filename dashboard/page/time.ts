/**
 * The present, as the controller has it: a clock of this machine that is wrong must not make everything look old.
 * `now` moves once a second while somebody looks.
 */
import { signal } from '@preact/signals';

/** What `Date` of an answer may differ by without meaning anything: it has no fractions. */
const TOLERATED_MS = 2_000;

let aheadMs = 0;

/** Learns from the header `date` of an answer. */
export function learnTime(date: string | null): void {
  const theirs = date === null ? NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return;
  const difference = theirs - Date.now();
  aheadMs = Math.abs(difference) < TOLERATED_MS ? 0 : difference;
}

export const present = (): number => Date.now() + aheadMs;

/** Ms since 1970, moved each second. */
export const now = signal(present());

setInterval(() => {
  if (!document.hidden) now.value = present();
}, 1_000);
