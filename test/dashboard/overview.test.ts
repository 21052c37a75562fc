/** The overview: what needs somebody is named first, every list in it is short, and what it leaves out is counted. */
import { afterEach, expect, it } from 'vitest';
import { entryList } from '../../actors/entry-row.ts';
import { silent } from '../../actors/logger.ts';
import { key, subject, type AgentRow } from '../../actors/records.ts';
import type { OverviewView } from '../../dashboard/server/overview.ts';
import { createMemoryDisk, openMemoryStore } from '../../index.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';
import type { Value } from '../../store/store.ts';
import { closeAll, endless, keep, until } from '../index-world.ts';
import { wrongWith } from './shape-check.ts';
import { askInject, openWorld } from './world.ts';

afterEach(closeAll);

const row = (id: string, state: AgentRow['state']): Value => ({
  ...{ id, storeId: `s-${id}`, boot: 1, bootId: 'x', bootAt: 0, state, heldUntil: null },
  ...{ timeoutMs: 60_000, slots: 4, handlers: [], recorded: null, gap: false, draining: false },
});

it('names the worst agents first, and the last outages of all', async () => {
  const clock = createVirtualClock();
  const store = keep(await openMemoryStore(createMemoryDisk()));
  const states = { left: 'left', lost: 'lost', here: 'present' } as const;
  const ids = Object.keys(states).flatMap((what) =>
    Array.from({ length: 15 }, (_, n) => `${what}-${String(n).padStart(2, '0')}`),
  );
  for (const [index, id] of ids.entries()) {
    const about = subject.agent(id);
    const state = states[id.split('-')[0] as keyof typeof states];
    const fact = { at: 1_000 + index, subject: about, kind: 'agent.suspect', detail: { silentMs: 400 } };
    const writes = [
      { put: key.agent(id), value: row(id, state) },
      { put: key.of(about, index + 1), value: null },
    ];
    await store.append({ entries: [entryList(fact)], writes }, { expect: index });
  } // prettier-ignore
  const ask = askInject({
    ...{ store, clock, logger: silent, handlers: new Map(), sources: new Map() },
    about: { namespace: 'lifeline', version: '1.2.3' },
  });
  const { body } = await ask('GET', '/api/v1/overview');
  const view = JSON.parse(body) as OverviewView;
  expect(wrongWith('GET', '/api/v1/overview', view)).toEqual([]);
  expect(view.agents).toEqual({ total: 45, byLiveness: { left: 15, gone: 15, unknown: 15 } });
  expect(view.worst).toHaveLength(20);
  expect(view.worst.map(({ liveness }) => liveness)).toEqual([
    ...Array<string>(15).fill('gone'),
    ...Array<null>(5).fill(null),
  ]);
  expect(view.outages.map(({ agent, toAt }) => [agent, toAt])).toEqual(
    ids.slice(-10).reverse().map((id) => [id, null]),
  ); // prettier-ignore
  expect(view.outages[0]!.fromAt).toBe(new Date(1_000 + 44 - 400).toISOString());
  expect(view.status.phase).toBe(null);
});

it('counts work by state and names jobs that are not over', async () => {
  const { access, controller } = await openWorld();
  const ask = askInject(access);
  await controller.accept(endless, null, { id: 'lonely' });
  await controller.startJob({ name: 'night', handler: endless, items: [null, null] });
  await until(() => controller.list().singlepass[0]?.total === 2);
  const view = JSON.parse((await ask('GET', '/api/v1/overview')).body) as OverviewView;
  expect(view.jobs).toMatchObject([{ name: 'night', total: 2, remaining: 2 }]);
  expect(view).toMatchObject({ jobsTotal: 1, work: { queued: 3, done: 4, failed: 1 }, parked: 0 });
});
