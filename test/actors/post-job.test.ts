/**
 * The completion hook over a thousand runs with crashes: of the controller and of agents, at any place within a
 * turn and between turns, while the tasks run and while the hook does.
 *
 *   40 seeds × 25 runs ─▶ at most one start of each hook; where nothing crashed during it, one completion
 */
import { describe, expect, it } from 'vitest';
import { key, type JobRow } from '../../actors/records.ts';
import type { Phase } from '../../actors/turn-loop.ts';
import { createDice, type Dice } from '../../scenarios/dice.ts';
import { itemOf, startOf } from './asking.ts';
import { Cluster } from './cluster.ts';

const RUNS = 25;
const SEEDS = 40;
const PARTS = 4;
const AGENTS = ['a1', 'a2'];
const PHASES: readonly Phase[] = ['taken', 'decided', 'appending', 'recorded', 'acted'];

const names = Array.from({ length: RUNS }, (_, n) => `j${n}`);
const rowOf = (cluster: Cluster, name: string) =>
  cluster.controller.store.get(key.job(name)) as unknown as JobRow | undefined;

/** Hands in all runs, as a client does that asks again when it gets no answer. */
async function begin(cluster: Cluster): Promise<void> {
  const asked = names.flatMap((name) => [
    cluster.controller.command({
      ...startOf(name),
      rules: { postJob: { handler: 'work', input: null } },
    }),
    cluster.controller.command({
      kind: 'enqueue',
      job: name,
      generation: 1,
      items: [itemOf({ id: `${name}-x` }), itemOf({ id: `${name}-y` })],
      after: null,
      cursor: 2,
      ended: true,
      by: 'test',
    }),
  ]);
  await cluster.clock.settle();
  await Promise.all(asked);
}

/** Stops a node dead at some place within its next turns, and starts it again. */
async function crashOne(cluster: Cluster, dice: Dice): Promise<void> {
  const phase = dice.pick(PHASES);
  const agent = dice.oneIn(2) ? dice.pick(AGENTS) : undefined;
  let isDown = false;
  const at = (crash: () => void) => (reached: Phase) => {
    if (isDown || reached !== phase) return;
    isDown = true;
    crash();
  };
  if (agent === undefined) cluster.observeController = at(() => cluster.crashController());
  else {
    const stop = at(() => cluster.crashAgent(agent));
    cluster.observeAgent = (name, reached) => (name === agent ? stop(reached) : undefined);
  }
  await cluster.advance(dice.between(1, 400));
  cluster.observeController = () => {};
  cluster.observeAgent = () => {};
  if (!isDown && agent === undefined) cluster.crashController();
  else if (!isDown) cluster.crashAgent(agent!);
  await cluster.advance(dice.pick([0, 20, 500, 15_000]));
  if (agent === undefined) await cluster.startController();
  else await cluster.startAgent(agent);
}

/** A world of many runs; the instants at which something crashed. */
async function live(seed: number): Promise<{ cluster: Cluster; crashes: readonly number[] }> {
  const dice = createDice(seed);
  const cluster = await Cluster.start(AGENTS, {}, 6);
  const takes = new Map<string, number>();
  cluster.behave = (id) => {
    if (!takes.has(id)) takes.set(id, dice.pick([1, 40, 300, 2_000]));
    return { afterMs: takes.get(id)!, exit: { kind: 'done', result: null } };
  };
  await begin(cluster);
  const crashes: number[] = [];
  for (let left = dice.between(3, 8); left > 0; left--) {
    await cluster.advance(dice.between(0, 1_500));
    const from = cluster.clock.now();
    await crashOne(cluster, dice);
    crashes.push(from, cluster.clock.now());
  }
  const isOver = () => names.every((name) => rowOf(cluster, name)?.state === 'finished');
  await cluster.until(isOver, 600_000);
  return { cluster, crashes };
}

describe('the completion hook of a thousand runs with crashes', () => {
  const seen = { started: 0, undisturbed: 0, parked: 0 };

  it.each(Array.from({ length: PARTS }, (_, n) => n))(
    'starts once at most, and is done where nothing crashed during it: part %i',
    async (part) => {
      for (let seed = part * (SEEDS / PARTS); seed < (part + 1) * (SEEDS / PARTS); seed++) {
        const { cluster, crashes } = await live(seed + 1);
        for (const name of names) check(cluster, name, crashes, `seed ${seed + 1}, ${name}`);
      }
    },
  );

  function check(cluster: Cluster, name: string, crashes: readonly number[], where: string): void {
    const { hooks, state } = rowOf(cluster, name)!;
    const { id, state: ended } = hooks!.postJob!;
    const lines = cluster.ledger.filter((line) => line.id === id);
    const starts = lines.filter(({ what }) => what === 'start');
    expect(starts.length, where).toBeLessThanOrEqual(1);
    const ends = cluster.facts('job.finished').filter(({ job }) => job === name);
    expect([state, ends.length], where).toEqual(['finished', 1]);
    seen.started += starts.length;
    if (ended === 'parked') seen.parked++;
    const [begun] = starts;
    const over = lines.find(({ what }) => what === 'end');
    const isDisturbed =
      !begun || !over || crashes.some((at, n) => n % 2 === 0 && begun.at <= crashes[n + 1]! && at <= over.at); // prettier-ignore
    if (isDisturbed) return;
    seen.undisturbed++;
    expect([ended, lines.filter(({ what }) => what === 'end').length], where).toEqual(['done', 1]);
  }

  it('was disturbed and undisturbed often enough to tell', () => {
    expect(seen.started).toBeGreaterThan(900);
    expect(seen.undisturbed).toBeGreaterThan(200);
    expect(seen.parked).toBeGreaterThan(10);
  });
});
