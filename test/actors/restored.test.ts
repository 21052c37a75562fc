/**
 * A controller whose store went back in time: what its lost future gave out must not be taken for what it
 * gives out now.
 *
 *   backup ──▶ old work is given out ──▶ the backup is put back ──▶ new work, at the same journal positions
 */
import { describe, expect, it } from 'vitest';
import { key } from '../../actors/records.ts';
import type { AgentFrame, ControllerFrame } from '../../transport/frame.ts';
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

/**
 * Controller and agent, both put back to one moment: term, boot and number of the first request are those of the
 * lost future. `from` and `to`: what was said in it, in which `old` was done; `heal` ends its silence.
 */
async function bothPutBack() {
  const cluster = await Cluster.start(['a1']);
  const slot = cluster.agents.get('a1')!;
  const backups = [cluster.controllerDisk.copy(), slot.disk.copy()] as const;
  const again = async () => {
    cluster.crashController();
    cluster.crashAgent('a1');
    [cluster.controllerDisk, slot.disk] = [backups[0].copy(), backups[1].copy()];
    await cluster.startController();
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 5_000);
    expect([cluster.controller.term, slot.node!.boot]).toEqual([2, 2]);
  };
  const from: AgentFrame[] = [];
  const to: ControllerFrame[] = [];
  const untap = [
    cluster.transport.tapFrom('a1', (frame) => (from.push(frame), frame)),
    cluster.transport.tapTo('a1', (frame) => (to.push(frame), frame)),
  ];
  await again();
  const old = await cluster.submit('old');
  await cluster.until(() => cluster.row(old).state === 'done', 5_000);
  await cluster.advance(1_000);
  for (const end of untap) end();
  await again();
  return { cluster, from, to };
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

  it('takes no ending from what an agent said in a future that both have lost', async () => {
    const { cluster, from } = await bothPutBack();
    cluster.behave = () => ({ ...done, afterMs: 5_000 });
    const birth = await cluster.submit('new');
    await cluster.advance(1_000);
    expect(from.flatMap(({ outbox }) => outbox)).toHaveLength(1);
    for (const frame of from) if (!frame.hello) cluster.transport.sendFrom(frame);
    await cluster.until(() => cluster.row(birth).state === 'done', 10_000);
    expect(cluster.facts('superseded')).toEqual([]);
    expect(cluster.starts()).toEqual(['old#1', 'new#1']);
  });

  it('starts nothing that was asked for in a future that both have lost', async () => {
    const { cluster, to } = await bothPutBack();
    expect(to.flatMap(({ requests }) => requests.map(({ kind }) => kind))).toContain('assign');
    for (const frame of to) cluster.transport.sendTo(frame);
    await cluster.advance(5_000);
    expect(cluster.starts()).toEqual(['old#1']);
  });

  it('keeps an ending that was acknowledged only in a future that both have lost', async () => {
    const { cluster, to } = await bothPutBack();
    const heal = cluster.cut('a1', 'from');
    const birth = await cluster.submit('new');
    await cluster.advance(1_000);
    expect(to.map(({ recorded }) => recorded)).toContainEqual({ boot: 2, n: 1 });
    for (const frame of to) cluster.transport.sendTo(frame);
    await cluster.advance(1_000);
    heal();
    await cluster.until(() => cluster.row(birth).state === 'done', 15_000);
    expect(cluster.starts()).toEqual(['old#1', 'new#1']);
  });

  it.each([0, 3_600_000])(
    'is followed by agents of its lost future at once: clock %i ms back',
    async (backMs) => {
      const { cluster, backup } = await lostFuture(2, 'known');
      cluster.controllerDisk = backup;
      cluster.clock.jump(-backMs);
      await cluster.startController();
      await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 20_000);
      expect(cluster.controller.term).toBe(2);
      expect(cluster.facts('agent.suspect')).toEqual([]);
    },
  );
});
