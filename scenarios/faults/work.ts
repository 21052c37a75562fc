/**
 * What there is to do in a world: single pieces of work and jobs, most of them kind, some that fail, die with
 * their agent, never return or do not listen. Handed in at the start, and some of it in the midst of trouble.
 */
import type { ControllerConfig } from '../../actors/ground.ts';
import type { Dice } from '../dice.ts';
import type { NamedScript, PlanStep } from '../plan.ts';

/** Kinds of work that are drawn for a seed as a whole. */
export interface Manners {
  readonly poison: boolean;
  readonly endless: boolean;
  readonly unkillable: boolean;
  readonly talkative: boolean;
}

export interface Work {
  readonly steps: PlanStep[];
  readonly ids: readonly string[];
  readonly jobs: readonly string[];
}

/** @param chaosMs a third of the work comes at some instant up to then */
export function work(
  dice: Dice,
  config: ControllerConfig,
  manners: Manners,
  chaosMs: number,
): Work {
  const steps: PlanStep[] = [];
  const ids: string[] = [];
  const jobs: string[] = [];
  const next = () => {
    const id = `x${ids.length + 1}`;
    ids.push(id);
    return { id, ...script(dice, config, manners) };
  };
  const begin = () => (dice.oneIn(3) ? dice.below(chaosMs) : dice.below(2_000));
  const many = dice.between(4, 16);
  while (ids.length < many) {
    const atMs = begin();
    const items = Math.min(dice.between(1, 6), many - ids.length);
    if (items < 3) steps.push({ atMs, action: { do: 'submit', ...next() } });
    else {
      const name = `j${jobs.length + 1}`;
      jobs.push(name);
      const batch = dice.oneIn(2) ? { batch: 2 } : {};
      const action = {
        do: 'job',
        name,
        items: Array.from({ length: items }, next),
        ...batch,
      } as const;
      steps.push({ atMs, action });
    }
  }
  return { steps, ids, jobs };
}

function script(dice: Dice, config: ControllerConfig, manners: Manners): Omit<NamedScript, 'id'> {
  const { timeoutMs } = config.timing;
  // What can neither be killed nor ends by itself stays until its agent goes.
  const isUnkillable = manners.unkillable && dice.oneIn(4);
  const isEndless = manners.endless && dice.oneIn(4) && !isUnkillable;
  const runsMs = isEndless ? Infinity : dice.pick([50, 3_000, 20_000, timeoutMs, timeoutMs * 2]);
  return {
    runsMs,
    ...(isEndless || dice.oneIn(6) ? { timeoutMs: dice.pick([5_000, 30_000, timeoutMs]) } : {}),
    ...(dice.oneIn(5) ? { fails: dice.between(1, 3) } : {}),
    ...(manners.poison && dice.oneIn(4) ? { poisons: dice.between(1, 3) } : {}),
    ...(isUnkillable ? { unkillable: true } : {}),
    ...(dice.oneIn(3) ? { abortMs: dice.pick([100, 4_000, Infinity]) } : {}),
    ...(dice.oneIn(2) ? { killMs: dice.between(1, Math.floor(config.killTimeMs * 0.9)) } : {}),
    ...lines(dice, manners),
    ...(dice.oneIn(3) ? { result: dice.pick([null, 7, 'x'.repeat(3_000), { a: [1, 2] }]) } : {}),
    maxRetries: dice.between(0, 4),
    ...(dice.oneIn(3) ? { delayMs: dice.between(1, 10_000) } : {}),
    onUnknown: dice.oneIn(5) ? 'park' : 'retry',
    ...(dice.oneIn(4) ? { maxLosses: dice.between(0, 2) } : {}),
  };
}

function lines(dice: Dice, { talkative }: Manners): Pick<NamedScript, 'lines' | 'lineBytes'> {
  if (talkative && dice.oneIn(3)) return { lines: dice.between(20, 200), lineBytes: 2_000 };
  return dice.oneIn(2) ? { lines: dice.between(1, 10) } : {};
}
