/** What has ended is deleted when it is old, or when there is too much of it; what has not ended, never. */
import { describe, expect, it } from 'vitest';
import { auditPage } from '../../actors/audit.ts';
import { history } from '../../actors/history.ts';
import { key, under, type JobRow } from '../../actors/records.ts';
import { checkRetention, Retention, type RetentionSettings } from '../../actors/retention.ts';
import { silent } from '../../actors/logger.ts';
import { itemOf, run } from './asking.ts';
import { Cluster, policy } from './cluster.ts';

const MINUTE_MS = 60_000;

const retentionOf = (cluster: Cluster, settings: Partial<RetentionSettings>) =>
  new Retention(
    {
      store: cluster.controller.store,
      clock: cluster.clock,
      logger: silent,
      command: (prune) => cluster.controller.command(prune),
    },
    checkRetention(settings),
  );

/** Has a pass made, under virtual time. */
async function prune(cluster: Cluster, settings: Partial<RetentionSettings>) {
  const retention = retentionOf(cluster, settings);
  let pass: Awaited<ReturnType<Retention['run']>> | undefined;
  void retention.run('ada').then((made) => (pass = made));
  await cluster.until(() => pass !== undefined, 60_000);
  retention.close();
  return pass!;
}

/** Tables in which something is left, without those of the controller itself. */
const tables = (cluster: Cluster): readonly string[] => {
  const all = cluster.controller.store.range({ from: '', to: '\u{10ffff}' });
  const own = new Set(['meta', 'agent', 'of']);
  return [...new Set([...all].map(([name]) => name.split('/')[0]!))].filter(
    (table) => !own.has(table),
  );
};

async function runAll(cluster: Cluster, job: string, ids: readonly string[]): Promise<void> {
  const runs = cluster.facts('job.finished').length;
  const items = ids.map((id) => itemOf({ id, key: `key-${id}` }));
  await run(cluster, job, items);
  await cluster.until(() => cluster.facts('job.finished').length > runs, 60_000);
}

const existing = (cluster: Cluster, ids: readonly string[]) =>
  ids.filter((id) => cluster.controller.store.get(key.id(id)) !== undefined);

describe('what has ended', () => {
  it('is kept until it is old, and then nothing of it is left', async () => {
    const cluster = await Cluster.start(['a1']);
    await runAll(cluster, 'j', ['x1', 'x2', 'x3']);
    await cluster.submit('loose');
    await cluster.advance(MINUTE_MS);
    const none = { subTransactions: 0, runs: 0, facts: 0, isMore: false };
    expect(await prune(cluster, { keepMs: 2 * MINUTE_MS })).toEqual(none);
    const facts = cluster.facts().length;
    const pass = await prune(cluster, { keepMs: MINUTE_MS / 2 });
    expect(pass).toMatchObject({ subTransactions: 4, runs: 1, isMore: false });
    expect(pass.facts).toBeGreaterThan(15);
    expect(tables(cluster)).toEqual([]);
    expect(cluster.facts().length).toBeLessThan(facts);
    expect(cluster.facts().at(-1)).toMatchObject({ kind: 'controller.pruned', by: 'ada' });
  });

  it('is never what waits, runs, is parked, or may still run somewhere', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = (id) => ({
      afterMs: id === 'old' ? 5 : Infinity,
      exit: { kind: 'done', result: id },
    });
    await cluster.submit('parked', { policy: { ...policy, onUnknown: 'park' } });
    await cluster.until(() => cluster.starts().includes('parked#1'), 10_000);
    cluster.crashAgent('a1');
    const ofParked = () => cluster.facts().filter(({ id }) => id === 'parked');
    await cluster.until(() => ofParked().at(-1)?.state === 'parked', 120_000);
    await cluster.startAgent('a1');
    for (const id of ['old', 'running']) await cluster.submit(id);
    await cluster.until(() => cluster.starts().includes('running#1'), 120_000);
    await cluster.command({ kind: 'drain', agent: 'a1', drain: true, by: 'test' });
    await cluster.submit('queued');
    await cluster.advance(MINUTE_MS);
    expect(await prune(cluster, { keepMs: 0, keepCount: 0 })).toMatchObject({ subTransactions: 1 });
    const left = ['parked', 'running', 'queued'];
    expect(existing(cluster, ['old', ...left])).toEqual(left);
    expect(ofParked()[0]).toMatchObject({ kind: 'accepted', by: 'test' });
  });

  it('goes when there is too much of it, oldest first', async () => {
    const cluster = await Cluster.start(['a1']);
    const ids = Array.from({ length: 20 }, (_, n) => `x${n}`);
    for (const id of ids) {
      await cluster.submit(id);
      await cluster.until(() => cluster.facts('done').at(-1)?.id === id, 60_000);
    }
    const pass = await prune(cluster, { keepCount: 5 });
    expect(pass).toMatchObject({ subTransactions: 15 });
    expect(existing(cluster, ids)).toEqual(ids.slice(15));
    expect(await prune(cluster, { keepCount: 5 })).toMatchObject({ subTransactions: 0, facts: 0 });
    const [first] = history(cluster.controller.store, {}).items;
    expect(first!.n).toBeGreaterThan(15);
  });

  it('of a job that still runs leaves the counts of the job as they are', async () => {
    const cluster = await Cluster.start(['a1']);
    await run(cluster, 'j', [itemOf({ id: 'x1' }), itemOf({ id: 'x2' })], false);
    await cluster.until(() => cluster.facts('done').length === 2, 60_000);
    await cluster.advance(MINUTE_MS);
    expect(await prune(cluster, { keepMs: 0 })).toMatchObject({ subTransactions: 2, runs: 0 });
    const row = cluster.controller.store.get(key.job('j')) as unknown as JobRow;
    expect(row).toMatchObject({ state: 'running', pruned: 2, counts: { done: 2 } });
    const [line] = auditPage(cluster.controller.store, 'j').items;
    expect(line).toMatchObject({ kind: 'job.started', generation: 1 });
  });

  it('may be done again under the same names, and a new term knows where it is', async () => {
    const cluster = await Cluster.start(['a1']);
    await runAll(cluster, 'j', ['x1', 'x2']);
    await cluster.advance(MINUTE_MS);
    await prune(cluster, { keepMs: 0 });
    cluster.crashController();
    await cluster.startController();
    await runAll(cluster, 'j', ['x1', 'x2']);
    expect(cluster.starts()).toEqual(['x1#1', 'x2#1', 'x1#1', 'x2#1']);
    const births = [...cluster.controller.store.range(under('sub'))];
    expect(births).toHaveLength(2);
  });

  it.each(['done', 'cancelled'])('on sheets leaves none of them when all is %s', async (end) => {
    const cluster = await Cluster.start(['a1']);
    const drain = end === 'cancelled';
    await cluster.command({ kind: 'drain', agent: 'a1', drain, by: 'test' });
    const items = Array.from({ length: 200 }, () => itemOf());
    await run(cluster, 'j', items);
    expect(tables(cluster)).toContain('sheet');
    if (drain) await cluster.command({ kind: 'stopJob', job: 'j', by: 'test' });
    await cluster.until(
      () => cluster.facts(drain ? 'job.stopped' : 'job.finished').length === 1,
      120_000,
    );
    expect(tables(cluster)).toContain(drain ? 'void' : 'sub');
    await cluster.advance(MINUTE_MS);
    expect(await prune(cluster, { keepMs: 0 })).toMatchObject({ subTransactions: 200, runs: 1 });
    expect(tables(cluster)).toEqual([]);
  });

  it('goes when there is too much of it, also where one fact tells of many', async () => {
    const cluster = await Cluster.start([]);
    await run(
      cluster,
      'j',
      Array.from({ length: 200 }, () => itemOf()),
    );
    await cluster.command({ kind: 'stopJob', job: 'j', by: 'test' });
    await cluster.until(() => cluster.facts('job.stopped').length === 1, 10_000);
    expect(await prune(cluster, { keepCount: 50 })).toMatchObject({
      subTransactions: 150,
      runs: 0,
    });
    expect(await prune(cluster, { keepCount: 50 })).toMatchObject({ subTransactions: 0 });
  });

  it('goes in pieces that a crash may come between, and the next pass goes on', async () => {
    const cluster = await Cluster.start(['a1']);
    await runAll(
      cluster,
      'j',
      Array.from({ length: 30 }, (_, n) => `x${n}`),
    );
    await cluster.advance(MINUTE_MS);
    let crashed = 0;
    for (let crashes = 0; tables(cluster).length > 0; crashes++) {
      expect(crashes).toBeLessThan(40);
      let left = crashes;
      cluster.observeController = () => {
        if (left-- !== 0) return;
        crashed++;
        cluster.crashController();
      };
      const retention = retentionOf(cluster, { keepMs: 0 });
      retention.run('ada').catch(() => {});
      await cluster.advance(1_000);
      retention.close();
      cluster.observeController = () => {};
      cluster.crashController();
      await cluster.startController();
    }
    expect(crashed).toBeGreaterThan(5);
    await runAll(cluster, 'j', ['x1', 'x2', 'x3']);
  });

  it('goes by itself, within the hour', async () => {
    const cluster = await Cluster.start(['a1']);
    const retention = retentionOf(cluster, { keepMs: 1_000 });
    await cluster.submit('x');
    await cluster.until(() => existing(cluster, ['x']).length === 0, 2 * 3_600_000);
    await cluster.submit('y');
    await cluster.until(() => existing(cluster, ['y']).length === 0, 2 * 3_600_000);
    retention.close();
  });
});

describe('retention settings', () => {
  it.each([{ keepMs: -1 }, { keepMs: NaN }, { keepCount: 1.5 }, { keepMs: Infinity }])(
    'refuse %j',
    (settings) => {
      expect(() => checkRetention(settings)).toThrow('must be a whole number from 0 on');
    },
  );
});
