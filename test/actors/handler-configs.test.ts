/**
 * Configurations of handlers at the controller: versions, which of them work is tried by, and what is left of
 * them over a restart.
 */
import { describe, expect, it } from 'vitest';
import { listHandlers, showHandler } from '../../actors/handler-queries.ts';
import { showSubTransaction } from '../../actors/queries.ts';
import { ask, itemOf } from './asking.ts';
import { Cluster } from './cluster.ts';

const set = (cluster: Cluster, config: object, after: number | null = null) =>
  ask(cluster, { kind: 'setHandler', handler: 'work', config, after, by: 'ada' });
const remove = (cluster: Cluster) =>
  ask(cluster, { kind: 'removeHandler', handler: 'work', by: 'bob' });
const start = (cluster: Cluster, name = 'j') =>
  ask(cluster, { kind: 'startJob', name, source: 's', spec: null, rereads: true, intervalMs: null, by: 'ada' }); // prettier-ignore
const submit = (cluster: Cluster, id: string, wish?: object) =>
  ask(cluster, { kind: 'submit', item: { ...itemOf({ id }), handler: 'work', ...(wish && { wish }) }, by: 'ada' }); // prettier-ignore
const enqueue = (cluster: Cluster, ids: readonly string[], after: number) => {
  const items = ids.map((id) => ({ ...itemOf({ id }), handler: 'work' }));
  return ask(cluster, { kind: 'enqueue', job: 'j', generation: 1, items, after, cursor: after + ids.length, ended: false, by: 'ada' }); // prettier-ignore
};
const policyOf = (cluster: Cluster, id: string) =>
  showSubTransaction(cluster.controller.store, id).policy;

describe('the configuration of a handler', () => {
  it('makes a version of each change, with its author, and keeps them all', async () => {
    const cluster = await Cluster.start([]);
    await set(cluster, { maxRetries: 1 });
    await set(cluster, { maxRetries: 2 }, 1);
    await remove(cluster);
    const { store } = cluster.controller;
    expect(showHandler(store, 'work')).toMatchObject({ version: 3, by: 'bob', config: null });
    expect(showHandler(store, 'work').versions.map(({ version }) => version)).toEqual([3, 2, 1]);
    expect(showHandler(store, 'work', 1)).toMatchObject({ by: 'ada', config: { maxRetries: 1 } });
    expect(() => showHandler(store, 'work', 9)).toThrow('has no version 9: the newest is 3.');
    expect(() => showHandler(store, 'other')).toThrow('has no configuration');
    expect(cluster.facts('handler.set')).toMatchObject([
      { by: 'ada', detail: { handler: 'work', version: 1 } },
      { by: 'ada', detail: { handler: 'work', version: 2 } },
    ]);
    expect(cluster.facts('handler.removed')).toHaveLength(1);
  });

  it('is not changed by somebody who has not seen the newest version', async () => {
    const cluster = await Cluster.start([]);
    await set(cluster, { maxRetries: 1 }, 0);
    await expect(set(cluster, { maxRetries: 2 }, 0)).rejects.toMatchObject({ code: 'outOfStep' });
    await remove(cluster);
    await expect(remove(cluster)).rejects.toMatchObject({ code: 'unknown' });
    expect(await set(cluster, { maxRetries: 2 }, 2)).toMatchObject({ version: 3 });
  });

  it('holds for work from then on: behind what is said with it, before what the code says', async () => {
    const cluster = await Cluster.start([]);
    const code = itemOf({}).policy;
    await submit(cluster, 'before');
    await set(cluster, { maxRetries: 7, delaysMs: [50], jitter: 0.1 });
    await submit(cluster, 'configured');
    await submit(cluster, 'wished', { maxRetries: 2 });
    await remove(cluster);
    await submit(cluster, 'after');
    expect(policyOf(cluster, 'before')).toEqual(code);
    const configured = { ...code, maxRetries: 7, delaysMs: [50], jitter: 0.1, version: 1 };
    expect(policyOf(cluster, 'configured')).toEqual(configured);
    expect(policyOf(cluster, 'wished')).toEqual({ ...configured, maxRetries: 2 });
    expect(policyOf(cluster, 'after')).toEqual(code);
  });

  it('of a run is the version that it began with, also after a restart', async () => {
    const cluster = await Cluster.start([]);
    await set(cluster, { maxRetries: 1 });
    await start(cluster);
    await enqueue(cluster, ['a'], 0);
    await set(cluster, { maxRetries: 2 });
    cluster.crashController();
    await cluster.startController();
    await enqueue(cluster, ['b'], 1);
    await remove(cluster);
    await enqueue(cluster, ['c'], 2);
    for (const id of ['a', 'b', 'c'])
      expect(policyOf(cluster, id)).toMatchObject({ maxRetries: 1, version: 1 });
  });

  it('comes too late for a run that began without one', async () => {
    const cluster = await Cluster.start([]);
    await start(cluster);
    await set(cluster, { maxRetries: 9 });
    await enqueue(cluster, ['a'], 0);
    expect(policyOf(cluster, 'a')).toEqual(itemOf({}).policy);
  });

  it('gives the work its properties, in every attempt those of its version', async () => {
    const cluster = await Cluster.start(['a1']);
    const given: unknown[] = [];
    const no = { kind: 'failed', cause: 'error', message: 'no', detail: null } as const;
    cluster.behave = (_id, attempt, { properties }) => {
      given.push(properties);
      return { afterMs: 10, exit: attempt === 1 ? no : { kind: 'done', result: null } };
    };
    await set(cluster, { maxRetries: 1, delaysMs: [1_000], properties: { dpi: 300 } });
    await submit(cluster, 'a');
    await set(cluster, { properties: { dpi: 600 } });
    await cluster.until(() => showSubTransaction(cluster.controller.store, 'a').state === 'done', 5_000); // prettier-ignore
    expect(given).toEqual([{ dpi: 300 }, { dpi: 300 }]);
  });
});

describe('the list of handlers', () => {
  it('has those that are configured and those that agents have', async () => {
    const cluster = await Cluster.start([]);
    cluster.offers = ['alone', 'work'];
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'connected', 5_000);
    const { store } = cluster.controller;
    await set(cluster, { maxRetries: 1 });
    await ask(cluster, { kind: 'setHandler', handler: 'zoom', config: {}, after: null, by: 'ada' });
    expect(listHandlers(store)).toMatchObject([
      { name: 'alone', version: null, config: null, agents: 1 },
      { name: 'work', version: 1, by: 'ada', config: { maxRetries: 1 }, agents: 1 },
      { name: 'zoom', version: 1, config: {}, agents: 0 },
    ]);
    await remove(cluster);
    expect(listHandlers(store).map(({ version }) => version)).toEqual([null, null, 1]);
  });
});
