/**
 * Plans that are written as scenario files: what is read of them is the same plan, and it runs as it did. A
 * regression test that ran otherwise than the seed it comes from would test nothing.
 */
import { describe, expect, it } from 'vitest';
import { readScenario } from '../../scenarios/format/read.ts';
import { writePlan } from '../../scenarios/format/write.ts';
import type { Plan } from '../../scenarios/plan.ts';
import { planOfScenario, playScenario } from '../../scenarios/play.ts';
import { run, type Outcome } from '../../scenarios/run.ts';
import { planOf } from '../../scenarios/swarm.ts';

const readBack = (plan: Plan) => readScenario(writePlan(plan, { title: 'A seed' }), 'seed');

/** Not the digest: the fields of a step stand in another order in what is read. */
const howItRan = ({ simulatedMs, turns, faults, marks, violation }: Outcome) => ({
  simulatedMs,
  turns,
  faults,
  marks,
  violation,
});

describe('a plan that is written', () => {
  it('is read again as it was', () => {
    for (let seed = 0; seed < 300; seed++) {
      const plan = planOf(seed);
      const { setting, steps } = planOfScenario(readBack(plan));
      const read = { seed, setting, steps: steps.map(({ atMs, action }) => ({ atMs, action })) };
      expect(read).toEqual({ seed, ...plan });
    }
  });

  it('runs as it did', async () => {
    const plan = planOf(4);
    expect(howItRan(await playScenario(readBack(plan)))).toEqual(howItRan(await run(plan)));
  });

  it('runs as it did when its last step is no heal', async () => {
    const plan: Plan = { ...planOf(4), steps: planOf(4).steps.slice(0, -1) };
    expect(howItRan(await playScenario(readBack(plan)))).toEqual(howItRan(await run(plan)));
  });
});
