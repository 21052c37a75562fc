/** Jobs that are cleaned up, and work that has failed and is done again, for a whole job at once. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../actors/commands.ts';
import { listJobs, showJob } from '../../actors/queries.ts';
import { key, under, type JobRow } from '../../actors/records.ts';
import type { Behaviour } from '../../scenarios/scripted-runner.ts';
import { ask, askAll, itemOf, run, startOf } from './asking.ts';
import { Cluster, done, endless } from './cluster.ts';

const by = 'ann';
const failed: Behaviour = {
  afterMs: 100,
  exit: { kind: 'failed', cause: 'error', message: 'no', detail: null },
};
const row = (cluster: Cluster) => cluster.controller.store.get(key.job('j')) as unknown as JobRow;
const isOver = (cluster: Cluster) => ['finished', 'stopped'].includes(row(cluster).state);
const items = (count: number) =>
  Array.from({ length: count }, (_, n) => itemOf({ id: `x${n}`, key: `k${n}` }));
const cleanup = (cluster: Cluster) => ask(cluster, { kind: 'cleanup', job: 'j', by });
const retryFailed = (cluster: Cluster, after = 0) =>
  ask(cluster, { kind: 'retryFailed', job: 'j', after, by });

/** Sections of the store in which something of a job is left. */
const left = (cluster: Cluster) =>
  [
    'sub',
    'work',
    'outcome',
    'id',
    'key',
    'holder',
    'log',
    'run',
    'job',
    'cleanup',
    'again',
    'sheet',
    'open',
    'void',
    'made',
  ].filter((section) => [...cluster.controller.store.range(under(section))].length > 0);

async function begin(
  count: number,
  behave: (id: string, attempt: number) => Behaviour = () => done,
) {
  const cluster = await Cluster.start(['a1']);
  cluster.behave = behave;
  await run(cluster, 'j', items(count));
  return cluster;
}

describe('a job that is cleaned up', () => {
  it('is gone from the lists with its runs and their work, and its facts stay', async () => {
    const cluster = await begin(30, (_, attempt) => (attempt === 1 ? failed : done));
    await cluster.until(() => isOver(cluster), 60_000);
    await run(cluster, 'j', [itemOf()]);
    await cluster.until(() => row(cluster).generation === 2 && isOver(cluster), 60_000);
    expect(await cleanup(cluster)).toEqual({ generation: 2 });
    await cluster.advance(1_000);
    const { store } = cluster.controller;
    expect(listJobs(store, 0)).toEqual({ periodic: [], singlepass: [], stopped: [], finished: [] });
    expect(() => showJob(store, 'j', 0)).toThrow(/no job "j"/);
    expect(left(cluster)).toEqual([]);
    expect(cluster.facts('assign')).toHaveLength(31);
    expect(cluster.facts('enqueued')).toMatchObject([{ detail: { count: 30 } }]);
    expect(cluster.facts('accepted')).toHaveLength(1);
    expect(cluster.facts('job.cleanedUp')).toMatchObject([{ job: 'j', by }]);
  });

  it('stays so when it is cleaned up again, and counts its runs on', async () => {
    const cluster = await begin(2);
    await cluster.until(() => isOver(cluster), 10_000);
    await cleanup(cluster);
    const position = cluster.controller.store.position();
    expect(await cleanup(cluster)).toEqual({ generation: 1 });
    expect(cluster.controller.store.position()).toBe(position);
    expect(await ask(cluster, startOf('j'))).toMatchObject({ row: { generation: 2 } });
  });

  it('leaves the next run of that name alone while it is being looked through', async () => {
    const cluster = await begin(2);
    await cluster.until(() => isOver(cluster), 10_000);
    await askAll<Command>(cluster, [{ kind: 'cleanup', job: 'j', by }, startOf('j')]);
    const batch = { kind: 'enqueue', job: 'j', generation: 2, items: items(3) } as const;
    await ask(cluster, { ...batch, after: null, cursor: 3, ended: true, by });
    await cluster.until(() => isOver(cluster), 10_000);
    expect(row(cluster)).toMatchObject({ generation: 2, counts: { done: 3 } });
    expect([...cluster.controller.store.range(under('sub'))]).toHaveLength(3);
    expect([...cluster.controller.store.range(under('id'))]).toHaveLength(3);
  });

  it('goes on being looked through after a restart', async () => {
    const cluster = await begin(5);
    await cluster.until(() => isOver(cluster), 10_000);
    cluster.observeController = (phase) => {
      if (phase !== 'recorded') return;
      cluster.observeController = () => {};
      cluster.crashController();
    };
    await cleanup(cluster).catch(() => {});
    await cluster.startController();
    await cluster.advance(1_000);
    expect(left(cluster)).toEqual([]);
  });

  it.each<[string, (id: string) => Behaviour, RegExp]>([
    ['it runs', () => endless, /is running: stop it first/],
    ['one of it is parked', () => endless, /waits for a decision/],
  ])('is refused while %s', async (what, behave, sentence) => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = behave;
    const parking = { ...itemOf().policy, onUnknown: 'park' } as const;
    await run(cluster, 'j', [itemOf({ id: 'x', policy: parking })]);
    await cluster.advance(1_000);
    if (what !== 'it runs') {
      cluster.crashAgent('a1');
      await cluster.until(() => isOver(cluster), 120_000);
    }
    await expect(cleanup(cluster)).rejects.toThrow(sentence);
    expect(row(cluster)).toBeDefined();
  });

  it('is not found when there never was one', async () => {
    const cluster = await Cluster.start([]);
    await expect(cleanup(cluster)).rejects.toMatchObject({ code: 'unknown' });
  });
});

describe('the failed ones of a job', () => {
  it('are done again, each once', async () => {
    const cluster = await begin(5, (id) => (/^x[0-2]$/.test(id) ? failed : done));
    await cluster.until(() => isOver(cluster), 10_000);
    expect(await retryFailed(cluster)).toEqual({ retried: 3, next: null });
    expect(await retryFailed(cluster)).toEqual({ retried: 0, next: null });
    await cluster.until(() => row(cluster).counts.done === 5, 10_000);
    expect(row(cluster)).toMatchObject({ state: 'finished', counts: { failed: 3, done: 5 } });
    expect(cluster.facts('job.retry')).toMatchObject([{ by, detail: { failed: 3 } }]);
  });

  it('are done again once more when that has failed, too', async () => {
    const cluster = await begin(1, () => failed);
    await cluster.until(() => isOver(cluster), 10_000);
    await retryFailed(cluster);
    await cluster.until(() => row(cluster).counts.failed === 2, 10_000);
    cluster.behave = () => done;
    expect(await retryFailed(cluster)).toMatchObject({ retried: 1 });
    await cluster.until(() => row(cluster).counts.done === 1, 10_000);
  });

  it('come a piece at a time', async () => {
    const cluster = await begin(600, () => ({ ...failed, afterMs: 1 }));
    await cluster.until(() => isOver(cluster), 60_000);
    cluster.behave = () => ({ ...done, afterMs: 1 });
    const { retried, next } = await retryFailed(cluster);
    expect([retried, next]).toEqual([500, expect.any(Number)]);
    expect(await retryFailed(cluster, next!)).toEqual({ retried: 100, next: null });
    await cluster.until(() => row(cluster).counts.done === 600, 60_000);
  });

  it('are not done again while the job is being stopped, or when there is none', async () => {
    const cluster = await begin(2, (id) =>
      id === 'x0' ? failed : { ...endless, abortMs: 60_000 },
    );
    await expect(ask(cluster, { kind: 'retryFailed', job: 'no', after: 0, by })).rejects.toThrow(
      /no job "no"/,
    );
    await cluster.advance(1_000);
    await ask(cluster, { kind: 'stopJob', job: 'j', by });
    await expect(retryFailed(cluster)).rejects.toMatchObject({ code: 'notRunning' });
  });
});
