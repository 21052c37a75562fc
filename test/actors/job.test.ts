/** Runs of jobs: counts, resuming, keys, and stopping, also over a crash. */
import { describe, expect, it } from 'vitest';
import { OutcomeUnknown } from '../../actors/controller.ts';
import { key, type JobRow } from '../../actors/records.ts';
import { ask, askAll, itemOf, run } from './asking.ts';
import { Cluster } from './cluster.ts';

const by = 'test';
const fails = (ms: number) =>
  ({ afterMs: ms, exit: { kind: 'failed', cause: 'error', message: 'no', detail: null } }) as const;
const takes = (ms: number) => ({ afterMs: ms, exit: { kind: 'done', result: 'ok' } }) as const;
const job = (cluster: Cluster, name = 'j') =>
  cluster.controller.store.get(key.job(name)) as unknown as JobRow;
const startOf = (source: string) => ({ kind: 'startJob', name: 'j', source, spec: null, rereads: true, by }) as const; // prettier-ignore
const enqueueOf = (ids: readonly string[], ended: boolean, generation = 1) =>
  ({ kind: 'enqueue', job: 'j', generation, items: ids.map((id) => itemOf({ id, key: id })), after: null, cursor: ids.length, ended, by }) as const; // prettier-ignore

describe('a job', () => {
  it('counts its work, and finishes when the source has ended and nothing is left', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = (id) => (id === 'bad' ? fails(50) : takes(50));
    await run(cluster, 'j', [itemOf({ id: 'x' }), itemOf({ id: 'bad' })], false);
    await cluster.advance(1_000);
    expect(job(cluster)).toMatchObject({ state: 'running', counts: { done: 1, failed: 1, queued: 0, active: 0 } }); // prettier-ignore
    await ask(cluster, enqueueOf(['y'], true));
    await cluster.until(() => job(cluster).state === 'finished', 1_000);
    expect(job(cluster)).toMatchObject({ counts: { done: 2, failed: 1 }, cursor: 1 });
    expect(cluster.facts('job.finished').map(({ detail }) => detail)).toEqual([
      job(cluster).counts,
    ]);
  });

  it('is finished at once when the source ends and all is done', async () => {
    const cluster = await Cluster.start(['a1']);
    await ask(cluster, startOf('s'));
    await ask(cluster, enqueueOf([], true));
    expect(job(cluster).state).toBe('finished');
  });

  it('keeps the counts and the cursor of a run that the controller did not live to end', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => takes(5_000);
    await run(cluster, 'j', [itemOf({ id: 'x', key: 'x' })], false);
    await cluster.advance(1_000);
    cluster.crashController();
    await cluster.startController();
    await cluster.advance(1_000);
    const resumed = await ask(cluster, startOf('s'));
    expect(resumed).toMatchObject({ resumed: true, row: { generation: 1, counts: { active: 1 } } });
    expect(await ask(cluster, enqueueOf(['x', 'y'], true))).toEqual({
      accepted: 1,
      known: 1,
      taken: 2,
    });
    await cluster.until(() => job(cluster).state === 'finished', 60_000);
    expect(job(cluster).counts.done).toBe(2);
    expect(cluster.starts()).toEqual(['x#1', 'y#1']);
  });

  it('leaves its name to the same source only, until it has ended', async () => {
    const cluster = await Cluster.start(['a1']);
    await run(cluster, 'j', [itemOf({ id: 'x' })], false);
    await expect(ask(cluster, startOf('other'))).rejects.toMatchObject({ code: 'jobTaken' });
    await ask(cluster, enqueueOf([], true));
    await cluster.until(() => job(cluster).state === 'finished', 1_000);
    const next = await ask(cluster, startOf('other'));
    expect(next).toMatchObject({ resumed: false, row: { generation: 2, counts: { done: 0 } } });
    expect(cluster.controller.store.get(key.run('j', 1))).toMatchObject({ counts: { done: 1 } });
    await expect(ask(cluster, enqueueOf(['y'], true, 1))).rejects.toMatchObject({ code: 'notRunning' }); // prettier-ignore
  });

  it('takes the same key again in its next run', async () => {
    const cluster = await Cluster.start(['a1']);
    const items = [itemOf({ key: 'k' }), itemOf({ key: 'k' })];
    await run(cluster, 'j', items);
    await cluster.until(() => job(cluster).state === 'finished', 1_000);
    await run(cluster, 'j', items);
    await cluster.until(() => job(cluster).state === 'finished', 1_000);
    expect(job(cluster)).toMatchObject({ generation: 2, counts: { done: 1 } });
    expect(cluster.starts()).toHaveLength(2);
  });
});

describe('the losses of a job', () => {
  const lost = (cluster: Cluster) => job(cluster).counts.lost;
  const parking = { ...itemOf().policy, onUnknown: 'park' } as const;

  /** One piece of work runs at a1. */
  async function begin(onUnknown: 'retry' | 'park'): Promise<Cluster> {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ ...takes(600_000), abortMs: 600_000 });
    await run(cluster, 'j', [itemOf({ id: 'x', policy: { ...parking, onUnknown } })]);
    await cluster.advance(1_000);
    return cluster;
  }

  it.each(['retry', 'park'] as const)(
    'are counted where unknown outcomes lead to %s, once each',
    async (onUnknown) => {
      const cluster = await begin(onUnknown);
      cluster.crashAgent('a1');
      await cluster.until(() => lost(cluster) === 1, 61_000);
      await cluster.startAgent('a1');
      await cluster.until(() => cluster.facts('lost').length === 2, 10_000);
      expect(lost(cluster)).toBe(1);
    },
  );

  it('are counted while a cancel is under way', async () => {
    const cluster = await begin('retry');
    await ask(cluster, { kind: 'cancel', id: 'x', by });
    cluster.crashAgent('a1');
    await cluster.until(() => job(cluster).state === 'finished', 61_000);
    expect(job(cluster).counts).toMatchObject({ cancelled: 1, lost: 1 });
  });

  it('are no kills', async () => {
    const cluster = await begin('retry');
    cluster.crashController();
    await cluster.advance(70_000);
    await cluster.startController();
    await cluster.until(() => cluster.facts('killed').length === 1, 10_000);
    expect(lost(cluster)).toBe(0);
  });
});

describe('stopping a job', () => {
  it('cancels what is queued, what is out and what waits', async () => {
    const cluster = await Cluster.start(['a1'], {}, 2);
    cluster.behave = (id) => (id === 'fails' ? fails(50) : { ...takes(60_000), abortMs: 100 });
    const waits = itemOf({ id: 'fails', policy: { ...itemOf().policy, maxRetries: 1, delaysMs: [90_000] } }); // prettier-ignore
    const others = ['x', 'y', 'z'].map((id) => itemOf({ id }));
    await run(cluster, 'j', [waits, ...others], false);
    await cluster.advance(1_000);
    expect(job(cluster).counts).toMatchObject({ waiting: 1, active: 2, queued: 1 });
    expect(await ask(cluster, { kind: 'stopJob', job: 'j', by: 'me' })).toMatchObject({ state: 'stopping' }); // prettier-ignore
    await cluster.until(() => job(cluster).state === 'stopped', 1_000);
    expect(job(cluster).counts).toMatchObject({ cancelled: 4, done: 0, queued: 0, active: 0 });
    await cluster.advance(100_000);
    expect(cluster.starts()).toEqual(['fails#1', 'x#1', 'y#1']);
    expect(cluster.facts('job.stop').map((fact) => fact.by)).toEqual(['me']);
  });

  it('goes on after a crash', async () => {
    const cluster = await Cluster.start(['a1'], {}, 1);
    cluster.behave = () => takes(60_000);
    await run(cluster, 'j', ['x', 'y', 'z'].map((id) => itemOf({ id })), false); // prettier-ignore
    cluster.observeController = (phase) => {
      if (phase !== 'recorded') return;
      cluster.observeController = () => {};
      cluster.crashController();
    };
    const stopping = ask(cluster, { kind: 'stopJob', job: 'j', by });
    await expect(stopping).rejects.toThrow(OutcomeUnknown);
    await cluster.startController();
    await cluster.until(() => job(cluster)?.state === 'stopped', 30_000);
    expect(job(cluster).counts.cancelled).toBe(3);
  });

  it('cancels also what was handed over in the same turn', async () => {
    const cluster = await Cluster.start(['a1']);
    await ask(cluster, startOf('s'));
    const ids = Array.from({ length: 1_100 }, (_, n) => `x${n}`);
    await askAll(cluster, [enqueueOf(ids, false), { kind: 'stopJob', job: 'j', by }]);
    await cluster.until(() => job(cluster).state === 'stopped', 10_000);
    expect(job(cluster).counts).toMatchObject({ cancelled: 1_100, done: 0, queued: 0 });
    expect(cluster.starts()).toEqual([]);
  });

  it('gives nothing out any more, however much is queued, and says who stopped it', async () => {
    const cluster = await Cluster.start(['a1'], {}, 1);
    cluster.behave = () => ({ ...takes(300), abortMs: 0 });
    const stop = { kind: 'stopJob', job: 'j', by: 'bob' } as const;
    await ask(cluster, { ...startOf('s'), by: 'amy' });
    const ids = Array.from({ length: 2_500 }, (_, n) => `x${n}`);
    await ask(cluster, { ...enqueueOf(ids, false), by: 'amy' });
    await cluster.advance(100);
    await askAll(cluster, [stop, { ...stop, by: 'cid' }]);
    await cluster.until(() => job(cluster).state === 'stopped', 10_000);
    expect(cluster.starts()).toEqual(['x0#1']);
    expect(new Set(cluster.facts('cancel').map((fact) => fact.by))).toEqual(new Set(['bob']));
    expect(job(cluster)).toMatchObject({ by: 'amy', stoppedBy: 'bob', counts: { cancelled: 2_500 } }); // prettier-ignore
  });

  it('names who stopped it also after a crash', async () => {
    const cluster = await Cluster.start([]);
    await run(cluster, 'j', [itemOf({ id: 'x' })], false);
    cluster.observeController = (phase) => {
      if (phase !== 'recorded') return;
      cluster.observeController = () => {};
      cluster.crashController();
    };
    await expect(ask(cluster, { kind: 'stopJob', job: 'j', by: 'bob' })).rejects.toThrow(OutcomeUnknown); // prettier-ignore
    await cluster.startController();
    await cluster.until(() => job(cluster)?.state === 'stopped', 1_000);
    expect(cluster.facts('cancel').map((fact) => fact.by)).toEqual(['bob']);
  });

  describe('of which one was parked and one cannot be killed', () => {
    /** `x` fails while a1 is cut off, and is parked as lost; `y` at a2 takes its time to be killed. */
    async function stopping() {
      const cluster = await Cluster.start(['a1', 'a2'], { select: 'first' }, 1);
      cluster.behave = (id) => (id === 'x' ? fails(30_000) : { ...takes(600_000), abortMs: 8_000 });
      const policy = { ...itemOf().policy, onUnknown: 'park', maxRetries: 3 } as const;
      await run(cluster, 'j', ['x', 'y'].map((id) => itemOf({ id, policy })), false); // prettier-ignore
      await cluster.advance(1_000);
      const heal = cluster.cut('a1');
      await cluster.until(() => job(cluster).counts.parked === 1, 61_000);
      await ask(cluster, { kind: 'stopJob', job: 'j', by: 'bob' });
      expect(job(cluster)).toMatchObject({ state: 'stopping', counts: { parked: 1, active: 1 } });
      return { cluster, heal };
    }

    it('refuses a retry until it has stopped', async () => {
      const { cluster } = await stopping();
      const retry = { kind: 'retry', id: 'x', by } as const;
      await expect(ask(cluster, retry)).rejects.toMatchObject({
        code: 'notRunning',
        message: 'The job "j" is being stopped; retry "x" when it has stopped.',
      });
      await cluster.until(() => job(cluster).state === 'stopped', 60_000);
      cluster.behave = () => takes(10);
      await ask(cluster, retry);
      await cluster.until(() => job(cluster).counts.done === 1, 5_000);
      expect(cluster.starts()).toEqual(['x#1', 'y#1', 'x#2']);
    });

    it('cancels what would be tried again by what its agent tells late', async () => {
      const { cluster, heal } = await stopping();
      heal();
      await cluster.until(() => cluster.facts('failed').length === 1, 7_000);
      expect(job(cluster).state).toBe('stopping');
      await cluster.until(() => job(cluster).state === 'stopped', 60_000);
      expect(cluster.starts()).toEqual(['x#1', 'y#1']);
      expect(job(cluster).counts).toMatchObject({ cancelled: 2, parked: 0 });
    });
  });

  it('that is over, or that nobody knows, is refused', async () => {
    const cluster = await Cluster.start(['a1']);
    const stop = { kind: 'stopJob', job: 'j', by } as const;
    await expect(ask(cluster, stop)).rejects.toMatchObject({ code: 'unknown' });
    await ask(cluster, startOf('s'));
    await ask(cluster, stop);
    await expect(ask(cluster, stop)).rejects.toMatchObject({ code: 'ended' });
  });
});
