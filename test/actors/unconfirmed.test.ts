/** Attempts that were given up for silence are counted until their agent has shown that they are over. */
import { describe, expect, it } from 'vitest';
import { listAgents, showAgent } from '../../actors/agent-queries.ts';
import { showSubTransaction } from '../../actors/queries.ts';
import { createMemoryDisk } from '../../store/memory.ts';
import { endless, policy, type Cluster } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';

const start = checkedClusters();

const counts = (cluster: Cluster) =>
  Object.fromEntries(
    listAgents(cluster.controller.store).map(({ id, unconfirmed }) => [id, unconfirmed]),
  );

const firstAttempt = (cluster: Cluster, id: string) =>
  showSubTransaction(cluster.controller.store, id).attempts[0]!;

/** a1 has been given up, and what it had runs at a2. */
async function afterLoss(ids: readonly string[]): Promise<Cluster> {
  const cluster = await start(['a1']);
  cluster.behave = () => endless;
  for (const id of ids) await cluster.submit(id);
  await cluster.advance(1_000);
  expect(counts(cluster)).toEqual({ a1: 0 });
  await cluster.startAgent('a2');
  return cluster;
}

describe('an attempt that was given up', () => {
  it('is unconfirmed, by name, until its agent is back and tells its end', async () => {
    const cluster = await afterLoss(['x', 'y']);
    const heal = cluster.cut('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'lost', 70_000);
    const lostAt = cluster.clock.now();
    await cluster.until(() => cluster.moment('start', 'y#2') !== undefined, 10_000);
    expect(counts(cluster)).toEqual({ a1: 2, a2: 0 });
    expect(showAgent(cluster.controller.store, 'a1').unconfirmed).toEqual([
      { id: 'x', job: null, attempt: 1, boot: 1, givenUpAt: new Date(lostAt).toISOString() },
      { id: 'y', job: null, attempt: 1, boot: 1, givenUpAt: new Date(lostAt).toISOString() },
    ]);
    heal();
    await cluster.until(() => counts(cluster).a1 === 0, 5_000);
    expect(firstAttempt(cluster, 'x')).toMatchObject({ ending: 'lost', confirmed: true });
  });

  it('is confirmed while it still waits for its next one', async () => {
    const cluster = await start(['a1']);
    cluster.behave = () => endless;
    await cluster.submit('x', { policy: { ...policy, onUnknown: 'park' } });
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'lost', 70_000);
    expect(counts(cluster)).toEqual({ a1: 1 });
    heal();
    await cluster.until(() => counts(cluster).a1 === 0, 5_000);
    expect(firstAttempt(cluster, 'x').confirmed).toBe(true);
  });

  it('is confirmed by a report in which it is not: it had never arrived', async () => {
    const cluster = await start(['a1']);
    const heals = [cluster.cut('a1', 'to')];
    await cluster.submit('x');
    await cluster.startAgent('a2');
    heals.push(cluster.cut('a1', 'from'));
    await cluster.until(() => cluster.moment('start', 'x#2') !== undefined, 80_000);
    expect(counts(cluster)).toMatchObject({ a1: 1 });
    expect(firstAttempt(cluster, 'x').confirmed).toBe(false);
    for (const heal of heals) heal();
    await cluster.until(() => counts(cluster).a1 === 0, 10_000);
    expect(firstAttempt(cluster, 'x').confirmed).toBe(true);
    expect(cluster.facts('confirmed')).toMatchObject([{ attempt: 1, agent: 'a1' }]);
  });

  it('is unconfirmed too when it was to be cancelled', async () => {
    const cluster = await start(['a1']);
    cluster.behave = () => endless;
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    cluster.cut('a1');
    await cluster.command({ kind: 'cancel', id: 'x', by: 'test' });
    await cluster.until(() => cluster.row(birth).state === 'cancelled', 70_000);
    expect(counts(cluster)).toEqual({ a1: 1 });
  });

  it('stays unconfirmed over a restart, and for good when the store of its agent is gone', async () => {
    const cluster = await afterLoss(['x']);
    cluster.crashAgent('a1');
    await cluster.until(() => cluster.moment('start', 'x#2') !== undefined, 80_000);
    cluster.crashController();
    await cluster.startController();
    cluster.agents.get('a1')!.disk = createMemoryDisk();
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'connected', 200_000);
    await cluster.advance(1_000);
    expect(counts(cluster)).toMatchObject({ a1: 1 });
  });

  it('is confirmed at once when its agent has died and comes back in time', async () => {
    const cluster = await afterLoss(['x']);
    cluster.crashAgent('a1');
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 10_000);
    await cluster.until(() => firstAttempt(cluster, 'x').confirmed, 10_000);
    expect(counts(cluster)).toEqual({ a1: 0, a2: 0 });
  });
});
