/**
 * Families of the network: links that are cut, one way or both; links that lose, repeat, reorder and delay;
 * frames that arrive once more, or only after the link, the boot or the term they were meant for; a
 * connection to the broker that is gone.
 */
import type { Dice } from '../dice.ts';
import type { PlanStep } from '../plan.ts';
import {
  anyAgent,
  anySeat,
  anyWay,
  moment,
  spell,
  times,
  type Family,
  type Stage,
} from './stage.ts';

export const cuts: Family = (dice, stage) =>
  times(dice.between(1, 6), () => [
    {
      atMs: moment(dice, stage),
      action: {
        do: 'cut',
        agent: anyAgent(dice, stage),
        way: anyWay(dice),
        forMs: spell(dice, stage),
      },
    },
  ]);

export const lossyLinks: Family = (dice, stage) =>
  times(dice.between(1, 3), () => [lossy(dice, stage)]);

function lossy(dice: Dice, stage: Stage): PlanStep {
  const { timing } = stage.config;
  const mostMs = dice.pick([20, 500, timing.periodMs + timing.delayMs, timing.timeoutMs * 1.2]);
  return {
    atMs: moment(dice, stage),
    action: {
      do: 'lossy',
      agent: dice.oneIn(2) ? '*' : anyAgent(dice, stage),
      way: anyWay(dice),
      ...(dice.oneIn(2) ? { drop: dice.between(1, 5) / 10 } : {}),
      ...(dice.oneIn(2) ? { duplicate: dice.between(1, 5) / 10 } : {}),
      ...(dice.oneIn(2) ? { reorder: dice.between(1, 5) / 10 } : {}),
      ...(dice.oneIn(2) ? { delayMs: [0, Math.round(mostMs)] as const } : {}),
      forMs: dice.between(1, 2 * timing.timeoutMs),
    },
  };
}

/** Frames of the past, delivered to whoever listens then. */
export const lateFrames: Family = (dice, stage) =>
  times(dice.between(1, 5), () => {
    const link = { agent: anyAgent(dice, stage), way: anyWay(dice), forMs: spell(dice, stage) };
    const atMs = moment(dice, stage);
    return dice.oneIn(2)
      ? [{ atMs, action: { do: 'hold', ...link } }]
      : [{ atMs, action: { do: 'echo', ...link, frames: dice.between(1, 50) } }];
  });

export const brokers: Family = (dice, stage) =>
  times(dice.between(1, 4), () => [
    {
      atMs: moment(dice, stage),
      action: { do: 'offline', seat: anySeat(dice, stage), forMs: spell(dice, stage) },
    },
  ]);
