/**
 * A life that is frozen between two turns and thawed elsewhere goes on as if nothing had been: whatever a part
 * of it remembers and does not list shows here as a step that differs.
 */
import { describe, expect, it } from 'vitest';
import { createDice } from '../../scenarios/dice.ts';
import { run } from '../../scenarios/run.ts';
import { planOf } from '../../scenarios/swarm.ts';
import { createShadows } from './shadow.ts';

const SEEDS = [0, 5, 6, 9, 11, 13, 15, 18];

describe('a frozen life', () => {
  it.each(SEEDS)('goes on where it was, whatever happens to it: seed %i', async (seed) => {
    const dice = createDice(seed);
    const shadows = createShadows(dice, dice.between(1, 40));
    const { violation } = await run(planOf(seed), {
      checkers: [],
      marks: false,
      tap: () => shadows,
    });
    expect(shadows.differences.slice(0, 1)).toEqual([]);
    expect(violation).toBeUndefined();
    expect(shadows.thawed).toBeGreaterThan(0);
    expect(shadows.compared).toBeGreaterThan(50);
  });
});
