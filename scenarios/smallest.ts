/** A seed that fails, as a scenario file: made small, and to be found by the same checker. */
import { writePlan } from './format/write.ts';
import type { Plan } from './plan.ts';
import { run } from './run.ts';
import { shrink, type ShrinkBudget } from './shrink.ts';
import { planOf } from './swarm.ts';

export interface Smallest {
  readonly checker: string;
  /** `one-start-42.scenario` */
  readonly name: string;
  readonly text: string;
}

/** Undefined when that seed does not fail. */
export async function smallestOf(
  seed: number,
  budget: ShrinkBudget,
): Promise<Smallest | undefined> {
  const violationOf = async (plan: Plan) => (await run(plan)).violation;
  const plan = planOf(seed);
  const violation = await violationOf(plan);
  if (!violation) return undefined;
  const { checker } = violation;
  const small = await shrink(plan, violation, violationOf, budget);
  const { message } = (await violationOf(small)) ?? violation;
  const text = writePlan(small, {
    title: `Seed ${seed}: ${message.split('\n')[0]!.slice(0, 200)}`,
    find: checker,
  });
  return { checker, name: `${checker}-${seed}.scenario`, text };
}
