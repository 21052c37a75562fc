/**
 * What is looked up in an index is what a walk over everything finds: by state and job, in either order, page by
 * page, over work of every kind (on sheets and off, hooks, ended, waiting, parked, in flight).
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { pageOfSubTransactions, type SubTransactionFilter } from '../../actors/queries.ts';
import { countedAs, type SubRow } from '../../actors/records.ts';
import { rowsAfter } from '../../actors/sheet-listing.ts';
import type { SubTransactionState } from '../../machines/sub-transaction.ts';
import type { Store } from '../../store/store.ts';
import type { Item } from '../../actors/commands.ts';
import type { Behaviour } from '../../scenarios/scripted-runner.ts';
import { ask, itemOf, run, startOf } from './asking.ts';
import { Cluster, done, endless, policy } from './cluster.ts';

let store: Store;
let rows: readonly SubRow[];

const wanted = ({ states, job }: SubTransactionFilter) =>
  rows
    .filter((row) => !states || states.includes(row.state))
    .filter((row) => job === undefined || row.job === job)
    .map(({ birth }) => birth);

function paged(filter: SubTransactionFilter, limit: number): readonly number[] {
  const births: number[] = [];
  for (let after: number | undefined | null; after !== null;) {
    const from = after === undefined ? {} : { after };
    const page = pageOfSubTransactions(store, { ...filter, ...from }, limit);
    births.push(...page.items.map(({ birth }) => birth));
    after = page.next;
  }
  return births;
}

const STATES = Object.keys(countedAs) as SubTransactionState[];

describe('what is asked for by state and job', () => {
  beforeAll(async () => {
    const cluster = await Cluster.start(['a1'], {}, 3);
    store = cluster.controller.store;
    rows = await everyKind(cluster);
  });

  it('has something to find in most states', () => {
    const states = new Set(rows.map(({ state }) => state));
    for (const state of ['queued', 'received', 'waiting', 'parked', 'done', 'failed', 'cancelled'] as const)
      expect(states).toContain(state); // prettier-ignore
  });

  it.each([undefined, 'big', 'stopped', 'hooked', 'none'])('is found (job %s)', (job) => {
    const of = job === undefined ? {} : { job };
    const some = [
      ['failed', 'cancelled'],
      ['queued', 'done'],
      ['parked', 'waiting', 'sent'],
    ] as const;
    for (const states of [undefined, ...STATES.map((state) => [state]), ...some]) {
      const filter = { ...of, ...(states && { states }) };
      const found = wanted(filter);
      for (const limit of [3, 1_000]) {
        expect(paged(filter, limit), JSON.stringify(filter)).toEqual(found);
        expect(paged({ ...filter, newest: true }, limit)).toEqual([...found].reverse());
      }
    }
  });
});

/** Brings about work of every kind; returns all of it in order. */
async function everyKind(cluster: Cluster): Promise<readonly SubRow[]> {
  cluster.behave = (id) => behaviours.find(([start]) => id.startsWith(start))?.[1] ?? done;
  const waits = { ...policy, maxRetries: 3, delaysMs: [3_600_000] };
  for (const id of ['ok1', 'bad1', 'ok2', 'bad2']) await cluster.submit(id);
  for (const id of ['bad-waits1', 'bad-waits2']) await cluster.submit(id, { policy: waits });
  await cluster.advance(1_000);
  for (const id of ['long-parks1', 'long-parks2'])
    await cluster.submit(id, { policy: { ...policy, onUnknown: 'park' } });
  await cluster.advance(1_000);
  cluster.crashAgent('a1');
  await cluster.startAgent('a1');
  await cluster.advance(15_000);
  const named = (start: string, count: number): Item[] =>
    Array.from({ length: count }, (_, n) =>
      itemOf({
        id: `${n % 5 === 0 ? 'bad' : 'ok'}-${start}-${n}`,
        handler: n % 3 === 0 ? 'work' : 'other',
      }),
    );
  await run(cluster, 'big', [...named('x', 40), ...named('y', 60)]);
  await cluster.advance(4_000);
  const stops = ['long-1', 'long-2'].map((id) => itemOf({ id }));
  await run(cluster, 'stopped', [...stops, ...named('z', 140)]);
  await ask(cluster, { kind: 'cancel', id: 'ok-z-7', by: 'test' });
  await cluster.advance(500);
  await ask(cluster, { kind: 'stopJob', job: 'stopped', by: 'test' });
  await cluster.advance(60_000);
  await run(cluster, 'big-two', [itemOf({ id: 'long-3' }), itemOf({ id: 'long-4' })]);
  await cluster.submit('long-5');
  await cluster.advance(500);
  const preJob = { handler: 'work', input: null };
  await ask(cluster, { ...startOf('hooked'), rules: { preJob } });
  const more = named('h', 70);
  await ask(cluster, { kind: 'enqueue', job: 'hooked', generation: 1, items: more, after: null, cursor: 0, ended: true, by: 'test' }); // prettier-ignore
  await cluster.submit('ok-last');
  await cluster.advance(500);
  return [...rowsAfter(cluster.controller.store, 0)];
}

const behaviours: readonly (readonly [string, Behaviour])[] = [
  ['bad', { ...done, exit: { kind: 'failed', cause: 'error', message: 'no', detail: null } }],
  ['long', endless],
];
