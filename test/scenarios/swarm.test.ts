/**
 * Plans of seeds: the same ones each time, in order, within what a setting allows; and over some hundred
 * seeds everything that can happen to a world is drawn.
 */
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../actors/controller-config.ts';
import { boundOf } from '../../scenarios/bound.ts';
import type { Action, Plan } from '../../scenarios/plan.ts';
import { planOf } from '../../scenarios/swarm.ts';

const plans = Array.from({ length: 1_000 }, (_, seed) => planOf(seed));

const kind = (action: Action): string =>
  action.do === 'disk' ? `disk ${action.fault}` : action.do;

/** Beside `resume` and `mend`, which are for people: a drawn fault ends by itself. */
const KINDS = [
  ...[
    'submit',
    'job',
    'cancel',
    'retry',
    'accept',
    'giveUp',
    'stopJob',
    'drain',
    'leave',
    'handOver',
    'classes',
  ],
  ...['start', 'crash', 'pause', 'backup', 'restore', 'twin', 'rival', 'retime', 'cut', 'offline'],
  ...['lossy', 'echo', 'hold', 'jump', 'heal'],
  ...['disk stall', 'disk slow', 'disk full', 'disk fail', 'disk gone'],
];

describe('the plan of a seed', () => {
  it('is the same each time, and another one for another seed', () => {
    expect(planOf(7)).toEqual(plans[7]);
    expect(new Set(plans.map((plan) => JSON.stringify(plan))).size).toBe(plans.length);
  });

  it('is in order of time and ends with the end of all faults', () => {
    const isInOrder = ({ steps }: Plan) =>
      steps.every(({ atMs }, i) => Number.isInteger(atMs) && atMs >= (steps[i - 1]?.atMs ?? 0));
    expect(plans.filter((plan) => !isInOrder(plan))).toEqual([]);
    expect(plans.filter(({ steps }) => steps.at(-1)!.action.do !== 'heal')).toEqual([]);
  });

  it('keeps its clocks within the drift that is configured', () => {
    for (const { setting } of plans) {
      const { drift } = checkConfig(setting.settings);
      const rates = [setting.controllerRate!, ...setting.agents.map(({ rate }) => rate!)];
      for (const rate of rates) expect(Math.abs(rate - 1)).toBeLessThan(drift);
    }
  });

  it('has a rival only where a store can be shared', () => {
    const withRival = plans.filter(({ steps }) =>
      steps.some(({ action }) => action.do === 'rival'),
    );
    expect(withRival.length).toBeGreaterThan(0);
    for (const { setting } of withRival) {
      expect(setting.sharedStore).toBe(true);
      expect(setting.settings.termLeaseMs).toBeGreaterThan(0);
    }
  });

  it('ends its work by itself or by its time limit, so that a world can come to rest', () => {
    expect(plans.map(boundOf).filter((ms) => !Number.isSafeInteger(ms))).toEqual([]);
  });

  it('draws, over many seeds, everything that can happen', () => {
    const drawn = new Set(plans.flatMap(({ steps }) => steps.map(({ action }) => kind(action))));
    expect([...drawn].sort()).toEqual([...KINDS].sort());
  });

  it('knows calm worlds without a fault', () => {
    const asked = new Set(['submit', 'job', 'heal']);
    const isCalm = ({ steps }: Plan) => steps.every(({ action }) => asked.has(action.do));
    expect(plans.filter(isCalm).length).toBeGreaterThan(20);
  });
});
