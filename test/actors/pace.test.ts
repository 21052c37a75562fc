/** What agents are given ahead: short work of a known handler, three times as much as they have slots. */
import { describe, expect, it } from 'vitest';
import { Pace } from '../../actors/pace.ts';
import type { Item } from '../../actors/commands.ts';
import { itemOf, run } from './asking.ts';
import { Cluster, endless, policy, type done } from './cluster.ts';

const taking = (afterMs: number): typeof done => ({
  afterMs,
  exit: { kind: 'done', result: 'ok' },
});

/** What each agent has running and waiting while nothing ends, after work that took so long. */
async function heldAfter(
  ms: number,
  { items, agents = ['a1'], change = {} }: Given,
): Promise<readonly (readonly [number, number])[]> {
  const cluster = await Cluster.start(agents, {}, 2);
  cluster.behave = (id) => (id.startsWith('first') ? taking(ms) : endless);
  for (let n = 1; n <= 2 * agents.length; n++) await cluster.submit(`first${n}`, change);
  await cluster.advance(10_000);
  await run(
    cluster,
    'j',
    Array.from({ length: items }, () => itemOf(change)),
  );
  await cluster.advance(1_000);
  return agents.map((agent) => {
    const { running, waiting } = cluster.controller.liveOf(agent)!;
    return [running, waiting];
  });
}

interface Given {
  readonly items: number;
  readonly agents?: readonly string[];
  readonly change?: Partial<Item>;
}

describe('short work', () => {
  it('is given ahead, three times as much as there are slots', async () => {
    expect(await heldAfter(5, { items: 12 })).toEqual([[2, 6]]);
  });

  it('goes to free slots first, and waits at agents only while more is queued than there are', async () => {
    const agents = ['a1', 'a2'];
    expect(await heldAfter(5, { items: 4, agents })).toEqual([[2, 0], [2, 0]]); // prettier-ignore
    expect(await heldAfter(5, { items: 8, agents })).toEqual([[2, 0], [2, 0]]); // prettier-ignore
    expect(await heldAfter(5, { items: 10, agents })).toEqual([[2, 1], [2, 1]]); // prettier-ignore
  });

  it('is what has been seen to be short: the rest waits at the controller', async () => {
    expect(await heldAfter(51, { items: 10 })).toEqual([[2, 0]]);
  });

  it('is not given ahead where it would be parked with what runs', async () => {
    const change = { policy: { ...policy, onUnknown: 'park' as const } };
    expect(await heldAfter(5, { items: 10, change })).toEqual([[2, 0]]);
  });

  it('is not given ahead by itself, outside of a job', async () => {
    const cluster = await Cluster.start(['a1'], {}, 1);
    cluster.behave = (id) => (id === 'first' ? taking(5) : endless);
    for (const id of ['first', 'x', 'y', 'z']) await cluster.submit(id);
    await cluster.advance(1_000);
    expect(cluster.controller.liveOf('a1')).toMatchObject({ running: 1, waiting: 0 });
  });
});

describe('what waits at an agent behind long work', () => {
  it('goes back after 2 s to who has a slot, once, and nothing more is given ahead', async () => {
    const cluster = await Cluster.start(['a1', 'a2'], {}, 1);
    cluster.behave = (id) => (id === 'long' ? endless : taking(5));
    for (const id of ['x', 'y']) await cluster.submit(id);
    await cluster.advance(10_000);
    const ids = ['long', ...Array.from({ length: 20 }, (_, n) => `short${n}`)];
    await run(cluster, 'j', ids.map((id) => itemOf({ id }))); // prettier-ignore
    const ended = () => ids.filter((id) => cluster.ledger.some((l) => l.id === id && l.what === 'end')); // prettier-ignore
    await cluster.advance(1_900);
    expect(ended()).toHaveLength(17);
    await cluster.until(() => ended().length === 20, 1_000);
    expect(cluster.starts().slice(2)).toHaveLength(21);
    const back = cluster.facts('neverStarted');
    expect(back).toHaveLength(3);
    expect(back[0]).toMatchObject({ attempt: 1, detail: { reason: 'no slot fell free' } });
    expect(cluster.starts()).toContain(`${back[0]!.id}#2`);
    expect(cluster.facts('job.started')).toHaveLength(1);
  });
});

describe('the pace of a handler', () => {
  it('is unknown until something has ended', () => {
    expect(new Pace().isShort('work')).toBe(false);
  });

  it('is spoilt by one long task, for a while', () => {
    const pace = new Pace();
    pace.took('work', 1, true);
    expect(pace.isShort('work')).toBe(true);
    pace.took('work', 1_000, true);
    let tasks = 0;
    for (; !pace.isShort('work'); tasks++) pace.took('work', 1, true);
    expect(tasks).toBe(299);
    pace.waitedInVain('work');
    for (let n = 0; n < 300; n++) pace.took('work', 1, true);
    expect(pace.isShort('work')).toBe(false);
    pace.took('work', 1, false);
    expect(pace.isShort('work')).toBe(false);
  });
});
