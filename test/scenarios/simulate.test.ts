/**
 * The simulator's own 300 seeds: no promise is broken in any of them, and together they reach everything
 * there is to reach. A seed that fails is made small and written to scenarios/recorded/.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { playSeed, Tally } from '../../scenarios/simulate.ts';
import { smallestOf } from '../../scenarios/smallest.ts';

const BLOCKS = Array.from({ length: 20 }, (_, block) => block);
const BLOCK = 15;
const SHRINK_WITHIN_MS = 10_000;

/** Writes down the smallest plan that fails as this seed does; where it stands. */
async function keep(seed: number): Promise<string> {
  const untilMs = systemClock.elapsed() + SHRINK_WITHIN_MS;
  const small = await smallestOf(seed, { isSpent: () => systemClock.elapsed() > untilMs });
  if (!small) return 'nowhere: the seed is clean when it is played once more';
  mkdirSync(new URL('../../scenarios/recorded', import.meta.url), { recursive: true });
  const path = `scenarios/recorded/${small.name}`;
  writeFileSync(new URL(`../../${path}`, import.meta.url), small.text);
  return path;
}

describe('300 seeds', () => {
  const tally = new Tally();
  let tookMs = 0;

  it.each(BLOCKS)('keep every promise, block %i', async (block) => {
    for (let seed = block * BLOCK; seed < (block + 1) * BLOCK; seed++) {
      const beganMs = systemClock.elapsed();
      const result = await playSeed(seed);
      tookMs += systemClock.elapsed() - beganMs;
      tally.add(result);
      if (!result.violation) continue;
      const { checker, says } = result.violation;
      throw new Error(`Seed ${seed}: ${checker}: ${says} (${await keep(seed)})`);
    }
  });

  it('reach everything there is to reach', () => {
    const { seeds, missed } = tally.report();
    expect(seeds).toBe(300);
    expect(missed).toEqual([]);
  });

  afterAll(() => {
    const { simulatedMs, faults, turns } = tally.report();
    const hours = (simulatedMs / 3_600_000).toFixed(1);
    const ratio = Math.round(simulatedMs / tookMs);
    const counts = Object.entries(faults).map(([kind, count]) => `${kind} ${count}`);
    process.stdout.write(
      `300 seeds: ${hours} simulated hours in ${(tookMs / 1_000).toFixed(1)} s, ${ratio} × faster than ` +
        `real, ${turns} turns; ${counts.join(', ')}\n`,
    );
  });
});
