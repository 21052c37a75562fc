/**
 * A plan for each seed: a setting, work, and a choice of faults at rates of their own. A seed draws only some
 * families, since faults that are always on hide each other.
 *
 *   seed ──▶ setting ─ work ─┬─ 1 in 20: calm, no fault at all
 *                            ├─ a third: silences of just over the timeout, with one more fault in each
 *                            └─ the rest: each family of faults or not, as the dice fall
 */
import { checkConfig, type ControllerSettings } from '../actors/controller-config.ts';
import { createDice, type Dice } from './dice.ts';
import { jumps } from './faults/clocks.ts';
import { disks } from './faults/disks.ts';
import { oldStores, rivals, twins } from './faults/identities.ts';
import { leaseWindows } from './faults/lease-window.ts';
import { brokers, cuts, lateFrames, lossyLinks } from './faults/network.ts';
import {
  classes,
  decisions,
  departures,
  handovers,
  retimings,
  TIMINGS,
} from './faults/operators.ts';
import { crashes, lostTails, pauses } from './faults/processes.ts';
import { stageOf, type Family } from './faults/stage.ts';
import { work } from './faults/work.ts';
import type { AgentSetting, Plan, PlanStep, Setting } from './plan.ts';

/** Each with the chance of one in so many to be on. */
const FAMILIES: readonly (readonly [name: string, family: Family, oneIn: number])[] = [
  ['lease windows', leaseWindows, Infinity],
  ['cuts', cuts, 2],
  ['lossy links', lossyLinks, 2],
  ['late frames', lateFrames, 2],
  ['brokers', brokers, 3],
  ['crashes', crashes, 2],
  ['pauses', pauses, 3],
  ['disks', disks, 2],
  ['jumps', jumps, 3],
  ['twins', twins, 5],
  ['rivals', rivals, 2],
  ['lost tails', lostTails, 8],
  ['old stores', oldStores, 8],
  ['decisions', decisions, 2],
  ['departures', departures, 4],
  ['retimings', retimings, 5],
  ['handovers', handovers, 6],
  ['classes', classes, 5],
];

/** The plan of a seed (a whole number): the same one each time, until this file or one of the families changes. */
export function planOf(seed: number): Plan {
  const dice = createDice(seed);
  const setting = settingOf(seed, dice.fork('setting'));
  const config = checkConfig(setting.settings);
  const { timeoutMs } = config.timing;
  const kinds = dice.fork('kinds');
  const chaosMs = timeoutMs * (timeoutMs > 600_000 ? 1 : kinds.between(3, 10));
  const manners = {
    poison: kinds.oneIn(4),
    endless: kinds.oneIn(3),
    unkillable: kinds.oneIn(6),
    talkative: kinds.oneIn(4),
  };
  const kind = kinds.below(20);
  const isCalm = kind === 0;
  const calm = { poison: false, endless: false, unkillable: false, talkative: false };
  const todo = work(dice.fork('work'), config, isCalm ? calm : manners, chaosMs);
  const stage = stageOf(setting, chaosMs, todo);
  const families = isCalm
    ? []
    : kind < 8
      ? FAMILIES.filter(([name]) => name === 'lease windows')
      : FAMILIES.filter(([name, , oneIn]) => dice.fork(`${name}?`).oneIn(oneIn));
  const faults = families.flatMap(([name, family]) => family(dice.fork(name), stage));
  const chaos = [...todo.steps, ...faults].filter(({ atMs }) => atMs < chaosMs);
  return { setting, steps: [...inOrder(chaos), { atMs: chaosMs, action: { do: 'heal' } }] };
}

const inOrder = (steps: readonly PlanStep[]): PlanStep[] =>
  [...steps].sort((one, other) => one.atMs - other.atMs);

function settingOf(seed: number, dice: Dice): Setting {
  const beats = timing(dice);
  // A fifth of the worlds have clocks that are worse than quartz, and know it. Over a long period they would
  // be apart by more than the delay, and agents suspect in peace.
  const drift = dice.oneIn(5) && beats.periodMs! <= 10_000 ? 0.01 : 0.0005;
  const rate = () => 1 + dice.pick([-1, 0, 1]) * (drift * 0.99);
  const offsetMs = () => (dice.oneIn(2) ? 0 : dice.between(-3_600_000, 3_600_000));
  const agents = Array.from({ length: dice.between(1, 4) }, (_, i): AgentSetting => {
    return { id: `a${i + 1}`, slots: dice.between(1, 3), rate: rate(), offsetMs: offsetMs() };
  });
  const leased = dice.oneIn(10);
  const settings: ControllerSettings = {
    ...beats,
    ...(drift === 0.0005 ? {} : { drift }),
    ...(dice.oneIn(3) ? { sweepMs: dice.pick([10_000, 30_000]) } : {}),
    ...(dice.oneIn(3) ? { idleMs: idleMs(dice, beats.periodMs!) } : {}),
    ...(dice.oneIn(4) ? { graceMs: dice.pick([500, 15_000]) } : {}),
    ...(dice.oneIn(2) ? { select: 'first' } : {}),
    ...(dice.oneIn(5) ? { maxProcesses: dice.between(1, 3) } : {}),
    ...(leased ? { termLeaseMs: dice.pick([3_000, 10_000]) } : {}),
  };
  return {
    seed,
    agents,
    settings,
    controllerRate: rate(),
    controllerOffsetMs: offsetMs(),
    syncMs: dice.pick([1, 2, 2, 5, 30]),
    ...(leased ? { sharedStore: true } : {}),
  };
}

/** Whoever runs is told of first after 10 s, then in rounds as long as 10 s or a period: in peace nothing is idle. */
const idleMs = (dice: Dice, periodMs: number): number =>
  5_000 + 2 * Math.max(10_000, periodMs) + dice.pick([0, 15_000]);

function timing(dice: Dice): ControllerSettings {
  if (dice.oneIn(100)) return { periodMs: 120_000, delayMs: 2_000, timeoutMs: 7_200_000 };
  return dice.oneIn(2) ? TIMINGS[0]! : dice.pick(TIMINGS);
}
