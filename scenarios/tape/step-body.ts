/**
 * What a recording says of a turn. What is empty is left out, and so is what follows from the rest: the
 * feed of a turn repeats its entries.
 */
import type { Step } from '../../actors/tap.ts';

/** A turn as it is recorded, and compared. */
export interface StepBody {
  readonly turn: number;
  readonly at: number;
  readonly lateMs?: number;
  readonly inputs?: readonly unknown[];
  readonly due?: readonly string[];
  readonly entries?: readonly unknown[];
  /** Without a second part: the key is removed. */
  readonly writes?: readonly (readonly [key: string, value?: unknown])[];
  readonly now?: readonly unknown[];
  readonly later?: readonly unknown[];
  readonly readings?: readonly number[];
}

/** What is compared of a turn, in this order. */
export const DECIDED = ['due', 'entries', 'writes', 'now', 'later'] as const;

export function stepBody<Input, Effect extends { readonly kind: string }>(
  step: Step<Input, Effect>,
): StepBody {
  const { turn, at, lateMs, inputs, due, entries, writes, now, later, readings } = step;
  return {
    turn,
    at,
    ...(lateMs > 0 && { lateMs }),
    ...(inputs.length > 0 && { inputs }),
    ...(due.length > 0 && { due }),
    ...(entries.length > 0 && { entries }),
    ...(writes.size > 0 && { writes: [...writes].map(writeOf) }),
    ...(now.length > 0 && { now: now.filter(isNews) }),
    ...(later.some(isNews) && { later: later.filter(isNews) }),
    ...(readings.length > 0 && { readings }),
  };
}

const writeOf = ([key, value]: readonly [string, unknown]) =>
  value === undefined ? ([key] as const) : ([key, value] as const);

const isNews = ({ kind }: { readonly kind: string }) => kind !== 'feed';
