/** Work that kills its host: each death counts, however long the host needs to come back. */
import { describe, expect, it } from 'vitest';
import { Cluster, endless, policy } from './cluster.ts';

describe('work that its agent dies of', () => {
  it.each([
    { afterMs: 1_000, before: 'received' },
    { afterMs: 60_500, before: 'waiting' },
    { afterMs: 300_000, before: 'queued' },
  ])('is poison after two deaths, with a host that is back after $afterMs ms', async (given) => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    const birth = await cluster.submit('x');
    for (const attempt of [1, 2]) {
      await cluster.until(() => cluster.starts().includes(`x#${attempt}`), 10_000);
      await cluster.advance(1_000);
      cluster.crashAgent('a1');
      await cluster.advance(given.afterMs);
      expect(cluster.row(birth).state).toBe(given.before);
      await cluster.startAgent('a1');
      await cluster.until(() => cluster.row(birth).context.deaths === attempt, 10_000);
    }
    expect(cluster.row(birth)).toMatchObject({ state: 'parked', context: { cause: 'poison' } });
    await cluster.advance(200_000);
    expect(cluster.starts()).toEqual(['x#1', 'x#2']);
  });

  it('that was parked as lost is named poison when the second death is told', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    const birth = await cluster.submit('x', { policy: { ...policy, maxLosses: 1 } });
    await cluster.advance(1_000);
    cluster.crashAgent('a1');
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.starts().includes('x#2'), 10_000);
    await cluster.advance(1_000);
    cluster.crashAgent('a1');
    await cluster.until(() => cluster.row(birth).state === 'parked', 61_000);
    expect(cluster.row(birth).context).toMatchObject({ cause: 'lost', deaths: 1, held: true });
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.row(birth).context.deaths === 2, 10_000);
    expect(cluster.row(birth)).toMatchObject({
      state: 'parked',
      context: { cause: 'poison', held: false },
    });
  });
});
