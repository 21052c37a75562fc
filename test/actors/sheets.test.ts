/** Work that is handed in together: how it waits on sheets, and comes off them one by one. */
import { describe, expect, it } from 'vitest';
import { explain } from '../../actors/explain.ts';
import { listSubTransactions, pageOfSubTransactions, show } from '../../actors/queries.ts';
import { key, under, type JobRow } from '../../actors/records.ts';
import { birthOf, subOf } from '../../actors/sheet-rows.ts';
import { listOf } from '../../actors/sub-row.ts';
import type { Behaviour } from '../../scenarios/scripted-runner.ts';
import { ask, askAll, itemOf, run, startOf } from './asking.ts';
import { Cluster, done, endless } from './cluster.ts';

const by = 'test';
const many = (count: number, change: Parameters<typeof itemOf>[0] = {}) =>
  Array.from({ length: count }, (_, n) => itemOf({ input: { n }, ...change }));
const store = (cluster: Cluster) => cluster.controller.store;
const job = (cluster: Cluster) => store(cluster).get(key.job('j')) as unknown as JobRow;
const ids = (cluster: Cluster, states: Parameters<typeof listSubTransactions>[1]['states']) =>
  [...listSubTransactions(store(cluster), { job: 'j', ...(states && { states }) })].map(({ id }) => id); // prettier-ignore
const rowsIn = (cluster: Cluster, table: string) => [...store(cluster).range(under(table))].length;
const cancel = (cluster: Cluster, id: string) => ask(cluster, { kind: 'cancel', id, by });
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `j-1-${from + i}`);

/** No agent is there: all of it waits. */
async function waiting(count = 100): Promise<Cluster> {
  const cluster = new Cluster();
  await cluster.startController();
  await run(cluster, 'j', many(count));
  return cluster;
}

describe('a batch', () => {
  it('waits on sheets, without rows of its own, and is there for whoever asks', async () => {
    const cluster = await waiting();
    expect(['sheet', 'open', 'sub', 'id', 'queue', 'work'].map((table) => rowsIn(cluster, table))).toEqual([2, 2, 0, 0, 0, 0]); // prettier-ignore
    expect(job(cluster).counts).toMatchObject({ queued: 100, cancelled: 0 });
    expect(ids(cluster, ['queued'])).toEqual(numbers(1, 100));
    expect(cluster.facts('enqueued')).toMatchObject([{ job: 'j', by, detail: { count: 100 } }]);
    expect(show(store(cluster), 'j-1-70', 0)).toMatchObject({
      kind: 'subTransaction', state: 'queued', job: 'j', input: { n: 69 }, attempts: [], history: [{ kind: 'accepted' }],
    }); // prettier-ignore
    expect(explain(store(cluster), 'j-1-70').at(-1)!.text).toMatch(/no agent/);
    expect(() => show(store(cluster), 'j-1-101', 0)).toThrow(/no job, sub-transaction/);
  });

  it('is listed page by page, with what has been touched in between', async () => {
    const cluster = await waiting();
    await cancel(cluster, 'j-1-3');
    const pages: string[][] = [];
    for (let after: number | null = 0; after !== null;) {
      const page = pageOfSubTransactions(store(cluster), { job: 'j', after }, 40);
      pages.push(page.items.map(({ id }) => id));
      after = page.next;
    }
    expect(pages).toEqual([numbers(1, 40), numbers(41, 80), numbers(81, 100)]);
  });

  it('is given out in order, whoever does it, and each has its history', async () => {
    const cluster = await waiting();
    await cluster.startAgent('a1');
    await cluster.until(() => job(cluster).state === 'finished', 60_000);
    expect(cluster.starts()).toEqual(numbers(1, 100).map((id) => `${id}#1`));
    expect([rowsIn(cluster, 'open'), rowsIn(cluster, 'sub'), rowsIn(cluster, 'work')]).toEqual([0, 100, 0]); // prettier-ignore
    const shown = show(store(cluster), 'j-1-70', 0);
    expect(shown).toMatchObject({ state: 'done', input: { n: 69 } });
    expect(shown.kind === 'subTransaction' && shown.history.map(({ kind }) => kind)).toEqual(['accepted', 'assign', 'done']); // prettier-ignore
  });

  it('keeps its order over several handlers, and what each agent can do', async () => {
    const cluster = await waiting(0);
    await run(cluster, 'k', Array.from({ length: 9 }, (_, n) => itemOf({ id: `x${n}`, handler: n % 2 ? 'work' : 'other' }))); // prettier-ignore
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.starts().length === 9, 60_000);
    expect(cluster.starts()).toEqual(Array.from({ length: 9 }, (_, n) => `x${n}#1`));
  });

  it('keeps large inputs in rows of their own', async () => {
    const cluster = await waiting(0);
    const text = 'x'.repeat(5_000);
    await run(cluster, 'k', [...many(3), itemOf({ id: 'big', input: text, bytes: 5_002 })]);
    expect(rowsIn(cluster, 'work')).toBe(1);
    expect(show(store(cluster), 'big', 0)).toMatchObject({ input: text });
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.starts().length === 4, 60_000);
    expect(show(store(cluster), 'big', 0)).toMatchObject({ input: text });
  });

  it('passes over keys that it has twice, or the run has had', async () => {
    const cluster = await waiting(0);
    const keyed = (...keys: string[]) => keys.map((each) => itemOf({ key: each }));
    await run(cluster, 'k', keyed('a', 'b', 'c', 'b', 'd'), false);
    const more = { kind: 'enqueue', job: 'k', generation: 1, after: null, cursor: 9, ended: true, by } as const; // prettier-ignore
    expect(await ask(cluster, { ...more, items: keyed('c', 'e', 'f', 'g') })).toEqual({ accepted: 3, known: 1, taken: 9 }); // prettier-ignore
  });
});

describe('the ids of a batch', () => {
  it('pass over those that somebody has chosen, and are taken for whoever chooses later', async () => {
    const cluster = await waiting(0);
    for (const id of ['k-1-2', 'k-1-12'])
      await ask(cluster, { kind: 'submit', item: itemOf({ id }), by });
    await run(cluster, 'k', many(20), false);
    const found = [...listSubTransactions(store(cluster), { job: 'k' })].map(({ id }) => id);
    expect(found).toEqual(Array.from({ length: 20 }, (_, n) => `k-1-${13 + n}`));
    const taken = ask(cluster, { kind: 'submit', item: itemOf({ id: 'k-1-13' }), by });
    await expect(taken).rejects.toMatchObject({ code: 'idTaken' });
  });

  it('are unlike those of a job whose long name begins alike', async () => {
    const cluster = await waiting(0);
    const name = 'n'.repeat(40);
    for (const end of ['a', 'b']) await run(cluster, `${name}${end}`, many(5));
    const all = [...listSubTransactions(store(cluster), {})];
    expect(new Set(all.map(({ id }) => id)).size).toBe(10);
    expect(all.map(({ id }) => birthOf(store(cluster), id))).toEqual(all.map(({ birth }) => birth));
  });

  it('go on where the batch before has ended, and over a restart', async () => {
    const cluster = await waiting(0);
    await run(cluster, 'k', many(5), false);
    const births = () => [...listSubTransactions(store(cluster), {})].map(({ birth }) => birth);
    const last = Math.max(...births());
    cluster.crashController();
    await cluster.startController();
    await ask(cluster, startOf('k'));
    await ask(cluster, { kind: 'enqueue', job: 'k', generation: 1, items: many(5), after: null, cursor: 10, ended: true, by }); // prettier-ignore
    const found = [...listSubTransactions(store(cluster), { after: last })].map(({ id }) => id);
    expect(found).toEqual(['k-1-6', 'k-1-7', 'k-1-8', 'k-1-9', 'k-1-10']);
    expect(new Set(births()).size).toBe(10);
  });
});

describe('one of a batch', () => {
  it('is cancelled by itself, and the others are done', async () => {
    const cluster = await waiting(10);
    await cancel(cluster, 'j-1-4');
    expect(job(cluster).counts).toMatchObject({ queued: 9, cancelled: 1 });
    await cluster.startAgent('a1');
    await cluster.until(() => job(cluster).state === 'finished', 60_000);
    expect(cluster.starts()).toHaveLength(9);
    expect(cluster.starts()).not.toContain('j-1-4#1');
  });

  it('that comes back to the queue goes before those that it came with', async () => {
    const cluster = await waiting(40);
    cluster.behave = (): Behaviour => ({ ...done, afterMs: 2_000 });
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.starts().length === 4, 5_000);
    // The agent leaves: what it had and had not begun goes back.
    void cluster.agents.get('a1')!.node!.close();
    await cluster.advance(3_000);
    expect(rowsIn(cluster, 'queue')).toBeGreaterThan(0);
    await cluster.startAgent('a2');
    await cluster.until(() => job(cluster).state === 'finished', 600_000);
    const order = cluster.starts().map((start) => Number(/-(\d+)#/.exec(start)![1]));
    expect(new Set(order).size).toBe(40);
    expect(order.slice(8)).toEqual([...order.slice(8)].sort((a, b) => a - b));
  });
});

describe('a stop with much in the queue', () => {
  it('cancels it by the sheet, and what was touched by itself', async () => {
    const cluster = await waiting(2_000);
    cluster.behave = () => endless;
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.starts().length === 4, 5_000);
    const position = store(cluster).position();
    await ask(cluster, { kind: 'stopJob', job: 'j', by: 'ann' });
    await cluster.until(() => job(cluster).state === 'stopped', 60_000);
    expect(job(cluster).counts).toMatchObject({ queued: 0, active: 0, cancelled: 2_000 });
    expect(store(cluster).position() - position).toBeLessThan(100);
    expect(ids(cluster, ['cancelled'])).toHaveLength(2_000);
    expect(show(store(cluster), 'j-1-1999', 0)).toMatchObject({
      state: 'cancelled', failure: { cause: 'cancelled' }, history: [{ kind: 'accepted' }, { kind: 'cancel', by: 'ann' }],
    }); // prettier-ignore
    expect(explain(store(cluster), 'j-1-1999').at(-1)!.text).toMatch(/is cancelled/);
  });

  it('leaves the same record as a cancel of each by itself', async () => {
    const cluster = await waiting(4);
    const birth = birthOf(store(cluster), 'j-1-1')!;
    await cancel(cluster, 'j-1-1');
    await ask(cluster, { kind: 'stopJob', job: 'j', by });
    await cluster.advance(100);
    const [alone, together] = [subOf(store(cluster), birth)!, subOf(store(cluster), birth + 1)!];
    const same = { ...alone, birth: birth + 1, id: together.id, lastFact: together.lastFact };
    expect(listOf(together)).toEqual(listOf(same));
  });

  it('loses none when the controller ends in the midst of it', async () => {
    const cluster = await waiting(70_000);
    await askAll(cluster, [{ kind: 'stopJob', job: 'j', by }]);
    cluster.crashController();
    await cluster.startController();
    await cluster.until(() => job(cluster).state === 'stopped', 60_000);
    expect(job(cluster).counts).toMatchObject({ queued: 0, cancelled: 70_000 });
  });

  it('lets one of them be tried again', async () => {
    const cluster = await waiting(5);
    await ask(cluster, { kind: 'stopJob', job: 'j', by });
    await cluster.until(() => job(cluster).state === 'stopped', 1_000);
    const { id } = await ask(cluster, { kind: 'retry', id: 'j-1-3', by });
    expect(show(store(cluster), id, 0)).toMatchObject({ input: { n: 2 }, retryOf: 'j-1-3' });
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.starts().length === 1, 5_000);
    expect(cluster.starts()).toEqual([`${id}#1`]);
  });
});
