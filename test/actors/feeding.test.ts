/** Batches from elsewhere: each says what it follows, so that one whose answer was lost can be sent again. */
import { describe, expect, it } from 'vitest';
import type { Command } from '../../actors/commands.ts';
import { ask, startOf } from './asking.ts';
import { Cluster, endless, policy } from './cluster.ts';

const by = 'test';

const batch = (
  after: number,
  ids: readonly string[],
  ended = false,
): Command & { kind: 'enqueue' } => ({
  kind: 'enqueue',
  job: 'j',
  generation: 1,
  items: ids.map((id) => ({ id, handler: 'work', input: null, bytes: 1, policy })),
  after,
  cursor: after + ids.length,
  ended,
  by,
});

async function withJob(): Promise<Cluster> {
  const cluster = await Cluster.start(['a1']);
  await ask(cluster, startOf('j'));
  return cluster;
}

describe('a batch from elsewhere', () => {
  it('is taken over once, however often it comes', async () => {
    const cluster = await withJob();
    expect(await ask(cluster, batch(0, ['a', 'b']))).toMatchObject({ accepted: 2, taken: 2 });
    expect(await ask(cluster, batch(0, ['a', 'b']))).toMatchObject({ accepted: 0, taken: 2 });
    expect(await ask(cluster, batch(2, ['c'], true))).toMatchObject({ accepted: 1, taken: 3 });
    expect(await ask(cluster, batch(2, ['c'], true))).toMatchObject({ accepted: 0, taken: 3 });
    await cluster.advance(10_000);
    expect(cluster.starts()).toEqual(['a#1', 'b#1', 'c#1']);
    expect(await ask(cluster, batch(2, ['c'], true))).toMatchObject({ accepted: 0, taken: 3 });
  });

  it('ends a source without items, once', async () => {
    const cluster = await withJob();
    await ask(cluster, batch(0, ['a']));
    expect(await ask(cluster, batch(1, [], true))).toMatchObject({ accepted: 0, taken: 1 });
    expect(await ask(cluster, batch(1, [], true))).toMatchObject({ accepted: 0, taken: 1 });
    await cluster.advance(10_000);
    expect(cluster.facts('job.sourceEnded')).toHaveLength(1);
    expect(cluster.facts('job.finished')).toHaveLength(1);
  });

  it.each([
    ['leaves some out', batch(3, ['d'])],
    ['begins in the middle of one', batch(1, ['b', 'c'])],
    ['is older and says that it is the last', batch(0, ['a'], true)],
  ])('is refused when it %s', async (_what, wrong) => {
    const cluster = await withJob();
    await ask(cluster, batch(0, ['a', 'b']));
    const position = cluster.controller.store.position();
    await expect(ask(cluster, wrong)).rejects.toMatchObject({ code: 'outOfStep' });
    expect(cluster.controller.store.position()).toBe(position);
  });
});

describe('a run whose source has ended', () => {
  const start = startOf('j');

  it('ends although somebody begins it again and never feeds it', async () => {
    const cluster = await withJob();
    await ask(cluster, batch(0, ['a'], true));
    expect(await ask(cluster, { ...start, rereads: false })).toMatchObject({ resumed: true });
    await cluster.advance(10_000);
    expect(cluster.facts('job.finished')).toHaveLength(1);
  });

  it('is not begun anew by who wanted to go on with it', async () => {
    const cluster = await withJob();
    const resuming = { ...start, resumes: 1 };
    expect(await ask(cluster, resuming)).toMatchObject({ resumed: true, row: { generation: 1 } });
    await ask(cluster, { kind: 'stopJob', job: 'j', by });
    await cluster.advance(10_000);
    await expect(ask(cluster, resuming)).rejects.toMatchObject({
      code: 'ended',
      message: 'Run 1 of the job "j" is over.',
    });
    expect(cluster.facts('job.started')).toHaveLength(1);
  });
});

describe('an id that an older run has parked', () => {
  it('is refused with what is to be decided', async () => {
    const cluster = await withJob();
    cluster.behave = () => endless;
    const first = batch(0, ['x'], true);
    const items = first.items.map((item) => ({
      ...item,
      policy: { ...policy, onUnknown: 'park' as const },
    }));
    await ask(cluster, { ...first, items });
    await cluster.advance(1_000);
    cluster.crashAgent('a1');
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.facts('job.finished').length === 1, 200_000);
    await ask(cluster, startOf('j'));
    await expect(ask(cluster, { ...first, generation: 2 })).rejects.toMatchObject({
      code: 'idTaken',
      message:
        '"x" of run 1 of "j" is parked: decide with lifeline retry, cancel, accept or give-up x, then run it again.',
    });
  });
});
