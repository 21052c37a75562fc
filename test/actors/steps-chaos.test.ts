/**
 * Steps that are done once, under crashes and cuts at moments left to chance: no step is begun twice, since whoever
 * decides here only ever says that it was done; and all of the work comes to an end.
 */
import { describe, expect, it } from 'vitest';
import { showSubTransaction } from '../../actors/queries.ts';
import { createDice, type Dice } from '../../scenarios/dice.ts';
import { ask } from './asking.ts';
import { Cluster, policy } from './cluster.ts';

const AGENTS = ['a1', 'a2'];
const WORK = ['x', 'y', 'z'];
const TROUBLES = 12;
const END_WITHIN_MS = 1_200_000;

const stateOf = (cluster: Cluster, id: string) =>
  showSubTransaction(cluster.controller.store, id).state;
const isOver = (cluster: Cluster) =>
  WORK.every((id) => ['done', 'failed'].includes(stateOf(cluster, id)));

async function trouble(cluster: Cluster, dice: Dice): Promise<void> {
  const agent = dice.pick(AGENTS);
  const kind = dice.pick(['agent', 'controller', 'cut', 'calm'] as const);
  if (kind === 'agent') {
    cluster.crashAgent(agent);
    await cluster.advance(dice.between(0, 30_000));
    await cluster.startAgent(agent);
  } else if (kind === 'controller') {
    cluster.crashController();
    await cluster.advance(dice.between(0, 10_000));
    await cluster.startController();
  } else if (kind === 'cut') {
    const heal = cluster.cut(agent, dice.pick(['to', 'from', 'both'] as const));
    await cluster.advance(dice.between(0, 90_000));
    heal();
  }
}

/** A person who looks at what is parked: the step was done, or the work is to be tried again. */
async function decide(cluster: Cluster): Promise<void> {
  for (const id of WORK) {
    if (stateOf(cluster, id) !== 'parked') continue;
    const by = 'ada';
    const decided = ask(cluster, { kind: 'decide', id, step: null, as: 'done', by });
    await decided.catch(() => ask(cluster, { kind: 'retry', id, by }));
  }
}

/** Plays one seed; how often steps were begun, by id. */
async function play(seed: number): Promise<ReadonlyMap<string, number>> {
  const dice = createDice(seed);
  const cluster = await Cluster.start(AGENTS, {}, 2);
  cluster.behave = (id) => ({
    afterMs: dice.between(0, 2_000),
    exit: { kind: 'done', result: null },
    once: `charge-${id}`,
  });
  for (const id of WORK) void cluster.controller.command({ kind: 'submit', item: { id, handler: 'work', input: null, bytes: 1, policy: { ...policy, maxLosses: 50 } }, by: 'ada' }); // prettier-ignore
  await cluster.advance(dice.between(0, 30));
  for (let n = 0; n < TROUBLES && !isOver(cluster); n++) {
    await trouble(cluster, dice);
    await cluster.advance(dice.between(0, 30));
    await decide(cluster);
  }
  for (let n = 0; n < 20 && !isOver(cluster); n++) {
    await cluster.advance(END_WITHIN_MS / 20);
    await decide(cluster);
  }
  expect(isOver(cluster), `seed ${seed} comes to an end`).toBe(true);
  const begun = new Map<string, number>();
  for (const { what, id } of cluster.ledger)
    if (what === 'step') begun.set(id, (begun.get(id) ?? 0) + 1);
  return begun;
}

describe('steps that are done once, in trouble', () => {
  it('are begun at most once', async () => {
    let begun = 0;
    for (let seed = 1; seed <= 40; seed++) {
      for (const [id, times] of await play(seed)) {
        expect(times, `seed ${seed}: the step of ${id}`).toBe(1);
        begun++;
      }
    }
    // Else nothing was looked at.
    expect(begun).toBeGreaterThan(60);
  });
});
