/** Process classes: who gets the work of which, what happens to an agent that fails to take some, and limits. */
import { describe, expect, it } from 'vitest';
import { explain } from '../../actors/explain.ts';
import { checkedClasses } from '../../actors/process-classes.ts';
import type { ClassOptions } from '../../machines/class-settings.ts';
import { defaultTiming } from '../../machines/timing.ts';
import type { JobRules } from '../../actors/job-rules.ts';
import { ask, itemOf, startOf } from './asking.ts';
import { Cluster, done, endless, policy } from './cluster.ts';

const CLASS = 'k';

async function configure(cluster: Cluster, ...classes: readonly ClassOptions[]) {
  const checked = checkedClasses(classes, defaultTiming);
  return ask(cluster, { kind: 'configure', classes: checked, by: 'ann' });
}

/** Starts a run by those rules, of the class unless they say otherwise. */
async function run(cluster: Cluster, ids: readonly string[], rules: JobRules = {}, name = 'j') {
  const { row } = await ask(cluster, {
    ...startOf(name),
    rules: { processClass: CLASS, ...rules },
  });
  const items = ids.map((id) => itemOf({ id }));
  const { generation } = row;
  const batch = { items, generation, after: null, cursor: 0, ended: true };
  await ask(cluster, { kind: 'enqueue', job: name, ...batch, by: 'test' });
}

/** Where each was started, in the order of the ids. */
const agentsOf = (cluster: Cluster, ...ids: readonly string[]) =>
  ids.map(
    (id) => cluster.ledger.findLast((line) => line.id === id && line.what === 'start')?.agent,
  );

const obstacleOf = async (cluster: Cluster, job = 'j') =>
  (await ask(cluster, { kind: 'obstacles', of: null })).get(job);

const classOf = async (cluster: Cluster, name = CLASS) =>
  (await ask(cluster, { kind: 'processClasses' })).find((one) => one.name === name)!;

const ids = (count: number) => Array.from({ length: count }, (_, n) => `x${n + 1}`);

const isBack = (cluster: Cluster, agent: string) =>
  ['connected', 'reconciled'].includes(cluster.stateOf(agent)!);

describe('a process class', () => {
  it.each([
    { select: 'first', expected: ['C', 'C', 'C', 'A'] },
    { select: 'next', expected: ['C', 'A', 'C', 'A'] },
  ] as const)('gives work to its own agents only, $select', async ({ select, expected }) => {
    const cluster = await Cluster.start(['A', 'B', 'C'], {}, 3);
    cluster.behave = () => endless;
    await configure(cluster, { name: CLASS, agents: ['C', 'A'], select });
    await run(cluster, ids(4));
    await cluster.advance(100);
    expect(agentsOf(cluster, ...ids(4))).toEqual(expected);
  });

  it('knows its agents by address, too', async () => {
    const cluster = await Cluster.start(['B']);
    await cluster.startAgent('A', 4, { address: 'http://host:4445/' });
    await configure(cluster, { name: CLASS, agents: ['http://HOST:4445'] });
    await run(cluster, ['x1']);
    await cluster.until(() => cluster.starts().length === 1, 5_000);
    expect(agentsOf(cluster, 'x1')).toEqual(['A']);
    expect((await classOf(cluster)).agents).toEqual([
      { id: 'A', address: 'http://host:4445', state: 'connected', restingUntil: null },
    ]);
  });

  it('runs at most so many at once, and so many of a run, and says so', async () => {
    const cluster = await Cluster.start(['A'], {}, 8);
    cluster.behave = () => done;
    await configure(cluster, { name: CLASS, maxProcesses: 3 });
    await run(cluster, ids(4), { maxActive: 2 });
    await cluster.advance(10);
    expect(await obstacleOf(cluster)).toMatchObject({ obstacle: 'maxActive' });
    await run(cluster, ['y1', 'y2'], {}, 'other');
    await cluster.advance(10);
    expect(cluster.starts()).toHaveLength(3);
    expect(await obstacleOf(cluster, 'other')).toMatchObject({ obstacle: 'maxProcesses' });
    expect(await classOf(cluster)).toMatchObject({ running: 3, waiting: 3 });
    await cluster.until(() => cluster.starts().length === 6, 5_000);
    expect(await obstacleOf(cluster)).toBeUndefined();
  });

  it('counts what is out also after a restart', async () => {
    const cluster = await Cluster.start(['A'], {}, 8);
    cluster.behave = () => endless;
    await configure(cluster, { name: CLASS, maxProcesses: 2 });
    await run(cluster, ids(3));
    await cluster.advance(1_000);
    cluster.crashController();
    await cluster.startController();
    await cluster.until(() => cluster.stateOf('A') === 'reconciled', 30_000);
    expect(await classOf(cluster)).toMatchObject({ maxProcesses: 2, running: 2, waiting: 1 });
  });

  it('is warned of when its limit falls below what runs, and nothing is killed', async () => {
    const cluster = await Cluster.start(['A'], {}, 8);
    cluster.behave = () => endless;
    await configure(cluster, { name: CLASS, maxProcesses: 3 });
    await run(cluster, ids(3));
    await cluster.advance(1_000);
    const { warnings } = await configure(cluster, { name: CLASS, maxProcesses: 1 });
    expect(warnings).toEqual(['Process class k may run 1 tasks and has 3: they are left to end.']);
    await cluster.advance(10_000);
    expect(cluster.ledger.filter(({ what }) => what === 'end')).toEqual([]);
    expect(cluster.facts('controller.classes').at(-1)).toMatchObject({ by: 'ann' });
  });

  it('is refused to a new run when there is none of that name', async () => {
    const cluster = await Cluster.start(['A']);
    await configure(cluster, { name: CLASS });
    await expect(run(cluster, ['x1'], { processClass: 'kk' })).rejects.toThrow(
      'There is no process class "kk", only k, default',
    );
  });

  it('that is configured once more in the same way leaves no trace', async () => {
    const cluster = await Cluster.start(['A']);
    await configure(cluster, { name: CLASS });
    const position = cluster.controller.store.position();
    await configure(cluster, { name: CLASS });
    expect(cluster.controller.store.position()).toBe(position);
  });
});

describe('a live change of the classes', () => {
  it('has what waits go to the new agents', async () => {
    const cluster = await Cluster.start(['A']);
    await configure(cluster, { name: CLASS, agents: ['gone'] });
    await run(cluster, ids(2));
    await cluster.advance(5_000);
    expect(await obstacleOf(cluster)).toMatchObject({
      obstacle: 'noAgent',
      text: 'no agent of the process class k is connected',
    });
    await configure(cluster, { name: CLASS, agents: ['A'] });
    await cluster.until(() => cluster.starts().length === 2, 1_000);
  });

  it('that takes all agents away fails what waits, and leaves alone what runs', async () => {
    const cluster = await Cluster.start(['A'], {}, 1);
    cluster.behave = () => done;
    await configure(cluster, { name: CLASS, agents: ['A'] });
    await run(cluster, ids(3));
    await cluster.advance(10);
    await configure(cluster, { name: CLASS, agents: [] });
    await cluster.until(() => cluster.facts('job.finished').length === 1, 5_000);
    expect(cluster.facts('job.finished')[0]!.detail).toMatchObject({ done: 1, failed: 2 });
    expect(cluster.facts('unplaced')[0]).toMatchObject({
      cause: 'noAgent',
      state: 'failed',
      detail: { why: 'The process class k has no agents.' },
    });
  });

  it('that takes the class away leaves what names it waiting, and says so', async () => {
    const cluster = await Cluster.start(['A'], {}, 1);
    cluster.behave = () => done;
    await configure(cluster, { name: CLASS });
    await run(cluster, ids(2));
    await cluster.advance(10);
    const { warnings } = await configure(cluster);
    expect(warnings).toEqual([
      'Process class k is gone: work that names it waits until there is one again.',
    ]);
    await cluster.advance(5_000);
    expect(await obstacleOf(cluster)).toMatchObject({ obstacle: 'noClass' });
    expect(cluster.starts()).toEqual(['x1#1']);
    await configure(cluster, { name: CLASS });
    await cluster.until(() => cluster.facts('job.finished').length === 1, 1_000);
  });
});

describe('an agent that fails to take work', () => {
  const rests = { name: CLASS, agents: ['A', 'B', 'C'], maxProcesses: 99 } as const;

  /** A is given work, is cut off before it has it, and is back by its next boot a minute later. */
  async function afterFailureOf(agent: string, select: 'first' | 'next', restMs = 100_000) {
    const cluster = await Cluster.start(['A', 'B', 'C'], {}, 9);
    cluster.behave = () => done;
    await configure(cluster, { ...rests, select, restMs });
    const heal = cluster.cut(agent);
    if (select === 'next') await run(cluster, ['w1', 'w2', 'w3'], {}, 'warm');
    else await run(cluster, ['w1'], {}, 'warm');
    await cluster.until(() => cluster.stateOf(agent) === 'lost', 70_000);
    heal();
    await cluster.until(() => isBack(cluster, agent), 30_000);
    await cluster.until(() => cluster.facts('job.finished').length === 1, 60_000);
    return cluster;
  }

  it('is passed over while it rests: A, C, A, C, and comes in again where it stands', async () => {
    const cluster = await afterFailureOf('B', 'next');
    await run(cluster, ids(4));
    await cluster.advance(500);
    const chosen = agentsOf(cluster, ...ids(4)).join('');
    expect(['ACAC', 'CACA']).toContain(chosen);
    expect((await classOf(cluster)).agents[1]!.restingUntil).not.toBeNull();
    await cluster.advance(100_000);
    await run(cluster, ['y1', 'y2', 'y3'], {}, 'later');
    await cluster.advance(500);
    expect(new Set(agentsOf(cluster, 'y1', 'y2', 'y3'))).toEqual(new Set(['A', 'B', 'C']));
  });

  it('is the primary again when its rest is over, of those that have it for one', async () => {
    const cluster = await afterFailureOf('A', 'first');
    await run(cluster, ['x1'], {}, 'j1');
    await cluster.advance(500);
    expect(agentsOf(cluster, 'x1')).toEqual(['B']);
    await cluster.advance(100_000);
    await run(cluster, ['x2'], {}, 'j2');
    await cluster.advance(500);
    expect(agentsOf(cluster, 'x2')).toEqual(['A']);
  });

  it('is waited for when all have failed: the one that has rested longest is tried first', async () => {
    const cluster = await Cluster.start(['A', 'B'], {}, 1);
    cluster.behave = () => done;
    await configure(cluster, { name: CLASS, agents: ['A', 'B'], restMs: 200_000 });
    const heals = [cluster.cut('A'), cluster.cut('B')];
    await run(cluster, ids(2));
    await cluster.until(() => cluster.stateOf('A') === 'lost', 70_000);
    await cluster.until(() => cluster.stateOf('B') === 'lost', 70_000);
    heals.forEach((heal) => heal());
    await cluster.until(() => isBack(cluster, 'A'), 30_000);
    await cluster.until(() => isBack(cluster, 'B'), 30_000);
    await cluster.advance(20_000);
    const obstacle = await obstacleOf(cluster);
    expect(obstacle).toMatchObject({ obstacle: 'resting' });
    const tried = Date.parse(obstacle!.until!);
    await cluster.until(() => cluster.starts().length === 2, 300_000);
    expect(cluster.clock.now()).toBeGreaterThanOrEqual(tried);
    expect(cluster.clock.now()).toBeLessThan(tried + 1_000);
  });
});

describe('work that waits for an agent', () => {
  it('fails after the wait of its class, each by its own time', async () => {
    const cluster = await Cluster.start(['A']);
    await configure(cluster, { name: CLASS, agents: ['gone'], waitMs: 10_000 });
    await run(cluster, ['x1']);
    await cluster.advance(4_000);
    const obstacle = await obstacleOf(cluster);
    expect(explain(cluster.controller.store, 'x1', obstacle).at(-1)!.text).toBe(
      'It is queued: no agent of the process class k is connected.',
    );
    await run(cluster, ['y1'], {}, 'later');
    await cluster.until(() => cluster.facts('unplaced').length === 1, 6_001);
    expect(cluster.facts('unplaced')[0]).toMatchObject({
      id: 'x1',
      detail: { why: 'No agent of the process class k took it for 10 s.' },
    });
    const told = explain(cluster.controller.store, 'x1').map(({ text }) => text);
    expect(told).toContain('No agent of the process class k took it for 10 s.');
    expect(told.at(-1)).toContain('It has failed for good (noAgent)');
    await cluster.advance(3_000);
    expect(cluster.facts('unplaced')).toHaveLength(1);
    await cluster.advance(1_001);
    expect(cluster.facts('unplaced').map(({ id }) => id)).toEqual(['x1', 'y1']);
  });

  it('ends its run by failing, and the hook of the run likewise', async () => {
    const cluster = await Cluster.start(['A']);
    await configure(cluster, { name: CLASS, agents: ['gone'], waitMs: 10_000 });
    await run(cluster, ['x1', 'x2'], { postJob: { handler: 'after', input: null } });
    await cluster.until(() => cluster.facts('job.finished').length === 1, 20_100);
    expect(cluster.facts('job.finished')[0]!.detail).toMatchObject({ failed: 2 });
    expect(cluster.facts('unplaced').map(({ id }) => id)).toEqual(['x1', 'x2', 'j-1-postJob']);
  });

  it('does not fail while an agent of the class is full', async () => {
    const cluster = await Cluster.start(['A'], {}, 1);
    cluster.behave = () => ({ ...done, afterMs: 30_000 });
    await configure(cluster, { name: CLASS, waitMs: 10_000 });
    await run(cluster, ids(2));
    await cluster.until(() => cluster.facts('job.finished').length === 1, 70_000);
    expect(cluster.facts('unplaced')).toEqual([]);
  });

  it.each<[string, (cluster: Cluster) => Promise<unknown>, string]>([
    [
      'all of its agents drained',
      (c) => c.command({ kind: 'drain', agent: 'A', drain: true, by: 'x' }),
      'drained',
    ],
    ['a controller that leaves', (c) => c.command({ kind: 'leave' }), 'draining'],
    ['no free slot', (c) => c.submit('full', { policy }), 'noSlot'],
  ])('says why: %s', async (_, change, obstacle) => {
    const cluster = await Cluster.start(['A'], {}, 1);
    cluster.behave = () => endless;
    await change(cluster);
    await run(cluster, ['x1'], { processClass: 'default' });
    await cluster.advance(100);
    expect(await obstacleOf(cluster)).toMatchObject({ obstacle, processClass: 'default' });
  });
});
