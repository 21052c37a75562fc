/**
 * Work that kills its host: each death counts, however long the host needs to come back. And what is written
 * with what follows: that an attempt was received, what is in flight, what has no result.
 */
import { describe, expect, it } from 'vitest';
import { flightsIn } from '../../actors/flights.ts';
import { outcomeRowOf } from '../../actors/outcome.ts';
import { showSubTransaction } from '../../actors/queries.ts';
import { key, under } from '../../actors/records.ts';
import { itemOf, run } from './asking.ts';
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

describe('that an attempt was received', () => {
  const kinds = (cluster: Cluster) =>
    cluster.facts().flatMap(({ kind, id }) => (id === undefined ? [] : [kind]));

  it('is told with the end of short work', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ ...endless, afterMs: 200 });
    await cluster.submit('x');
    await cluster.advance(1_000);
    expect(kinds(cluster)).toEqual(['accepted', 'assign', 'done']);
    const { attempts } = showSubTransaction(cluster.controller.store, 'x');
    const [{ sentAt, receivedAt, endedAt }] = attempts as [(typeof attempts)[0]];
    expect(receivedAt! >= sentAt && receivedAt! < endedAt!).toBe(true);
  });

  it('is written by itself when nothing has followed for 250 ms', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    const birth = await cluster.submit('x');
    await cluster.advance(240);
    expect(cluster.row(birth).state).toBe('sent');
    await cluster.advance(60);
    expect(cluster.row(birth).state).toBe('received');
    expect(kinds(cluster)).toEqual(['accepted', 'assign', 'received']);
  });

  it('is written of all, however many they are', async () => {
    const cluster = await Cluster.start(['a1'], { maxProcesses: 5_000 }, 5_000);
    cluster.behave = () => endless;
    const items = Array.from({ length: 2_500 }, (_, n) => itemOf({ id: `x${n}` }));
    await run(cluster, 'j', items);
    await cluster.advance(1_000);
    expect(kinds(cluster).filter((kind) => kind === 'received')).toHaveLength(2_500);
    expect([...flightsIn(cluster.controller.store)]).toHaveLength(2_500);
  });
});

describe('what is in flight', () => {
  it('is known to the next term, and nothing is left of it at the end', async () => {
    const cluster = await Cluster.start(['a1'], {}, 40);
    cluster.behave = () => ({ ...endless, afterMs: 20_000 });
    const births: number[] = [];
    for (let n = 0; n < 40; n++) births.push(await cluster.submit(`x${n}`));
    await cluster.advance(1_000);
    expect([...flightsIn(cluster.controller.store)]).toEqual(births);
    expect([...flightsIn(cluster.controller.store, births[9])]).toEqual(births.slice(10));
    cluster.crashController();
    await cluster.startController();
    await cluster.advance(30_000);
    expect(births.map((birth) => cluster.row(birth).state)).toEqual(births.map(() => 'done'));
    expect([...cluster.controller.store.range(under('flight'))]).toEqual([]);
    expect(cluster.starts()).toHaveLength(40);
  });
});

describe('an outcome', () => {
  it.each([null, 0, 'text'])(
    'is the result %j, and has a row where it says something',
    async (result) => {
      const cluster = await Cluster.start(['a1']);
      cluster.behave = () => ({ afterMs: 5, exit: { kind: 'done', result } });
      const birth = await cluster.submit('x');
      const told = cluster.controller.outcome(birth);
      await cluster.advance(1_000);
      const { store } = cluster.controller;
      const expected = {
        state: 'done',
        result,
        late: false,
        at: cluster.row(birth).context.endedAt,
      };
      expect(await told).toEqual(expected);
      expect(outcomeRowOf(store, birth)).toEqual(expected);
      expect(store.get(key.outcome(birth)) === undefined).toBe(result === null);
      expect(await cluster.controller.outcome(birth)).toEqual(expected);
    },
  );
});
