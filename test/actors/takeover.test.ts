/**
 * What a controller takes over although stores were replaced or restored, disks stall and frames come twice.
 */
import { describe, expect, it } from 'vitest';
import { key } from '../../actors/records.ts';
import { createMemoryDisk } from '../../store/memory.ts';
import { Cluster, done, endless } from './cluster.ts';
import { violations } from './ledger-check.ts';
import { RawAgent } from './raw-agent.ts';

const tasksOf = (cluster: Cluster) => [
  ...cluster.agents.get('a1')!.node!.store.range({ from: 'task/', to: 'task0' }),
];

describe('a controller', () => {
  it('that was replaced gets no results of the work of the one before', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = (id) => ({ ...done, exit: { kind: 'done', result: id } });
    cluster.transport.tapFrom('a1', (frame) => ({ ...frame, outbox: [], out: null }));
    const old: number[] = [];
    for (const id of ['old1', 'old2', 'old3']) old.push(await cluster.submit(id));
    await cluster.advance(1_000);
    cluster.crashController();
    cluster.controllerDisk = createMemoryDisk();
    await cluster.startController();
    await cluster.until(() => cluster.agents.get('a1')!.node!.boot === 2, 120_000);
    await cluster.until(() => cluster.stateOf('a1') === 'connected', 10_000);
    const births: number[] = [];
    for (const id of ['new1', 'new2', 'new3', 'new4']) births.push(await cluster.submit(id));
    expect(births.filter((birth) => old.includes(birth))).not.toEqual([]);
    await cluster.advance(5_000);
    expect(cluster.starts().filter((start) => start.startsWith('new'))).toHaveLength(4);
  });

  it('whose store went back in time starts no fence twice', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ ...done, afterMs: 5_000 });
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    const before = cluster.controllerDisk.copy();
    await cluster.until(() => cluster.row(birth).state === 'done', 10_000);
    await cluster.advance(1_000);
    cluster.crashController();
    cluster.controllerDisk = before;
    await cluster.startController();
    await cluster.until(() => cluster.row(birth).state === 'done', 400_000);
    expect(violations(cluster.ledger, cluster.facts())).toEqual([]);
    expect(new Set(cluster.starts()).size).toBe(cluster.starts().length);
  });

  it('whose disk stalls goes on echoing beats', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ ...done, afterMs: 100_000 });
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    cluster.controllerDisk.faults.holdSync();
    for (let i = 0; i < 5; i++) {
      void cluster.controller
        .command({ kind: 'cancel', id: `nobody-${i}`, by: 'test' })
        .catch(() => {});
      await cluster.advance(13_000);
    }
    expect(cluster.agents.get('a1')!.node!.boot).toBe(1);
    cluster.controllerDisk.faults.releaseSync();
    await cluster.until(() => cluster.row(birth).state === 'done', 60_000);
    expect(cluster.starts()).toEqual(['x#1']);
  });

  it('tells a new boot only what is on disk of what the one before has handed in', async () => {
    const cluster = await Cluster.start([]);
    const raw = new RawAgent('a0', cluster.transport, () => cluster.clock.now());
    raw.say();
    await cluster.advance(1);
    raw.report();
    await cluster.advance(1);
    const birth = await cluster.submit('x');
    await cluster.advance(1);
    cluster.controllerDisk.faults.holdSync();
    const [place, ending] = [{ boot: 1, n: 1 }, { kind: 'done', result: 'ok' } as const];
    const times = { at: cluster.clock.now(), startedAt: cluster.clock.now() };
    raw.say({
      outbox: [{ place, after: null, birth, attempt: 1, ...times, ending, logLength: 0 }],
    });
    raw.boot = 2;
    raw.say();
    await cluster.advance(1);
    raw.say();
    await cluster.advance(3_000);
    expect(raw.heard.filter(({ recorded }) => recorded !== null)).toEqual([]);
    expect(raw.heard.some(({ echo }) => echo !== null)).toBe(true);
    cluster.controllerDisk.faults.releaseSync();
    await cluster.advance(1);
    raw.say();
    await cluster.advance(1);
    expect(raw.heard.at(-1)).toMatchObject({ boot: 2, recorded: place });
  });

  it('keeps no progress of what has ended', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    const birth = await cluster.submit('x');
    await cluster.advance(11_000);
    let again: () => void = () => {};
    const untap = cluster.transport.tapFrom('a1', (frame) => {
      const progress = [{ birth, attempt: 1, progress: 'half' }];
      again = () => cluster.transport.sendFrom({ ...frame, stamp: frame.stamp + 1, progress });
      return { ...frame, progress };
    });
    await cluster.advance(10_000);
    expect(cluster.controller.toldOf(birth)?.progress).toBe('half');
    untap();
    void cluster.controller.command({ kind: 'cancel', id: 'x', by: 'test' });
    await cluster.until(() => cluster.row(birth).state === 'cancelled', 20_000);
    again();
    await cluster.advance(100);
    expect(cluster.controller.toldOf(birth)).toBeUndefined();
    expect(cluster.controller.store.get(key.outcome(birth))).toMatchObject({ state: 'cancelled' });
    await cluster.until(() => tasksOf(cluster).length === 0, 60_000);
  });
});
