/**
 * A controller whose store went back in time: what its lost future gave out must not be taken for what it
 * gives out now.
 *
 *   backup ──▶ old work is given out ──▶ the backup is put back ──▶ new work, at the same journal positions
 */
import { describe, expect, it } from 'vitest';
import { Cluster } from './cluster.ts';

const OLD = 20;
const NEW = 40;

/** Agents that run work of a lost future, and the backup of before it. `terms` of the controller have been lived since. */
async function lostFuture(terms: number) {
  const cluster = await Cluster.start(['a1'], {}, OLD + NEW);
  const backup = cluster.controllerDisk.copy();
  cluster.behave = (id) => ({
    afterMs: id.startsWith('old') ? 300 : 100,
    exit: { kind: 'done', result: id },
    killMs: 500,
  });
  for (let term = 1; term < terms; term++) {
    cluster.crashController();
    await cluster.startController();
    await cluster.advance(100);
  }
  for (let i = 0; i < OLD; i++) await cluster.submit(`old${i}`);
  await cluster.advance(100);
  expect(cluster.starts()).toHaveLength(OLD);
  cluster.crashController();
  return { cluster, backup };
}

describe('a store that was put back', () => {
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
});
