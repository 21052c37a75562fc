/** A job's present run as sentences: how it began, what was handed in, who stopped it, and where it stands. */
import { describe, expect, it } from 'vitest';
import { explainJob } from '../../actors/explain-job.ts';
import { ask, itemOf, run, startOf } from './asking.ts';
import { Cluster, done, endless } from './cluster.ts';

const texts = (cluster: Cluster) =>
  explainJob(cluster.controller.store, 'j', cluster.clock.now()).map(({ text }) => text);

describe('explain: a job', () => {
  it('tells of a run from its start to its end', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => done;
    await run(
      cluster,
      'j',
      ['x', 'y', 'z', 'w'].map((id) => itemOf({ id })),
    );
    await cluster.until(() => cluster.facts('job.finished').length > 0, 20_000);
    expect(texts(cluster)).toEqual([
      'Run 1 began: test started it.',
      '4 tasks had been handed in together.',
      'All of its work has been handed in.',
      'The run was over: 4 done.',
      'Run 1 is finished: 0 of 4 remain.',
    ]);
  });

  it('tells who stopped it, and of the ticks that were skipped', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    await ask(cluster, { ...startOf('j'), rules: { ticks: [{ everyMs: 5_000 }] } });
    await run(cluster, 'j', [itemOf({ id: 'x' })]);
    await cluster.advance(12_000);
    const before = texts(cluster).at(-1);
    expect(before).toContain('Run 1 is running: 1 of 1 remain; 2 ticks fell into a run');
    expect(before).toContain('the next tick is at 2026-');
    await ask(cluster, { kind: 'stopJob', job: 'j', by: 'ada' });
    await cluster.until(() => cluster.facts('job.stopped').length > 0, 20_000);
    expect(texts(cluster)).toContain(
      'ada stopped it: nothing more is given out, what is out is cancelled.',
    );
  });
});
