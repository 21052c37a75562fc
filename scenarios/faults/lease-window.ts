/**
 * Uniform chaos does not find the bugs of leases: they need one node silent for just over the timeout while
 * it has work, and one thing more within the last seconds of that silence.
 *
 *   ── work runs ──┤ one node silent: timeout − 2 s … hand-out + 5 s ├── healthy ──┤ the same again ├── …
 *                                               └ one more fault ┘
 */
import { guardMs } from '../../machines/timing.ts';
import type { Dice } from '../dice.ts';
import type { Action, PlanStep } from '../plan.ts';
import { retime } from './operators.ts';
import { anyAgent, anyWay, type Family, type Stage } from './stage.ts';

/** How long before its end the silence meets its second fault, at most. */
const CLOSE_MS = 15_000;

export const leaseWindows: Family = (dice, stage) => {
  const steps: PlanStep[] = [];
  const { timeoutMs } = stage.config.timing;
  let atMs = dice.between(100, Math.ceil(timeoutMs / 4));
  while (atMs < stage.chaosMs) {
    const silentMs = silence(dice, stage);
    const agent = anyAgent(dice, stage);
    steps.push(...silenced(dice, stage, agent, atMs, silentMs));
    const closeMs = Math.min(CLOSE_MS, Math.ceil(timeoutMs / 4));
    const secondAtMs = atMs + silentMs - dice.below(closeMs);
    steps.push(...second(dice, stage, agent, Math.max(atMs, secondAtMs)));
    atMs += silentMs + dice.between(1, timeoutMs);
  }
  return steps;
};

function silence(dice: Dice, { config, instantsMs }: Stage): number {
  if (dice.oneIn(4)) return dice.pick(instantsMs) + dice.between(-1, 1);
  const { timeoutMs } = config.timing;
  const guard = guardMs(config.timing, config);
  return dice.between(Math.ceil(timeoutMs * 0.97), timeoutMs + guard + Math.ceil(timeoutMs / 12));
}

function silenced(
  dice: Dice,
  stage: Stage,
  agent: string,
  atMs: number,
  forMs: number,
): PlanStep[] {
  const at = (action: Action): PlanStep => ({ atMs, action });
  switch (dice.below(8)) {
    case 0:
      return [at({ do: 'pause', seat: agent, forMs })];
    case 1:
      // What it is given now is under way to its disk until the lease is about over (R7).
      return [
        at({ do: 'disk', seat: agent, fault: 'stall', forMs }),
        at({ do: 'submit', id: `w${atMs}`, runsMs: stage.config.timing.timeoutMs }),
        { atMs: atMs + dice.below(2_000), action: { do: 'cut', agent, way: anyWay(dice), forMs } },
      ];
    case 2:
      return [at({ do: 'offline', seat: dice.pick(['controller', agent]), forMs })];
    case 3:
      return [at({ do: 'pause', seat: 'controller', forMs })];
    case 4:
      return [at({ do: 'hold', agent, way: anyWay(dice), forMs })];
    case 5:
      return stage.agents.map((each) => at({ do: 'cut', agent: each, way: 'both', forMs }));
    default:
      return [at({ do: 'cut', agent, way: anyWay(dice), forMs })];
  }
}

/** What else happens shortly before the silence is over, to the silent one or to the other side. */
function second(dice: Dice, stage: Stage, agent: string, atMs: number): PlanStep[] {
  const seat = dice.pick(['controller', agent]);
  const at = (action: Action): PlanStep => ({ atMs, action });
  const shortMs = dice.between(1, 5_000);
  switch (dice.below(11)) {
    case 0:
      // What was sent before the silence arrives in its end.
      return [
        {
          atMs: Math.max(0, atMs - stage.config.timing.timeoutMs),
          action: late(dice, stage, agent),
        },
      ];
    case 1:
    case 2:
      return [at({ do: 'crash', seat, forMs: shortMs })];
    case 3:
      return [at({ do: 'jump', seat, byMs: dice.pick([-1, 1]) * stage.config.timing.timeoutMs })];
    case 4:
      return [at({ do: 'cancel', id: dice.pick(stage.ids) })];
    case 5:
      return [at(retime(dice, stage))];
    case 6:
      return [at({ do: 'twin', agent, forMs: dice.between(1, stage.config.timing.timeoutMs) })];
    case 7:
      return [at({ do: 'pause', seat, forMs: shortMs })];
    case 8:
      return [at({ do: 'disk', seat, fault: 'stall', forMs: shortMs })];
    case 9:
      return [at({ do: 'cut', agent, way: anyWay(dice), forMs: shortMs })];
    default:
      return [];
  }
}

function late(dice: Dice, { config }: Stage, agent: string): Action {
  const forMs = config.timing.timeoutMs + dice.below(CLOSE_MS);
  return { do: 'echo', agent, way: anyWay(dice), frames: dice.between(1, 50), forMs };
}
