/**
 * The source system's own tests of jobs, and its known defects: each has its equal here, by its number in the
 * collection of facts (2.8: its tests, 2.9: its defects, #n: issues of its users). Those of the copying of trees
 * are in test/handlers and test/cli.
 */
import { describe, expect, it } from 'vitest';
import { listJobs } from '../../actors/queries.ts';
import type { JobView } from '../../actors/views.ts';
import type { JobRules } from '../../actors/job-rules.ts';
import { checkRules } from '../../actors/job-rules.ts';
import { key, type JobRow } from '../../actors/records.ts';
import { parseId } from '../../transport/ids.ts';
import type { Behaviour } from '../../scenarios/scripted-runner.ts';
import { ask, itemOf, run, startOf } from './asking.ts';
import { Cluster, done, endless, policy } from './cluster.ts';

const MINUTE = 60_000;
const ticks = [{ everyMs: MINUTE }];
const failed: Behaviour = {
  afterMs: 50,
  exit: { kind: 'failed', cause: 'error', message: 'no', detail: null },
};

const row = (cluster: Cluster) => cluster.controller.store.get(key.job('j')) as unknown as JobRow;
const view = (cluster: Cluster): JobView =>
  (Object.values(listJobs(cluster.controller.store, cluster.clock.now())).flat() as JobView[])[0]!;
const isOver = (cluster: Cluster) => () => ['finished', 'stopped'].includes(row(cluster).state);
const items = (count: number, change: Partial<typeof policy> = {}) =>
  Array.from({ length: count }, (_, n) =>
    itemOf({ id: `x${n}`, policy: { ...policy, ...change } }),
  );
const stop = (cluster: Cluster) => ask(cluster, { kind: 'stopJob', job: 'j', by: 'ann' });
const start = (cluster: Cluster, rules: JobRules = {}) => ask(cluster, { ...startOf('j'), rules });
const feed = (cluster: Cluster, generation: number, id: string) =>
  ask(cluster, { kind: 'enqueue', job: 'j', generation, items: [itemOf({ id })], after: null, cursor: 1, ended: true, by: 'test' }); // prettier-ignore

describe('the tests of the source system', () => {
  it('2.8 timeout: ten tasks that take too long are ten failures', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ ...endless, abortMs: 10 });
    await run(cluster, 'j', items(10, { timeoutMs: 1_000 }));
    await cluster.until(isOver(cluster), MINUTE);
    expect(view(cluster)).toMatchObject({ failed: 10, done: 0, remaining: 0 });
  });

  it('2.8 no_retry: ten tasks that fail are ten failures and no retries', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => failed;
    await run(cluster, 'j', items(10));
    await cluster.until(isOver(cluster), MINUTE);
    expect(view(cluster)).toMatchObject({ failed: 10, retried: 0 });
  });

  it('2.8 retry: ten tasks that fail once each are ten retries and no failures', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = (_, attempt) => (attempt === 1 ? failed : done);
    await run(cluster, 'j', items(10, { maxRetries: 3 }));
    await cluster.until(isOver(cluster), MINUTE);
    expect(view(cluster)).toMatchObject({ failed: 0, retried: 10, done: 10 });
  });

  it.each([4, 10])('2.8 pre_job and post_job: once each with %i workers', async (workers) => {
    const agents = Array.from({ length: workers }, (_, n) => `a${n}`);
    const cluster = await Cluster.start(agents, {}, 1);
    const hook = { handler: 'work', input: null };
    await start(cluster, { preJob: hook, postJob: hook });
    await run(cluster, 'j', items(3 * workers));
    await cluster.until(isOver(cluster), MINUTE);
    expect(cluster.starts().filter((id) => id.includes('Job'))).toEqual([
      'j-1-preJob#1',
      'j-1-postJob#1',
    ]);
    expect(view(cluster)).toMatchObject({ done: 3 * workers, total: 3 * workers });
  });
});

describe('the defects of the source system', () => {
  it('2.9.1: a straggler after a stop makes no count negative and holds up no tick', async () => {
    const cluster = await Cluster.start(['a1', 'a2'], {}, 1);
    cluster.behave = () => ({ ...done, afterMs: 200_000 });
    await run(cluster, 'j', items(1));
    await cluster.advance(1_000);
    const agent = cluster.ledger[0]!.agent;
    const heal = cluster.cut(agent);
    await stop(cluster);
    await cluster.until(isOver(cluster), 2 * MINUTE);
    cluster.behave = () => done;
    await start(cluster, { ticks });
    await feed(cluster, 2, 'y');
    heal();
    await cluster.until(() => row(cluster).generation === 3, 3 * MINUTE);
    const second = cluster.controller.store.get(key.run('j', 2)) as unknown as JobRow;
    expect(second.counts).toMatchObject({ done: 1, queued: 0, active: 0, waiting: 0 });
    expect(Math.min(...(Object.values(row(cluster).counts) as number[]))).toBe(0);
  });

  it('2.9.2: a periodic job of the name of a stopped one runs, and ticks', async () => {
    const cluster = await Cluster.start(['a1']);
    await start(cluster, { ticks });
    await stop(cluster);
    await start(cluster, { ticks });
    await feed(cluster, 2, 'y');
    await cluster.until(() => row(cluster).generation === 3, 2 * MINUTE);
    await feed(cluster, 3, 'z');
    await cluster.until(() => row(cluster).state === 'resting', MINUTE);
    expect(cluster.starts()).toEqual(['y#1', 'z#1']);
  });

  it('2.9.3: nothing of a single pass runs after the stop, though it was queued before', async () => {
    const cluster = await Cluster.start([]);
    await run(cluster, 'j', items(3));
    await stop(cluster);
    await cluster.startAgent('a1');
    await cluster.advance(MINUTE);
    expect(row(cluster)).toMatchObject({ state: 'stopped', counts: { cancelled: 3 } });
    expect(cluster.starts()).toEqual([]);
  });

  it('2.9.4: a run that fails at its start leaves its name free', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => failed;
    await start(cluster, { preJob: { handler: 'work', input: null } });
    await cluster.until(isOver(cluster), MINUTE);
    expect(await start(cluster)).toMatchObject({ resumed: false, row: { generation: 2 } });
  });

  it('2.9.5: a run that has just begun is not over, and what is not known yet is null', async () => {
    const cluster = await Cluster.start(['a1']);
    await start(cluster);
    const begun = { state: 'running', total: null, remaining: null, sourceEnded: false, endedAt: null }; // prettier-ignore
    expect(view(cluster)).toMatchObject(begun);
    expect(Date.parse(view(cluster).startedAt)).toBe(cluster.clock.now());
  });

  it('2.9.6: a run that has finished was not stopped, though the one before it was', async () => {
    const cluster = await Cluster.start(['a1']);
    await start(cluster);
    await stop(cluster);
    await run(cluster, 'j', items(1));
    await cluster.until(isOver(cluster), MINUTE);
    const { stopped, finished } = listJobs(cluster.controller.store, cluster.clock.now());
    expect(stopped).toEqual([]);
    expect(finished).toMatchObject([{ name: 'j', generation: 2, stoppedBy: null }]);
  });

  it.each([0, -1, NaN, 0.5])('2.9.7: an interval of %d is refused', (everyMs) => {
    expect(() => checkRules({ ticks: [{ everyMs }] }, 0)).toThrow(/interval/);
  });

  it.each(['a:/b', 'a::b', 'a.b', 'a b', '', 'a*', 'x'.repeat(65)])(
    '2.9.8: a name like %j is refused, and none is changed',
    (name) => {
      expect(() => parseId(name, 'job name')).toThrow(/job name/);
      expect(parseId('a__b', 'job name')).toBe('a__b');
    },
  );
});

describe('what its users have asked for', () => {
  it('#103: no run follows a stop, whenever it comes', async () => {
    const cluster = await Cluster.start(['a1']);
    await start(cluster, { ticks });
    await feed(cluster, 1, 'x');
    await cluster.advance(MINUTE - 1);
    await stop(cluster);
    await cluster.advance(10 * MINUTE);
    expect(row(cluster)).toMatchObject({ state: 'stopped', generation: 1 });
    expect(cluster.starts()).toEqual(['x#1']);
  });

  it('#135: the list says when a job runs again, and next', async () => {
    const cluster = await Cluster.start(['a1']);
    await start(cluster, { ticks });
    const { nextAt, startedAt, skippedTicks, ...rest } = view(cluster);
    expect(Date.parse(nextAt!) - Date.parse(startedAt)).toBe(MINUTE);
    expect([rest.ticks, skippedTicks]).toEqual([ticks, 0]);
  });

  it('#12: all that failed is done again at once', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = (_, attempt) => (attempt === 1 ? failed : done);
    await run(cluster, 'j', items(4));
    await cluster.until(isOver(cluster), MINUTE);
    cluster.behave = () => done;
    await ask(cluster, { kind: 'retryFailed', job: 'j', after: 0, by: 'ann' });
    await cluster.until(() => row(cluster).counts.done === 4, MINUTE);
  });

  it('#210: whoever waits for the end of a run is told when it is stopped', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ ...endless, abortMs: 100 });
    await run(cluster, 'j', items(2));
    await cluster.advance(1_000);
    const ends: string[] = [];
    cluster.controller.follow((entries) => {
      for (const [, { kind }] of entries) if (kind === 'job.stopped') ends.push(kind);
    });
    await stop(cluster);
    await cluster.until(() => ends.length > 0, MINUTE);
    expect(ends).toHaveLength(1);
  });
});
