/**
 * What the simulator is worth: each rule of the protocol and many a plain mistake is planted into a copy of the
 * product, and has to be found at its known seed by the checker that is named there, at a seed at which the
 * product itself is clean. The table of seeds-to-find is printed.
 *
 * When the product or the swarm changes, a known seed may find nothing any more: `npm run planted -- --find
 * NAME` looks for another. When no seed finds it, a fault or a checker is missing.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bugs } from './planted/bugs.ts';
import { openGame, scenarioOf, type PlantedGame } from './planted/game.ts';
import { readKnown } from './planted/known.ts';
import { tableOf } from './planted/table.ts';

/** Seeds from 0 on that simulate.test plays. */
const FIXED_SEEDS = 300;

/** Real time after which a run counts as a loop without end. */
const WITHIN_MS = 30_000;

describe('planted bugs', () => {
  let game: PlantedGame;
  const known = readKnown();
  beforeAll(() => {
    game = openGame(1);
  });
  afterAll(() => {
    game.close();
    process.stdout.write(`${tableOf(bugs, known)}\n`);
  });

  it('break every rule of the protocol', () => {
    const broken = new Set(bugs.flatMap(({ rules }) => rules));
    const rules = [...numbered('R', 17), ...numbered('A', 18)];
    expect(rules.filter((rule) => !broken.has(rule))).toEqual([]);
    expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length);
  });

  // Their seeds are played in the product by simulate.test; what is shown here is that the copy is the product.
  it('are not in the product: it is clean at their seeds and in their scenarios', async () => {
    const plans = [...known.values()].map(({ name, seed }) => seed ?? scenarioOf(name));
    const seeds = plans.filter((plan) => typeof plan === 'number');
    expect(seeds.filter((seed) => seed >= FIXED_SEEDS)).toEqual([]);
    const scripts = plans.filter((plan) => typeof plan === 'string');
    const some = [Math.min(...seeds), ...scripts];
    const verdict = await game.play(undefined, some, some.length * WITHIN_MS);
    expect(verdict).not.toHaveProperty('checker');
  }, 300_000);

  it.for(bugs)('$name is found: $says', async (bug) => {
    const found = known.get(bug.name);
    expect(found, 'no seed is known that finds it').toBeDefined();
    const { checker, says } = await game.play(
      bug,
      [found!.seed ?? scenarioOf(bug.name)],
      WITHIN_MS,
    );
    expect({ checker, says }).toMatchObject({ checker: found!.checker });
  });
});

const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
