/**
 * The process in which planted bugs are played: it imports a copy of the product, runs seeds with it, and says
 * what the checkers found. The checkers and the plans are always those of the product as it is.
 *
 *   { seeds, simulator of the copy, checkers and plans of the whole } ──▶ { found at which seed, by whom }
 *
 * Compiled and started by players.ts, without vitest and without a loader, so that loading a copy is cheap.
 */
import { systemClock } from '../../../actors/clock.ts';
import type * as Checkers from '../../../scenarios/checkers.ts';
import type * as Run from '../../../scenarios/run.ts';
import type * as Swarm from '../../../scenarios/swarm.ts';

/** What is to be played. */
export interface Game {
  readonly urls: { readonly run: string; readonly checkers: string; readonly swarm: string };
  /** Played in order until something is found. */
  readonly seeds: readonly number[];
}

export interface Verdict {
  /** The checker that found something; undefined: none did at any of the seeds. */
  readonly checker?: string;
  readonly says?: string;
  /** The last seed that was played. */
  readonly seed: number;
  /** Simulated time of all of them, and real time. */
  readonly simulatedMs: number;
  readonly realMs: number;
}

async function play({ urls, seeds }: Game): Promise<Verdict> {
  const { run } = (await import(urls.run)) as typeof Run;
  const { createCheckers } = (await import(urls.checkers)) as typeof Checkers;
  const { planOf } = (await import(urls.swarm)) as typeof Swarm;
  const beganAt = systemClock.elapsed();
  let simulatedMs = 0;
  for (const seed of seeds) {
    const plan = planOf(seed);
    const checkers = createCheckers(plan.setting);
    const outcome = await run(plan, { checkers, marks: [] });
    simulatedMs += outcome.simulatedMs;
    const realMs = systemClock.elapsed() - beganAt;
    const { violation } = outcome;
    if (violation)
      return { checker: violation.checker, says: violation.message, seed, simulatedMs, realMs };
  }
  return { seed: seeds.at(-1) ?? 0, simulatedMs, realMs: systemClock.elapsed() - beganAt };
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
