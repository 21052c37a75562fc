/** The hooks of a run: before its first task and after its last one, once each, whatever befalls. */
import { describe, expect, it } from 'vitest';
import type { JobRules } from '../../actors/job-rules.ts';
import { key, type JobRow } from '../../actors/records.ts';
import { showJob } from '../../actors/queries.ts';
import type { Behaviour } from '../../scenarios/scripted-runner.ts';
import { ask, itemOf, run, startOf } from './asking.ts';
import { Cluster, done, endless } from './cluster.ts';

const hook = (handler: string) => ({ handler, input: { for: handler } });
const both: JobRules = { preJob: hook('before'), postJob: hook('after') };
const failed: Behaviour = {
  afterMs: 100,
  exit: { kind: 'failed', cause: 'error', message: 'no', detail: null },
};
const PRE = 'j-1-preJob';
const POST = 'j-1-postJob';

const row = (cluster: Cluster) => cluster.controller.store.get(key.job('j')) as unknown as JobRow;
const ends = (cluster: Cluster) =>
  cluster.facts().filter(({ kind }) => /^job\.(finished|stopped|resting)$/.test(kind));

/** A run with hooks and two tasks. */
async function begin(
  behave: (id: string, attempt: number) => Behaviour = () => done,
  rules: JobRules = both,
  agents: readonly string[] = ['a1'],
): Promise<Cluster> {
  const cluster = await Cluster.start(agents);
  cluster.behave = behave;
  await ask(cluster, { ...startOf('j'), rules });
  await run(cluster, 'j', [itemOf({ id: 'x' }), itemOf({ id: 'y' })]);
  return cluster;
}

const isOver = (cluster: Cluster) => () =>
  ['finished', 'stopped', 'resting'].includes(row(cluster).state);

describe('the hooks of a run', () => {
  it('run before the first task and after the last one, and are not counted', async () => {
    const cluster = await begin();
    expect(row(cluster)).toMatchObject({ state: 'starting', counts: { queued: 2, active: 0 } });
    await cluster.until(isOver(cluster), 10_000);
    expect(cluster.starts()).toEqual([`${PRE}#1`, 'x#1', 'y#1', `${POST}#1`]);
    const moment = cluster.moment.bind(cluster);
    expect(moment('start', 'x#1')).toBeGreaterThanOrEqual(moment('end', `${PRE}#1`)!);
    expect(moment('start', `${POST}#1`)).toBeGreaterThanOrEqual(moment('end', 'y#1')!);
    expect(showJob(cluster.controller.store, 'j', cluster.clock.now())).toMatchObject({
      state: 'finished',
      total: 2,
      done: 2,
      preJob: { id: PRE, state: 'done' },
      postJob: { id: POST, state: 'done', cause: null },
    });
  });

  it('are told of the run, beside what they were given', async () => {
    const cluster = await begin();
    await cluster.until(isOver(cluster), 10_000);
    const { hooks } = row(cluster);
    expect(cluster.controller.store.get(key.work(hooks!.postJob!.birth))).toMatchObject({
      handler: 'after',
      input: { job: 'j', generation: 1, counts: { done: 2 }, input: { for: 'after' } },
      policy: { maxRetries: 0, maxLosses: 0, onUnknown: 'park' },
    });
  });

  it('run in the queue of their own handler although the tasks have the same one', async () => {
    const rules = { preJob: hook('work'), postJob: hook('work') };
    const cluster = await begin(() => done, rules);
    await cluster.until(isOver(cluster), 10_000);
    expect(cluster.starts()).toEqual([`${PRE}#1`, 'x#1', 'y#1', `${POST}#1`]);
  });

  it('run once for each run that ticks, and for no tick that is skipped', async () => {
    const slow = (id: string) => ({ ...done, afterMs: id === 'x' ? 90_000 : 100 });
    const cluster = await begin(slow, { ...both, ticks: [{ everyMs: 60_000 }] });
    await cluster.until(() => row(cluster).generation === 2, 300_000);
    await cluster.advance(1_000);
    expect(row(cluster).context.skippedTicks).toBe(1);
    expect(cluster.starts().filter((start) => start.includes('preJob'))).toEqual([
      `${PRE}#1`,
      'j-2-preJob#1',
    ]);
    expect(cluster.starts().filter((start) => start.includes('postJob'))).toEqual([`${POST}#1`]);
  });

  it.each<[string, Behaviour, string]>([
    ['fails', failed, 'failed'],
    ['is parked', { ...done, afterMs: Infinity }, 'parked'],
  ])('stop the run when the first one %s: nothing of it is done', async (_, behaviour, state) => {
    const cluster = await begin((id) => (id === PRE ? behaviour : done));
    await cluster.advance(1_000);
    if (state === 'parked') cluster.crashAgent('a1');
    await cluster.until(isOver(cluster), 120_000);
    expect(row(cluster)).toMatchObject({
      state: 'stopped',
      stoppedBy: 'preJob',
      counts: { cancelled: 2, done: 0 },
      hooks: { preJob: { state } },
    });
    expect(row(cluster).hooks!.postJob).toBeUndefined();
    expect(cluster.starts()).toEqual([`${PRE}#1`]);
  });

  it('leave a periodic job its next run when the first one fails', async () => {
    const rules = { ...both, ticks: [{ everyMs: 60_000 }] };
    const cluster = await begin((id) => (id === PRE ? failed : done), rules);
    await cluster.until(() => row(cluster).state === 'resting', 10_000);
    expect(row(cluster)).toMatchObject({ stoppedBy: 'preJob', counts: { cancelled: 2 } });
    await cluster.until(() => row(cluster).generation === 2, 60_000);
    await cluster.until(() => row(cluster).state === 'running', 10_000);
    expect(row(cluster)).toMatchObject({ stoppedBy: null, hooks: { preJob: { state: 'done' } } });
  });

  it('show that the last one has failed, and the run is over', async () => {
    const cluster = await begin((id) => (id === POST ? failed : done));
    await cluster.until(isOver(cluster), 10_000);
    await cluster.advance(600_000);
    expect(row(cluster)).toMatchObject({
      state: 'finished',
      counts: { done: 2, failed: 0 },
      hooks: { postJob: { state: 'failed', cause: 'error' } },
    });
    expect(cluster.starts().filter((start) => start.startsWith(POST))).toEqual([`${POST}#1`]);
  });

  it('show that nobody knows how the last one ended; a decision changes only that', async () => {
    const cluster = await begin((id) => (id === POST ? endless : done));
    await cluster.until(() => cluster.starts().includes(`${POST}#1`), 10_000);
    cluster.crashAgent('a1');
    await cluster.until(isOver(cluster), 120_000);
    expect(row(cluster)).toMatchObject({
      state: 'finished',
      hooks: { postJob: { state: 'parked', cause: 'lost' } },
    });
    await cluster.startAgent('a1');
    await cluster.advance(10_000);
    const decide = (kind: 'retry' | 'accept') => ask(cluster, { kind, id: POST, by: 'ann' });
    await expect(decide('retry')).rejects.toMatchObject({ code: 'onceARun' });
    const before = row(cluster);
    await decide('accept');
    const { hooks, ...rest } = row(cluster);
    expect(hooks!.postJob).toMatchObject({ state: 'done' });
    expect({ ...rest, hooks: before.hooks }).toEqual(before);
    expect(ends(cluster)).toHaveLength(1);
    expect(cluster.starts().filter((start) => start.startsWith(POST))).toHaveLength(1);
  });

  it('are cancelled with the run', async () => {
    const cluster = await begin((id) => (id === PRE ? { ...endless, abortMs: 100 } : done));
    await cluster.advance(1_000);
    await ask(cluster, { kind: 'stopJob', job: 'j', by: 'ann' });
    expect(row(cluster)).toMatchObject({ state: 'stopping' });
    await cluster.until(isOver(cluster), 10_000);
    expect(row(cluster)).toMatchObject({
      state: 'stopped',
      stoppedBy: 'ann',
      counts: { cancelled: 2 },
      hooks: { preJob: { state: 'cancelled' } },
    });
    expect(ends(cluster)).toHaveLength(1);
  });

  it('have one end when the stop comes while the last one runs', async () => {
    const cluster = await begin((id) => (id === POST ? { ...endless, abortMs: 100 } : done));
    await cluster.until(() => cluster.starts().includes(`${POST}#1`), 10_000);
    expect(row(cluster).state).toBe('finishing');
    await ask(cluster, { kind: 'stopJob', job: 'j', by: 'ann' });
    await cluster.until(isOver(cluster), 10_000);
    expect(row(cluster)).toMatchObject({
      state: 'stopped',
      counts: { done: 2 },
      hooks: { postJob: { state: 'cancelled' } },
    });
    expect(ends(cluster)).toHaveLength(1);
  });

  it('run once with four agents, and over a crash of the controller at any moment', async () => {
    const cluster = await begin(() => done, both, ['a1', 'a2', 'a3', 'a4']);
    for (let crashes = 0; crashes < 8 && !isOver(cluster)(); crashes++) {
      await cluster.advance(60);
      cluster.crashController();
      await cluster.startController();
    }
    await cluster.until(isOver(cluster), 120_000);
    expect(row(cluster)).toMatchObject({ state: 'finished', counts: { done: 2 } });
    const hooks = cluster.starts().filter((start) => start.includes('Job'));
    expect(hooks).toEqual([`${PRE}#1`, `${POST}#1`]);
    expect(ends(cluster)).toHaveLength(1);
  });
});
