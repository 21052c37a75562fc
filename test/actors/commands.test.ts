/** What may be asked of a controller, and that a refusal changes nothing. */
import { describe, expect, it } from 'vitest';
import type { Item } from '../../actors/commands.ts';
import { key } from '../../actors/records.ts';
import { rowOf } from '../../actors/sub-row.ts';
import { ask, askAll, itemOf, startOf } from './asking.ts';
import { Cluster, policy } from './cluster.ts';

const by = 'test';
const submit = (change: Partial<Item> = {}) =>
  ({ kind: 'submit', item: itemOf(change), by }) as const;
const enqueue = (items: readonly Item[]) =>
  ({
    kind: 'enqueue',
    job: 'j',
    generation: 1,
    items,
    after: null,
    cursor: 0,
    ended: false,
    by,
  }) as const;

async function withJob(): Promise<Cluster> {
  const cluster = await Cluster.start([]);
  await ask(cluster, startOf('j'));
  return cluster;
}

const idsOf = (cluster: Cluster) =>
  [...cluster.controller.store.range({ from: 'sub/', to: 'sub0' })].map(([, row]) => rowOf(row).id);

describe('submitting', () => {
  it('is answered once it is recorded', async () => {
    const cluster = await Cluster.start([]);
    cluster.controllerDisk.faults.holdSync();
    let isAnswered = false;
    const answer = cluster.controller.command(submit({ id: 'x' }));
    void answer.then(() => (isAnswered = true));
    await cluster.clock.settle();
    expect(isAnswered).toBe(false);
    cluster.controllerDisk.faults.releaseSync();
    await cluster.clock.settle();
    expect(isAnswered).toBe(true);
    const { birth } = await answer;
    expect(cluster.row(birth)).toMatchObject({ id: 'x', state: 'queued', job: null });
    expect(cluster.controller.store.get(key.id('x'))).toBe(birth);
  });

  it('takes an id once, in one turn or in two', async () => {
    const cluster = await Cluster.start([]);
    const answers = await askAll(cluster, [submit({ id: 'x' }), submit({ id: 'x' })]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await expect(ask(cluster, submit({ id: 'x' }))).rejects.toMatchObject({
      code: 'idTaken',
      message: 'The id "x" is taken; choose another, or leave it out.',
    });
    expect(idsOf(cluster)).toEqual(['x']);
  });

  it('makes an id where none is given, even where somebody has chosen that one', async () => {
    const cluster = await Cluster.start([]);
    await cluster.clock.settle();
    const next = cluster.controller.store.position() + 2;
    await ask(cluster, submit({ id: `work-${next}` }));
    expect(await ask(cluster, submit())).toEqual({ id: `work-${next}-2`, birth: next });
  });
});

describe('enqueueing', () => {
  it('takes each key of a run once, within a batch and over batches', async () => {
    const cluster = await withJob();
    const items = ['a', 'b', 'a'].map((name) => itemOf({ key: name }));
    expect(await ask(cluster, enqueue(items))).toMatchObject({ accepted: 2, known: 1 });
    expect(await ask(cluster, enqueue(items))).toMatchObject({ accepted: 0, known: 3 });
    expect(await askAll(cluster, [enqueue([itemOf()]), enqueue([itemOf()])])).toHaveLength(2);
    expect(idsOf(cluster)).toHaveLength(4);
  });

  it.each([
    { what: 'is taken by another', ids: ['y', 'x'] },
    { what: 'comes twice', ids: ['y', 'y'] },
  ])('is refused as a whole when an id $what', async ({ ids }) => {
    const cluster = await withJob();
    await ask(cluster, submit({ id: 'x' }));
    const position = cluster.controller.store.position();
    const items = ids.map((id) => itemOf({ id }));
    await expect(ask(cluster, enqueue(items))).rejects.toMatchObject({ code: 'idTaken' });
    expect(cluster.controller.store.position()).toBe(position);
    expect(idsOf(cluster)).toEqual(['x']);
  });

  it('never half takes a batch because an id that it makes is taken', async () => {
    const cluster = await withJob();
    await ask(cluster, submit({ id: 'j-1-2' }));
    expect(await ask(cluster, enqueue([itemOf(), itemOf()]))).toMatchObject({
      accepted: 2,
      known: 0,
    });
    expect(idsOf(cluster)).toEqual(['j-1-2', 'j-1-1', 'j-1-2-2']);
  });

  it.each([
    { job: 'other', generation: 1 },
    { job: 'j', generation: 2 },
  ])('into run $generation of "$job", which is not running, is refused', async (run) => {
    const cluster = await withJob();
    const refused = ask(cluster, { ...enqueue([itemOf()]), ...run });
    await expect(refused).rejects.toMatchObject({ code: 'notRunning' });
    expect(idsOf(cluster)).toEqual([]);
  });
});

describe('steering', () => {
  const steer = (kind: 'retry' | 'cancel' | 'accept' | 'giveUp', id = 'x') =>
    ({ kind, id, by: 'me' }) as const;
  const stateOf = (cluster: Cluster, id = 'x') =>
    cluster.row(cluster.controller.store.get(key.id(id)) as number).state;

  /** `x` is parked: its attempt was lost, and nobody knows how far it came. */
  async function parked(): Promise<Cluster> {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = (_, attempt) => ({
      afterMs: attempt === 1 ? Infinity : 10,
      exit: { kind: 'done', result: 'ok' },
    });
    await ask(cluster, submit({ id: 'x', policy: { ...policy, onUnknown: 'park' } }));
    await cluster.advance(1_000);
    cluster.crashAgent('a1');
    await cluster.startAgent('a1');
    await cluster.until(() => stateOf(cluster) === 'parked', 5_000);
    return cluster;
  }

  it.each([
    { kind: 'retry', leads: 'done', starts: ['x#1', 'x#2'] },
    { kind: 'accept', leads: 'done', starts: ['x#1'] },
    { kind: 'giveUp', leads: 'failed', starts: ['x#1'] },
    { kind: 'cancel', leads: 'cancelled', starts: ['x#1'] },
  ] as const)('by $kind leads a parked one to $leads', async ({ kind, leads, starts }) => {
    const cluster = await parked();
    expect(await ask(cluster, steer(kind))).toEqual({ id: 'x' });
    await cluster.until(() => stateOf(cluster) === leads, 1_000);
    expect(cluster.starts()).toEqual(starts);
    expect(cluster.facts(kind).map((fact) => fact.by)).toEqual(['me']);
  });

  it.each(['accept', 'giveUp', 'retry'] as const)(
    'by %s is refused while it is not parked',
    async (kind) => {
      const cluster = await Cluster.start([]);
      await ask(cluster, submit({ id: 'x' }));
      await expect(ask(cluster, steer(kind))).rejects.toMatchObject({
        code: 'notParked',
        message: 'The sub-transaction "x" is queued; only a parked one can be decided on.',
      });
    },
  );

  it('by retry of a terminal one makes a new one that names the old', async () => {
    const cluster = await Cluster.start(['a1']);
    await ask(cluster, submit({ id: 'x', input: { n: 1 } }));
    await cluster.until(() => stateOf(cluster) === 'done', 1_000);
    const { id } = await ask(cluster, steer('retry'));
    expect(id).not.toBe('x');
    await cluster.until(() => stateOf(cluster, id) === 'done', 1_000);
    const birth = cluster.controller.store.get(key.id(id)) as number;
    expect(cluster.row(birth).retryOf).toBe('x');
    expect(cluster.controller.store.get(key.work(birth))).toMatchObject({ input: { n: 1 } });
    expect(stateOf(cluster)).toBe('done');
  });

  it('by cancel may be repeated, and leaves a terminal one alone', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({
      afterMs: Infinity,
      exit: { kind: 'done', result: 'ok' },
      abortMs: 100,
    });
    await ask(cluster, submit({ id: 'x' }));
    await cluster.advance(1_000);
    await ask(cluster, steer('cancel'));
    await ask(cluster, steer('cancel'));
    expect(stateOf(cluster)).toBe('cancelling');
    await cluster.until(() => stateOf(cluster) === 'cancelled', 1_000);
    expect(await ask(cluster, steer('cancel'))).toEqual({ id: 'x' });
    expect(cluster.facts('cancel')).toHaveLength(1);
  });

  it.each(['retry', 'cancel', 'accept', 'giveUp'] as const)(
    'by %s of what nobody knows is refused',
    async (kind) => {
      const cluster = await Cluster.start([]);
      await expect(ask(cluster, steer(kind))).rejects.toMatchObject({ code: 'unknown' });
    },
  );
});
