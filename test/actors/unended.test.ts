/**
 * What an agent's next life says of what the one before left open: whether the process died while it ran
 * (two such deaths make poison), or ended since its lease was over, which tells nothing against the work.
 */
import { describe, expect, it } from 'vitest';
import { done, endless, type Cluster } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';

const start = checkedClusters();

/** Work that outlives its lease by so long that the agent's process ends first, twice; then it is done. */
async function endTwice(cluster: Cluster, whenMs: number): Promise<number> {
  cluster.behave = (_id, attempt) => (attempt < 3 ? { ...endless, killMs: 50_000 } : done);
  const birth = await cluster.submit('x');
  for (const attempt of ['x#1', 'x#2']) {
    await cluster.until(() => cluster.starts().includes(attempt), 90_000);
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    await cluster.advance(whenMs);
    cluster.crashAgent('a1');
    await cluster.startAgent('a1');
    heal();
    await cluster.advance(15_000);
  }
  return birth;
}

describe('work that was running when its agent ended', () => {
  it('is no poison when the lease was over by then, and was no death', async () => {
    const cluster = await start(['a1']);
    const birth = await endTwice(cluster, 61_000);
    await cluster.until(() => cluster.row(birth).state === 'done', 90_000);
    expect(cluster.starts()).toEqual(['x#1', 'x#2', 'x#3']);
    expect(cluster.row(birth).context).toMatchObject({ deaths: 0, losses: 2 });
  });

  it('is poison when the lease was held by then', async () => {
    const cluster = await start(['a1']);
    const birth = await endTwice(cluster, 30_000);
    expect(cluster.starts()).toEqual(['x#1', 'x#2']);
    expect(cluster.row(birth)).toMatchObject({
      state: 'parked',
      context: { cause: 'poison', deaths: 2 },
    });
  });

  it('counts again once a later life has begun', async () => {
    const cluster = await start(['a1']);
    cluster.behave = () => endless;
    const birth = await cluster.submit('x');
    const heal = cluster.cut('a1');
    await cluster.advance(65_000);
    heal();
    await cluster.until(() => cluster.starts().includes('x#2'), 90_000);
    expect(cluster.row(birth).context.deaths).toBe(0);
    cluster.crashAgent('a1');
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.row(birth).context.deaths === 1, 5_000);
  });
});
