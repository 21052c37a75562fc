/** How many are in each state of each statechart: what is counted agrees with what there is. */
import { afterEach, describe, expect, it } from 'vitest';
import type { ApiAccess } from '../../dashboard/server/access.ts';
import { Census } from '../../dashboard/server/census.ts';
import { machineActors, machineView } from '../../dashboard/server/machines.ts';
import { listSubTransactions } from '../../actors/queries.ts';
import { key } from '../../actors/records.ts';
import { subOf } from '../../actors/sheet-rows.ts';
import { listOf } from '../../actors/sub-row.ts';
import { machineNames } from '../../machines/definitions.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';
import { HandMade } from '../actors/hand-made.ts';
import { closeAll } from '../index-world.ts';
import { openWorld } from './world.ts';

afterEach(closeAll);

const accessTo = (access: ApiAccess) => ({
  ...access,
  census: new Census(access.store, access.clock),
});

/** The counts that are not zero. */
function counted(counts: Readonly<Record<string, number | null>>) {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

describe('the counts of a statechart', () => {
  it('are those of the sub-transactions there are, parked and without a job as well', async () => {
    const { access, park, settled } = await openWorld();
    await park(['p1', 'p2']);
    await settled();
    const there: Record<string, number> = {};
    for (const { state } of listSubTransactions(access.store, {}))
      there[state] = (there[state] ?? 0) + 1;
    const { counts, isComplete } = machineView(accessTo(access), 'subTransaction');
    expect(counted(counts)).toEqual(there);
    expect(there).toEqual({ done: 4, failed: 1, parked: 2 });
    expect(isComplete).toBe(true);
  });

  it('lead to as many actors, page by page, for every statechart and state', async () => {
    const { access, park, settled } = await openWorld();
    await park(['p1', 'p2']);
    await settled();
    const ground = accessTo(access);
    for (const name of machineNames) {
      for (const [state, count] of Object.entries(machineView(ground, name).counts)) {
        const ids: string[] = [];
        for (let after: string | undefined = ''; after !== undefined;) {
          const page = machineActors(ground, name, { state, after, limit: 1 });
          ids.push(...page.items.map(({ id }) => id));
          after = page.next === null ? undefined : String(page.next);
        }
        expect(ids, `${name} ${state}`).toHaveLength(count ?? 0);
        expect(new Set(ids).size).toBe(ids.length);
      }
    }
  });

  it('say of a directory without a controller that it is stopped, and not what agents do', async () => {
    const { access } = await openWorld();
    const idle: { -readonly [K in keyof ApiAccess]: ApiAccess[K] } = { ...access };
    delete idle.controller;
    const ground = accessTo(idle);
    expect(counted(machineView(ground, 'controller').counts)).toEqual({ stopped: 1 });
    expect(counted(machineView(ground, 'agentConnection').counts)).toEqual({});
    expect(counted(machineView(ground, 'lease').counts)).toEqual({});
  });

  it('of tasks are null where nobody counts', async () => {
    const { access } = await openWorld();
    expect(machineView(accessTo(access), 'task').counts).toEqual({
      ...{ received: 0, inProgress: 0, killing: 0 },
      ...{ done: null, failed: null, killed: null, lost: null, neverStarted: null },
    });
  });
});

describe('the census', () => {
  it('counts work without a job slice by slice, and says when it is through', async () => {
    const made = await HandMade.open();
    for (let n = 0; n < 1_500; n++) await made.sub(`x${n}`, [[0, { kind: 'done', state: 'done' }]]);
    const clock = createVirtualClock();
    const census = new Census(made.store, clock);
    expect(census.work()).toMatchObject({ isComplete: false, counts: { done: 1_000 } });
    await clock.advance(1_000);
    expect(census.work()).toMatchObject({ isComplete: true, counts: { done: 1_500 } });
  });

  it('looks again at what had not ended', async () => {
    const made = await HandMade.open();
    const birth = await made.sub('x', []);
    await made.put(key.queue(null, 'work', birth), null);
    const clock = createVirtualClock();
    const census = new Census(made.store, clock);
    expect(counted(census.work().counts)).toEqual({ queued: 1 });
    await made.store.append(
      {
        entries: [],
        writes: [
          { delete: key.queue(null, 'work', birth) },
          { put: key.sub(birth), value: listOf({ ...subOf(made.store, birth)!, state: 'failed' }) },
        ],
      },
      { expect: made.store.position() },
    );
    await clock.advance(1_000);
    expect(counted(census.work().counts)).toEqual({ failed: 1 });
  });
});
