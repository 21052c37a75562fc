/** What people asked for, as the history gives it when it is asked for that. */
import { expect, it } from 'vitest';
import type { Command } from '../../actors/commands.ts';
import { history } from '../../actors/history.ts';
import { ask, itemOf, run, startOf } from './asking.ts';
import { Cluster, done } from './cluster.ts';

const by = 'olga';
const failed = {
  afterMs: 100,
  exit: { kind: 'failed', cause: 'error', message: 'no', detail: null },
} as const;

it('is each stop, retry, setting and run, and none of what follows from them', async () => {
  const cluster = await Cluster.start(['a1']);
  cluster.behave = (id) => (id.startsWith('bad') ? failed : done);
  const items = ['bad-1', 'bad-2', 'good', 'fine'].map((id) => itemOf({ id }));
  await run(cluster, 'j', items);
  await cluster.advance(10_000);
  await cluster.submit('by-itself');
  for (const command of [
    { kind: 'retry', id: 'bad-1', by },
    { kind: 'retryFailed', job: 'j', after: 0, by },
    { kind: 'setHandler', handler: 'work', config: {}, after: null, by },
    { ...startOf('k'), by },
    { kind: 'stopJob', job: 'k', by },
    { kind: 'drain', agent: 'a1', drain: true, by },
    { kind: 'prune', births: [], runs: [], told: { subTransactions: 1, runs: 0 }, by: 'retention' },
  ] satisfies Command[])
    await ask<Command>(cluster, command);
  const { items: facts, next } = history(cluster.controller.store, { kinds: ['people'] });
  expect(next).toBeNull();
  expect(facts.map(({ kind, by: who }) => [kind, who])).toEqual([
    ['job.started', 'test'],
    ['accepted', by],
    ['job.retry', by],
    ['accepted', by],
    ['handler.set', by],
    ['job.started', by],
    ['job.stop', by],
    ['agent.drain', by],
  ]);
});
