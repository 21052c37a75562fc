/**
 * The process in which planted bugs are played: it imports a copy of the product, plays seeds and scenarios with it, and says
 * what the checkers found. The checkers and the plans are always those of the product as it is.
 *
 *   { plans, simulator of the copy, checkers and plans of the whole } ──▶ { found at which seed, by whom }
 *
 * Compiled and started by players.ts, without vitest and without a loader, so that loading a copy is cheap.
 */
import { systemClock } from '../../../actors/clock.ts';
import type * as Checkers from '../../../scenarios/checkers.ts';
import type * as Read from '../../../scenarios/format/read.ts';
import type * as Play from '../../../scenarios/play.ts';
import type { Plan } from '../../../scenarios/plan.ts';
import type * as Run from '../../../scenarios/run.ts';
import type * as Swarm from '../../../scenarios/swarm.ts';

/** What is to be played. */
export interface Game {
  readonly urls: {
    readonly run: string;
    readonly checkers: string;
    readonly swarm: string;
    readonly read: string;
    readonly play: string;
  };
  /** Seeds, or the text of a scenario; played in order until something is found. */
  readonly plans: readonly (number | string)[];
}

export interface Verdict {
  /** The checker that found something; undefined: none did at any of the seeds. */
  readonly checker?: string;
  readonly says?: string;
  /** The last one that was played: its seed, or 0 for a scenario; −1: none came to its end. */
  readonly seed: number;
  /** Simulated time of all of them, and real time. */
  readonly simulatedMs: number;
  readonly realMs: number;
}

async function play({ urls, plans }: Game): Promise<Verdict> {
  const { run } = (await import(urls.run)) as typeof Run;
  const { createCheckers } = (await import(urls.checkers)) as typeof Checkers;
  const beganAt = systemClock.elapsed();
  let simulatedMs = 0;
  let seed = 0;
  for (const one of plans) {
    const { plan, ...end } = await planOf(one, urls);
    const checkers = createCheckers(plan.setting);
    const outcome = await run(plan, { checkers, marks: false, ...end });
    simulatedMs += outcome.simulatedMs;
    seed = typeof one === 'number' ? one : 0;
    const realMs = systemClock.elapsed() - beganAt;
    const { violation } = outcome;
    if (violation)
      return { checker: violation.checker, says: violation.message, seed, simulatedMs, realMs };
  }
  return { seed, simulatedMs, realMs: systemClock.elapsed() - beganAt };
}

async function planOf(
  one: number | string,
  urls: Game['urls'],
): Promise<{ readonly plan: Plan } & Pick<Run.RunOptions, 'converge' | 'withinMs'>> {
  if (typeof one === 'number') {
    const swarm = (await import(urls.swarm)) as typeof Swarm;
    return { plan: swarm.planOf(one) };
  }
  const { readScenario } = (await import(urls.read)) as typeof Read;
  const { planOfScenario } = (await import(urls.play)) as typeof Play;
  const scenario = readScenario(one, 'planted');
  const plan = planOfScenario(scenario);
  const end = scenario.steps.find((step) => step.do === 'converge');
  return end ? { plan, withinMs: end.withinMs } : { plan, converge: false };
}

process.on('message', (game: Game) => {
  play(game).then(
    (verdict) => process.send!(verdict),
    (error: unknown) => {
      process.send!({
        checker: 'unhandled',
        says: error instanceof Error ? (error.stack ?? error.message) : String(error),
        seed: -1,
        simulatedMs: 0,
        realMs: 0,
      } satisfies Verdict);
    },
  );
});
