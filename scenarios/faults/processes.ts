/**
 * Families of processes: they die between any two phases of a turn, with or without what their disk had not
 * synced, or are paused while their tasks run on.
 */
import type { Dice } from '../dice.ts';
import type { CrashPhase, PlanStep } from '../plan.ts';
import { anySeat, moment, spell, times, type Family, type Stage } from './stage.ts';

const PHASES: readonly CrashPhase[] = ['taken', 'decided', 'appending', 'recorded', 'acted'];

export const crashes: Family = (dice, stage) =>
  times(dice.between(1, 6), () => {
    const first = crash(dice, stage, moment(dice, stage));
    // A second death soon after the first one is over strikes while the next life takes up its work.
    const again = dice.oneIn(4) ? [crash(dice, stage, first.backAtMs + dice.below(200))] : [];
    return [first.step, ...again.map(({ step }) => step)];
  });

function crash(dice: Dice, stage: Stage, atMs: number): { step: PlanStep; backAtMs: number } {
  const forMs = dice.oneIn(2) ? dice.between(1, 3_000) : spell(dice, stage);
  const phase = dice.oneIn(4) ? undefined : dice.pick(PHASES);
  const action = {
    do: 'crash',
    seat: anySeat(dice, stage),
    ...(phase === undefined ? {} : { phase }),
    ...(dice.oneIn(2) ? { keep: dice.between(1, 4) } : {}),
    forMs,
  } as const;
  return { step: { atMs, action }, backAtMs: atMs + forMs };
}

/** A disk that had acknowledged the last batches and does not have them after the crash. */
export const lostTails: Family = (dice, stage) =>
  times(dice.between(1, 2), () => [
    {
      atMs: moment(dice, stage),
      action: {
        do: 'crash',
        seat: anySeat(dice, stage),
        lose: dice.between(1, 3),
        forMs: dice.between(1, 5_000),
      },
    },
  ]);

export const pauses: Family = (dice, stage) =>
  times(dice.between(1, 4), () => [
    {
      atMs: moment(dice, stage),
      action: { do: 'pause', seat: anySeat(dice, stage), forMs: spell(dice, stage) },
    },
  ]);
