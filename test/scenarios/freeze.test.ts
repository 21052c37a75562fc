/**
 * A life that is frozen between two turns and thawed elsewhere goes on as if nothing had been: whatever a part
 * of it remembers and does not list shows here as a step that differs.
 */
import { describe, expect, it } from 'vitest';
import { createDice } from '../../scenarios/dice.ts';
import { isOver, stage, tell } from '../actors/story.ts';
import { createShadows } from './shadow.ts';

const SEEDS = Array.from({ length: 8 }, (_, seed) => seed);

describe('a frozen life', () => {
  it.each(SEEDS)(
    'goes on where it was through crashes, cuts and a failing disk (%i)',
    async (seed) => {
      const cluster = stage(seed % 2 === 0 ? {} : { termLeaseMs: 60_000 });
      const dice = createDice(seed);
      const shadows = createShadows(dice, 1 + dice.below(10));
      cluster.tap = shadows;
      const opening = [
        cluster.startController(),
        cluster.startAgent('a1', 2),
        cluster.startAgent('a2', 2),
      ];
      await cluster.advance(100);
      await Promise.all(opening);
      const story = tell(cluster);
      await cluster.advance(dice.below(1_000));
      const heal = cluster.cut('a1');
      await cluster.advance(dice.below(4_000));
      heal();
      cluster.agents.get('a2')!.disk.faults.failNextAppend(1, 'applied');
      await cluster.advance(dice.below(4_000));
      cluster.controllerDisk.faults.failNextAppend(1, 'lost');
      await cluster.advance(dice.below(4_000));
      cluster.crashAgent('a1');
      await cluster.advance(dice.below(4_000));
      const again = cluster.startAgent('a1', 2);
      await cluster.until(() => isOver(cluster, story), 300_000);
      await again;
      expect(shadows.differences.slice(0, 1)).toEqual([]);
      expect(shadows.thawed).toBeGreaterThan(5);
      expect(shadows.compared).toBeGreaterThan(50);
    },
  );
});
