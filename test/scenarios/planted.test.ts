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

  it('are not in the product: it is clean at their seeds', async () => {
    const plans = new Set([...known.values()].map(({ name, seed }) => seed ?? scenarioOf(name)));
    const verdict = await game.play(undefined, [...plans], plans.size * WITHIN_MS);
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
