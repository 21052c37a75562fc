/**
 * What people do to a system that is in trouble already: they cancel, retry and decide, drain agents, send
 * them home, stop jobs, change the timing and restart the controller with a handover.
 */
import type { ControllerSettings } from '../../actors/controller-config.ts';
import { handoverMs } from '../../machines/timing.ts';
import type { Dice } from '../dice.ts';
import type { Action, PlanStep } from '../plan.ts';
import { anyAgent, moment, times, type Family, type Stage } from './stage.ts';

export const decisions: Family = (dice, stage) =>
  times(dice.between(1, 6), () => {
    const verb = dice.pick(['cancel', 'cancel', 'retry', 'accept', 'giveUp'] as const);
    const atMs = moment(dice, stage);
    if (dice.oneIn(8) && stage.jobs.length > 0)
      return [{ atMs, action: { do: 'stopJob', job: dice.pick(stage.jobs) } }];
    return [{ atMs, action: { do: verb, id: dice.pick(stage.ids) } }];
  });

export const departures: Family = (dice, stage) =>
  times(dice.between(1, 3), () => {
    const agent = anyAgent(dice, stage);
    const atMs = moment(dice, stage);
    const laterMs = atMs + dice.between(1, stage.config.timing.timeoutMs);
    return dice.oneIn(2)
      ? [
          { atMs, action: { do: 'drain', agent } },
          { atMs: laterMs, action: { do: 'drain', agent, drain: false } },
        ]
      : [
          { atMs, action: { do: 'leave', agent } },
          { atMs: laterMs, action: { do: 'start', seat: agent } },
        ];
  });

/** The timing changes while work is in flight. */
export const retimings: Family = (dice, stage) =>
  times(dice.between(1, 2), () => [{ atMs: moment(dice, stage), action: retime(dice, stage) }]);

export function retime(dice: Dice, { setting }: Stage): Action {
  return { do: 'retime', settings: { ...setting.settings, ...dice.pick(TIMINGS) } };
}

/** One agent after the other has a timing of its own, by a class that is changed while work is in flight. */
export const classes: Family = (dice, stage) =>
  times(dice.between(1, 4), () => {
    const settings = { ...stage.setting.settings, ...dice.pick(TIMINGS) };
    const agent = anyAgent(dice, stage);
    return [{ atMs: moment(dice, stage), action: { do: 'classes', agent, settings } }];
  });

/** The default, short ones, and one with a longer timeout. The period, the delay and the timeout in ms. */
export const TIMINGS: readonly ControllerSettings[] = [
  { periodMs: 10_000, delayMs: 2_000, timeoutMs: 60_000 },
  { periodMs: 5_000, delayMs: 1_000, timeoutMs: 20_000 },
  { periodMs: 1_000, delayMs: 200, timeoutMs: 6_000 },
  { periodMs: 10_000, delayMs: 3_000, timeoutMs: 120_000 },
];

/** A planned restart: a longer lease is granted first, and then it may take longer than one timeout. */
export const handovers: Family = (dice, stage) =>
  times(dice.between(1, 2), () => handover(dice, stage, moment(dice, stage)));

function handover(dice: Dice, { config }: Stage, atMs: number): PlanStep[] {
  const { timing } = config;
  const isLonger = !dice.oneIn(4);
  const timeoutMs = isLonger ? handoverMs(timing, timing.timeoutMs * dice.between(2, 3)) : null;
  return [
    { atMs, action: { do: 'handOver', timeoutMs } },
    {
      atMs: atMs + dice.between(1, Math.ceil(timing.timeoutMs / 3)),
      action: {
        do: 'crash',
        seat: 'controller',
        forMs: dice.between(1, Math.ceil(timing.timeoutMs * 1.5)),
      },
    },
  ];
}
