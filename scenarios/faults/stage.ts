/**
 * What a family of faults is given: the setting it strikes, the protocol's instants there, and for how long
 * there is to be chaos. A family returns its steps in any order; the swarm sorts them.
 *
 *   0 ── work is handed in ── faults … faults ── chaosMs: heal
 */
import { checkConfig } from '../../actors/controller-config.ts';
import type { ControllerConfig } from '../../actors/ground.ts';
import {
  handOutAfterMs,
  lateAfterMs,
  resendEveryMs,
  sendsWithinTimeout,
  suspectAfterMs,
} from '../../machines/timing.ts';
import type { Dice } from '../dice.ts';
import type { PlanStep, Seat, Setting, Way } from '../plan.ts';

export interface Stage {
  readonly setting: Setting;
  readonly config: ControllerConfig;
  /** When all faults end, in ms from the start. */
  readonly chaosMs: number;
  readonly agents: readonly string[];
  /** Ids of the work that is handed in. */
  readonly ids: readonly string[];
  readonly jobs: readonly string[];
  /** The durations at which the protocol changes its mind: suspect, late, each re-send, lost, handed out. */
  readonly instantsMs: readonly number[];
}

/** One kind of trouble: what it does to a world, drawn from dice of its own. */
export type Family = (dice: Dice, stage: Stage) => PlanStep[];

export function stageOf(
  setting: Setting,
  chaosMs: number,
  work: Pick<Stage, 'ids' | 'jobs'>,
): Stage {
  const config = checkConfig(setting.settings);
  const { timing } = config;
  const sends = Math.min(sendsWithinTimeout(timing), 5);
  const instantsMs = [
    lateAfterMs(timing),
    timing.timeoutMs,
    handOutAfterMs(timing, config),
    suspectAfterMs(timing),
    ...Array.from({ length: sends - 1 }, (_, i) => (i + 1) * resendEveryMs(timing)),
  ];
  const agents = setting.agents.map(({ id }) => id);
  return { setting, config, chaosMs, agents, instantsMs, ...work };
}

/** An instant within the chaos. */
export const moment = (dice: Dice, { chaosMs }: Stage): number => dice.below(chaosMs);

/** How long a fault lasts: often just about as long as an instant of the protocol. */
export function spell(dice: Dice, { config, instantsMs }: Stage): number {
  const { timeoutMs } = config.timing;
  switch (dice.below(4)) {
    case 0:
      return dice.pick(instantsMs) + dice.between(-1, 1);
    case 1:
      return dice.between(1, Math.ceil(timeoutMs / 10));
    default:
      return dice.between(1, Math.ceil(timeoutMs * 1.3));
  }
}

export const anyAgent = (dice: Dice, { agents }: Stage): string => dice.pick(agents);

/** An agent, or as often as one of them the controller. */
export const anySeat = (dice: Dice, { agents }: Stage): Seat =>
  dice.pick(['controller', ...agents]);

export const anyWay = (dice: Dice): Way => dice.pick(['to', 'from', 'both'] as const);

/** So many times what `make` makes, one list after the other. */
export function times(count: number, make: () => readonly PlanStep[]): PlanStep[] {
  return Array.from({ length: count }, make).flat();
}
