/** Families of disks: slow, stalled, full, failing with and without the batch on them. */
import type { Dice } from '../dice.ts';
import type { Action } from '../plan.ts';
import { anySeat, moment, spell, times, type Family, type Stage } from './stage.ts';

export const disks: Family = (dice, stage) =>
  times(dice.between(1, 5), () => [
    { atMs: moment(dice, stage), action: diskFault(dice, stage, anySeat(dice, stage)) },
  ]);

export function diskFault(dice: Dice, stage: Stage, seat: string): Action {
  const forMs = spell(dice, stage);
  const fault = dice.pick(['stall', 'slow', 'full', 'fail'] as const);
  switch (fault) {
    case 'slow':
      return { do: 'disk', seat, fault, syncMs: dice.pick([200, 2_000, 15_000]), forMs };
    case 'fail':
      return {
        do: 'disk',
        seat,
        fault,
        times: dice.between(1, 3),
        outcome: dice.pick(['nothing', 'lost', 'applied'] as const),
      };
    default:
      return { do: 'disk', seat, fault, forMs };
  }
}
