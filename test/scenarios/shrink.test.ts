/** A plan that fails is made small: what the failure needs stays, everything else goes. */
import { describe, expect, it } from 'vitest';
import type { Action, Plan } from '../../scenarios/plan.ts';
import { shrink } from '../../scenarios/shrink.ts';
import { Violation } from '../../scenarios/sight.ts';
import { planOf } from '../../scenarios/swarm.ts';

const plan: Plan = {
  setting: {
    seed: 1,
    agents: [
      { id: 'a1', slots: 3, rate: 1.0004 },
      { id: 'a2', offsetMs: 50 },
    ],
    settings: { sweepMs: 10_000, timeoutMs: 60_000 },
    syncMs: 30,
  },
  steps: [
    { atMs: 17, action: { do: 'job', name: 'j', items: ['x', 'y', 'z'].map(item) } },
    { atMs: 500, action: { do: 'jump', seat: 'a2', byMs: 5 } },
    { atMs: 1_234, action: { do: 'cut', agent: 'a1', way: 'both', forMs: 61_234 } },
    { atMs: 2_000, action: { do: 'crash', seat: 'controller', phase: 'acted', keep: 3 } },
    { atMs: 9_000, action: { do: 'crash', seat: 'a2', forMs: 1 } },
    { atMs: 90_000, action: { do: 'pause', seat: 'a1', forMs: 5 } },
    { atMs: 200_000, action: { do: 'heal' } },
  ],
};

function item(id: string) {
  return { id, runsMs: 20_000, fails: 2, lines: 5 };
}

const actions = ({ steps }: Plan): readonly Action[] => steps.map(({ action }) => action);

/** Fails at 70 s where y is handed in, a1 is cut for over a minute and the controller dies. */
function fails(candidate: Plan): Promise<Violation | undefined> {
  const all = actions(candidate);
  const isCut = all.some(
    (each) => each.do === 'cut' && each.agent === 'a1' && each.forMs! > 60_000,
  );
  const hasDied = all.some((each) => each.do === 'crash' && each.seat === 'controller');
  const has = all.some((each) => each.do === 'job' && each.items.some(({ id }) => id === 'y'));
  return Promise.resolve(
    isCut && hasDied && has ? new Violation('one-start', 70_000, '') : undefined,
  );
}

const found = new Violation('one-start', 70_000, '');

describe('a plan that fails', () => {
  it('is left with what the failure needs, in round figures', async () => {
    expect(await shrink(plan, found, fails)).toEqual({
      setting: { seed: 1, agents: [{ id: 'a1', slots: 3 }], settings: { timeoutMs: 60_000 } },
      steps: [
        { atMs: 0, action: { do: 'job', name: 'j', items: [{ id: 'y', runsMs: 20_000 }] } },
        { atMs: 1_000, action: { do: 'cut', agent: 'a1', way: 'both', forMs: 61_000 } },
        { atMs: 2_000, action: { do: 'crash', seat: 'controller' } },
        { atMs: 70_000, action: { do: 'heal' } },
      ],
    });
  });

  it('is not taken for small when another checker finds something', async () => {
    const other = (candidate: Plan) =>
      fails(candidate).then((violation) => violation ?? new Violation('terminal', 1, ''));
    expect(await shrink(plan, found, other)).toEqual(await shrink(plan, found, fails));
  });

  it('is run no more often than the budget allows', async () => {
    let runs = 0;
    const counted = (candidate: Plan) => {
      runs++;
      return fails(candidate);
    };
    await shrink(plan, found, counted, { runs: 7 });
    expect(runs).toBe(7);
    await shrink(plan, found, counted, { isSpent: () => runs === 9 });
    expect(runs).toBe(9);
  });

  it('stays what it is when nothing can be taken away', async () => {
    const drawn = planOf(3);
    const always = await shrink(drawn, new Violation('x', 1e9, ''), () =>
      Promise.resolve(undefined),
    );
    expect(always).toBe(drawn);
  });

  it('keeps clocks that are as bad as the drift that is configured', async () => {
    const drifting = {
      setting: { seed: 1, agents: [{ id: 'a1', rate: 1.009 }], settings: { drift: 0.01 } },
      steps: [{ atMs: 1, action: { do: 'cut', agent: 'a1', way: 'to' } }],
    } as const;
    const needsRate = ({ setting }: Plan) =>
      Promise.resolve(setting.agents[0]!.rate === 1.009 ? found : undefined);
    const small = await shrink(drifting, found, needsRate);
    expect(small.setting).toEqual(drifting.setting);
  });
});
