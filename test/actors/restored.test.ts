/**
 * A controller whose store went back in time: what its lost future gave out must not be taken for what it
 * gives out now.
 *
 *   backup ──▶ old work is given out ──▶ the backup is put back ──▶ new work, at the same journal positions
 */
import { describe, expect, it } from 'vitest';
import { key } from '../../actors/records.ts';
import { Cluster, done, endless } from './cluster.ts';
import { violations } from './ledger-check.ts';

const OLD = 20;
const NEW = 40;

/** An agent that runs work of a lost future of so many terms, and the backup of before it; `known`: work that it has. */
async function lostFuture(terms: number, known?: string) {
  const cluster = await Cluster.start(['a1'], {}, OLD + NEW);
  cluster.behave = (id) => ({
    afterMs: id === known ? 80_000 : id.startsWith('old') ? 300 : 100,
    exit: { kind: 'done', result: id },
    killMs: 500,
  });
  if (known !== undefined) await cluster.submit(known);
  await cluster.advance(100);
  const backup = cluster.controllerDisk.copy();
  for (let term = 1; term < terms; term++) {
    cluster.crashController();
    await cluster.startController();
    await cluster.advance(100);
  }
  for (let i = 0; i < OLD; i++) await cluster.submit(`old${i}`);
  await cluster.advance(100);
  expect(cluster.starts().filter((start) => start.startsWith('old'))).toHaveLength(OLD);
  cluster.crashController();
  return { cluster, backup };
}

describe('a store that was put back', () => {
  it('grants no longer lease than it knows of, whatever its lost future granted', async () => {
    const cluster = await Cluster.start(['a1', 'a2']);
    cluster.behave = (_id, attempt) => (attempt === 1 ? endless : done);
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    const backup = cluster.controllerDisk.copy();
    const { agent } = cluster.row(birth).context;
    void cluster.controller.handOver(180_000);
    await cluster.advance(15_000);
    cluster.crashController();
    cluster.controllerDisk = backup;
    await cluster.startController();
    await cluster.advance(15_000);
    cluster.cut(agent!);
    await cluster.until(() => cluster.row(birth).state === 'done', 120_000);
    expect(violations(cluster.ledger, cluster.facts())).toEqual([]);
    expect(cluster.starts()).toEqual(['x#1', 'x#2']);
  });

  it.each([1, 2, 3])('gives no fence of its lost future again: %i terms', async (terms) => {
    const { cluster, backup } = await lostFuture(terms);
    cluster.controllerDisk = backup.copy();
    await cluster.startController();
    const births: number[] = [];
    for (let i = 0; i < NEW; i++) births.push(await cluster.submit(`new${i}`));
    await cluster.until(
      () => births.every((birth) => cluster.row(birth).state === 'done'),
      120_000,
    );
    const starts = cluster.ledger.filter(({ what }) => what === 'start');
    const fences = new Set(starts.map(({ fence }) => `${fence.birth}/${fence.attempt}`));
    expect(fences.size).toBe(starts.length);
    expect(new Set(cluster.starts()).size).toBe(OLD + NEW);
  });

  it('counts on from an attempt that its lost future gave out, and waits for the end of that', async () => {
    const cluster = await Cluster.start(['a1', 'a2'], {}, 1);
    cluster.behave = () => ({ ...endless, killMs: 500, abortMs: 3_000 });
    for (const id of ['busy1', 'busy2', 'x']) await cluster.submit(id);
    await cluster.advance(1_000);
    const birth = cluster.controller.store.get(key.id('x')) as number;
    const backup = cluster.controllerDisk.copy();
    expect(cluster.row(birth)).toMatchObject({ state: 'queued', context: { attempt: 0 } });
    await cluster.command({ kind: 'cancel', id: 'busy1', by: 'test' });
    await cluster.until(() => cluster.starts().includes('x#1'), 10_000);
    cluster.crashController();
    cluster.controllerDisk = backup;
    cluster.behave = () => done;
    await cluster.startController();
    await cluster.until(() => cluster.row(birth).state === 'done', 200_000);
    expect(cluster.starts().filter((start) => start.startsWith('x'))).toEqual(['x#1', 'x#2']);
    expect(cluster.moment('start', 'x#2')).toBeGreaterThanOrEqual(cluster.moment('end', 'x#1')!);
    expect(violations(cluster.ledger, cluster.facts())).toEqual([]);
  });

  it.each([1, 2, 3])('costs what it knows of no attempt: %i terms', async (terms) => {
    const { cluster, backup } = await lostFuture(terms, 'known');
    cluster.controllerDisk = backup.copy();
    await cluster.startController();
    const birth = cluster.controller.store.get(key.id('known')) as number;
    await cluster.until(() => cluster.row(birth).state === 'done', 120_000);
    expect(cluster.starts().filter((start) => start.startsWith('known'))).toEqual(['known#1']);
    expect(cluster.facts('agent.lost')).toEqual([]);
  });
});
