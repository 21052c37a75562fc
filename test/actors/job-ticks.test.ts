/** Periodic jobs under virtual time: runs, overlap, downtime, and what keeps a schedule from ending. */
import { describe, expect, it } from 'vitest';
import type { JobRules } from '../../actors/job-rules.ts';
import { listJobs } from '../../actors/queries.ts';
import { key, type JobRow } from '../../actors/records.ts';
import { ask, itemOf, startOf } from './asking.ts';
import { Cluster } from './cluster.ts';

const MINUTE = 60_000;
const takes = (ms: number) => ({ afterMs: ms, exit: { kind: 'done', result: 'ok' } }) as const;

const row = (cluster: Cluster) => cluster.controller.store.get(key.job('j')) as unknown as JobRow;
const older = (cluster: Cluster, generation: number) =>
  cluster.controller.store.get(key.run('j', generation)) as unknown as JobRow;

/** A job that ticks; its first run has one task. */
async function begin(rules: JobRules, taskMs = 1_000): Promise<Cluster> {
  const cluster = await Cluster.start(['a1']);
  cluster.behave = () => takes(taskMs);
  await ask(cluster, { ...startOf('j'), rules });
  await feed(cluster, 1);
  return cluster;
}

/** What whoever begins the source of a run does. */
const feed = (cluster: Cluster, generation: number, id = `x${generation}`) =>
  ask(cluster, {
    kind: 'enqueue',
    job: 'j',
    generation,
    items: [itemOf({ id })],
    after: null,
    cursor: 1,
    ended: true,
    by: 'test',
  });

describe('a periodic job', () => {
  it('rests after a run and runs again at the next tick, as another run', async () => {
    const cluster = await begin({ ticks: [{ everyMs: MINUTE }] });
    const startedAt = row(cluster).startedAt;
    await cluster.until(() => row(cluster).state === 'resting', 5_000);
    expect(row(cluster)).toMatchObject({ generation: 1, counts: { done: 1 } });
    const [listed] = listJobs(cluster.controller.store, cluster.clock.now()).periodic;
    expect(listed).toMatchObject({ state: 'resting', total: 1, remaining: 0, elapsedMs: 1_000 });
    expect(Date.parse(listed!.nextAt!)).toBe(startedAt + MINUTE);
    await cluster.advance(MINUTE);
    expect(row(cluster)).toMatchObject({
      state: 'running',
      generation: 2,
      startedAt: startedAt + MINUTE,
      cursor: null,
      counts: { done: 0 },
    });
    await feed(cluster, 2);
    await cluster.until(() => row(cluster).state === 'resting', 5_000);
    expect(older(cluster, 1)).toMatchObject({ state: 'resting', counts: { done: 1 } });
    expect(cluster.starts()).toEqual(['x1#1', 'x2#1']);
    expect(cluster.facts('job.started').map(({ cause }) => cause)).toEqual([undefined, 'tick']);
  });

  it('skips and counts a tick that falls into a run, and leaves the run alone', async () => {
    const cluster = await begin({ ticks: [{ everyMs: MINUTE }] }, 150_000);
    await cluster.advance(2 * MINUTE + 1_000);
    expect(row(cluster)).toMatchObject({
      generation: 1,
      state: 'running',
      counts: { active: 1 },
      context: { skippedTicks: 2 },
    });
    await cluster.until(() => row(cluster).state === 'resting', 60_000);
    await cluster.until(() => row(cluster).generation === 2, MINUTE);
    expect(row(cluster).context.skippedTicks).toBe(2);
    expect(row(cluster).startedAt).toBe(older(cluster, 1).startedAt + 3 * MINUTE);
  });

  it('counts a late word of an older run there, and nothing in the present one', async () => {
    const cluster = await begin({ ticks: [{ everyMs: MINUTE }] });
    await cluster.until(() => row(cluster).state === 'resting', 5_000);
    cluster.behave = () => takes(90_000);
    const again = await ask(cluster, { kind: 'retry', id: 'x1', by: 'ann' });
    await cluster.until(() => row(cluster).generation === 2, MINUTE);
    expect(older(cluster, 1).counts).toMatchObject({ done: 1, active: 1 });
    await cluster.until(() => older(cluster, 1).counts.done === 2, 120_000);
    expect(row(cluster).counts).toMatchObject({ done: 0, active: 0, queued: 0 });
    expect(cluster.starts()).toContain(`${again.id}#1`);
  });

  it.each<['skip' | 'once', number, number]>([
    ['skip', 1, 9],
    ['once', 2, 8],
  ])(
    'after downtime with misfire %s is at run %i and has skipped %i ticks',
    async (misfire, run, skipped) => {
      const cluster = await begin({ ticks: [{ everyMs: 10 * MINUTE }], misfire });
      await cluster.until(() => row(cluster).state === 'resting', 5_000);
      cluster.crashController();
      await cluster.advance(95 * MINUTE);
      await cluster.startController();
      await cluster.advance(1_000);
      expect(row(cluster)).toMatchObject({ generation: run, context: { skippedTicks: skipped } });
      const started = older(cluster, 1)?.startedAt ?? row(cluster).startedAt;
      // Back in step.
      expect(row(cluster).context.deadlineAt).toBe(started + 100 * MINUTE);
    },
  );

  it('does not miss a tick for a restart that takes less than a minute', async () => {
    const cluster = await begin({ ticks: [{ everyMs: 10 * MINUTE }] });
    await cluster.until(() => row(cluster).state === 'resting', 5_000);
    await cluster.advance(10 * MINUTE - 10_000);
    cluster.crashController();
    await cluster.advance(30_000);
    await cluster.startController();
    await cluster.advance(1_000);
    expect(row(cluster)).toMatchObject({ generation: 2, context: { skippedTicks: 0 } });
  });

  it('keeps its schedule when one of its runs cannot go on', async () => {
    const cluster = await begin({ ticks: [{ everyMs: MINUTE }] }, 600_000);
    const stop = { kind: 'stopJob', job: 'j', by: 'source', generation: 1 } as const;
    await ask(cluster, stop);
    await cluster.until(() => row(cluster).state === 'resting', 10_000);
    expect(row(cluster)).toMatchObject({ stoppedBy: 'source', counts: { cancelled: 1 } });
    await cluster.until(() => row(cluster).generation === 2, MINUTE);
    expect(row(cluster)).toMatchObject({ state: 'running', stoppedBy: null });
    await expect(ask(cluster, stop)).rejects.toMatchObject({ code: 'ended' });
  });

  it.each(['resting', 'running'] as const)('is stopped for good while it is %s', async (state) => {
    const cluster = await begin({ ticks: [{ everyMs: MINUTE }] }, 5_000);
    await cluster.until(() => row(cluster).state === state, 10_000);
    await ask(cluster, { kind: 'stopJob', job: 'j', by: 'ann' });
    await cluster.until(() => row(cluster).state === 'stopped', 20_000);
    await cluster.advance(5 * MINUTE);
    expect(row(cluster)).toMatchObject({ state: 'stopped', generation: 1, stoppedBy: 'ann' });
    expect((await ask(cluster, startOf('j'))).row).toMatchObject({ generation: 2, rules: {} });
  });

  it('is gone on with by its source while it rests, and refuses other rules', async () => {
    const rules = { ticks: [{ everyMs: MINUTE }] };
    const cluster = await begin(rules);
    await cluster.until(() => row(cluster).state === 'resting', 5_000);
    expect(await ask(cluster, { ...startOf('j'), rules })).toMatchObject({
      resumed: true,
      row: { state: 'resting', generation: 1 },
    });
    const others = { ticks: [{ everyMs: 2 * MINUTE }] };
    await expect(ask(cluster, { ...startOf('j'), rules: others })).rejects.toMatchObject({
      code: 'jobTaken',
    });
  });

  it('is over when its last tick has passed', async () => {
    const cluster = await Cluster.start(['a1']);
    const soon = new Date(cluster.clock.now() + 2 * MINUTE);
    const parts = [soon.getUTCMinutes(), soon.getUTCHours(), soon.getUTCDate()];
    const cron = `0 ${parts.join(' ')} ${soon.getUTCMonth() + 1} * ${soon.getUTCFullYear()}`;
    await ask(cluster, { ...startOf('j'), rules: { ticks: [{ cron, timeZone: 'UTC' }] } });
    await feed(cluster, 1);
    await cluster.until(() => row(cluster).generation === 2, 3 * MINUTE);
    await feed(cluster, 2);
    await cluster.until(() => row(cluster).state === 'finished', 10_000);
  });
});
