/** Wall clocks that jump, forth and back; the rates of clocks belong to the setting. */
import { anySeat, moment, times, type Family } from './stage.ts';

export const jumps: Family = (dice, stage) => {
  const { timeoutMs } = stage.config.timing;
  return times(dice.between(1, 4), () => {
    const byMs = dice.pick([1, 2_000, timeoutMs, 3_600_000, 86_400_000]);
    const action = {
      do: 'jump',
      seat: anySeat(dice, stage),
      byMs: dice.oneIn(2) ? byMs : -byMs,
    } as const;
    return [{ atMs: moment(dice, stage), action }];
  });
};
