/**
 * A controller that is ended on purpose: it gives nothing out, keeps what is handed in, and may grant a longer
 * lease first. What a longer lease promises to agents binds every later term (R16).
 */
import { describe, expect, it } from 'vitest';
import type { Keeper } from '../../actors/handover.ts';
import { ask } from './asking.ts';
import { done, endless, policy, type Cluster } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';

const drain = (agent: string, isDrained: boolean) =>
  ({ kind: 'drain', agent, drain: isDrained, by: 'ann' }) as const;

const start = checkedClusters();

/** Work that runs for so long, and may do so. */
const lasting = (afterMs: number) => (_: string, attempt: number) =>
  attempt === 1 ? { ...done, afterMs } : done;

async function running(cluster: Cluster, afterMs: number): Promise<number> {
  cluster.behave = lasting(afterMs);
  const birth = await cluster.submit('x', { policy: { ...policy, timeoutMs: 86_400_000 } });
  await cluster.until(() => cluster.starts().length > 0, 1_000);
  return birth;
}

/** Has the controller hand over; resolves with who keeps what, and in how many ms it knew. */
async function handOver(cluster: Cluster, timeoutMs: number | null, withinMs: number) {
  const began = cluster.clock.elapsed();
  let kept: readonly Keeper[] | undefined;
  void cluster.controller.handOver(timeoutMs).then((keepers) => (kept = keepers));
  await cluster.until(() => kept !== undefined, withinMs);
  return { kept: kept!, tookMs: cluster.clock.elapsed() - began };
}

async function close(cluster: Cluster): Promise<void> {
  const closing = cluster.controller.close();
  await cluster.clock.settle();
  await closing;
}

/** The next controller on the same store. */
async function next(cluster: Cluster): Promise<void> {
  await cluster.controller.store.close();
  await cluster.startController();
}

const elapsedOf = (cluster: Cluster, at: number) =>
  at - (cluster.clock.now() - cluster.clock.elapsed());

describe('a controller that leaves', () => {
  it('gives nothing out, takes over what ends, and keeps what is handed in', async () => {
    const cluster = await start(['a1', 'a2']);
    const birth = await running(cluster, 5_000);
    void cluster.controller.leave();
    const later = await cluster.submit('later');
    await cluster.advance(20_000);
    expect(cluster.row(birth)).toMatchObject({ state: 'done', context: { attempt: 1 } });
    expect(cluster.row(later)).toMatchObject({ state: 'queued', context: { attempt: 0 } });
    expect((await handOver(cluster, null, 5_000)).kept).toEqual([]);
    await close(cluster);
    await next(cluster);
    await cluster.until(() => cluster.row(later).state === 'done', 20_000);
    expect(cluster.facts('controller.drain')).toHaveLength(1);
  });

  it('goes on leaving when it has to begin a new term', async () => {
    const cluster = await start(['a1']);
    void cluster.controller.leave();
    await cluster.clock.settle();
    cluster.controllerDisk.faults.failNextAppend(1, 'lost');
    await expect(ask(cluster, drain('a1', true))).rejects.toThrow('new term');
    await cluster.until(() => cluster.stateOf('a1') !== undefined, 5_000);
    expect(cluster.controller.term).toBe(2);
    await cluster.submit('next');
    await cluster.advance(60_000);
    expect(cluster.stateOf('a1')).toMatch(/connected|reconciled/);
    expect(cluster.starts()).toEqual([]);
  });

  it('knows at once who keeps tasks, and until when, where nobody owes an answer', async () => {
    const cluster = await start(['a1', 'a2']);
    await running(cluster, Infinity);
    await cluster.advance(5_000);
    const { kept, tookMs } = await handOver(cluster, null, 5_000);
    expect(kept).toMatchObject([{ tasks: 1, isGranted: false }]);
    expect(tookMs).toBe(0);
    await close(cluster);
    await cluster.until(() => cluster.moment('end', 'x#1') !== undefined, 70_000);
    const until = elapsedOf(cluster, kept[0]!.until!);
    expect(Math.abs(cluster.moment('end', 'x#1')! - until)).toBeLessThanOrEqual(10);
  });

  it('waits for an answer no longer than twice the delay', async () => {
    const cluster = await start(['a1']);
    cluster.behave = () => endless;
    cluster.cut('a1');
    await cluster.submit('x');
    const { kept, tookMs } = await handOver(cluster, null, 10_000);
    expect(tookMs).toBe(4_000);
    expect(kept).toMatchObject([{ agent: 'a1', tasks: 1 }]);
    await close(cluster);
  });

  it('promises nothing of an agent that it does not hear', async () => {
    const cluster = await start(['a1']);
    await running(cluster, Infinity);
    cluster.cut('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'suspect', 20_000);
    const { kept } = await handOver(cluster, null, 0);
    expect(kept).toEqual([{ agent: 'a1', tasks: 1, until: null, isGranted: false }]);
    await close(cluster);
  });
});

describe('a handover', () => {
  it('of ten minutes costs no attempt while the controller is away for nine', async () => {
    const cluster = await start(['a1', 'a2']);
    const birth = await running(cluster, 400_000);
    const { kept, tookMs } = await handOver(cluster, 600_000, 30_000);
    expect(tookMs).toBeLessThanOrEqual(600);
    expect(kept).toMatchObject([{ tasks: 1, isGranted: true }]);
    await close(cluster);
    await cluster.advance(540_000);
    expect(elapsedOf(cluster, kept[0]!.until!)).toBeGreaterThan(cluster.clock.elapsed());
    await next(cluster);
    await cluster.until(() => cluster.row(birth).state === 'done', 20_000);
    expect(cluster.row(birth).context.attempt).toBe(1);
    expect(cluster.starts()).toEqual(['x#1']);
    for (const agent of ['a1', 'a2']) expect(cluster.agents.get(agent)!.node!.boot).toBe(1);
  });

  it('is taken back by the next controller, as agents confirm', async () => {
    const cluster = await start(['a1', 'a2']);
    await running(cluster, Infinity);
    await handOver(cluster, 600_000, 30_000);
    await close(cluster);
    await cluster.advance(300_000);
    await next(cluster);
    await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 20_000);
    await cluster.advance(20_000);
    const at = cluster.clock.elapsed();
    const [holder] = cluster.ledger;
    cluster.cut(holder!.agent);
    await cluster.until(() => cluster.starts().includes('x#2'), 80_000);
    expect(cluster.moment('start', 'x#2')! - at).toBeGreaterThan(50_000);
  });

  it('R16: has the work of an agent that died meanwhile wait for the longer lease', async () => {
    const cluster = await start(['a1', 'a2']);
    await running(cluster, Infinity);
    await handOver(cluster, 600_000, 30_000);
    await close(cluster);
    const [holder] = cluster.ledger;
    cluster.crashAgent(holder!.agent);
    await cluster.advance(300_000);
    await next(cluster);
    const at = cluster.clock.elapsed();
    await cluster.until(() => cluster.starts().includes('x#2'), 650_000);
    expect(cluster.moment('start', 'x#2')! - at).toBeGreaterThan(600_000);
  });

  it('R16 (A13): that an agent never heard of leaves it its lease, and is waited for all the same', async () => {
    const cluster = await start(['a1']);
    await running(cluster, Infinity);
    await cluster.startAgent('a2');
    await cluster.until(() => cluster.stateOf('a2') === 'connected', 5_000);
    cluster.cut('a1', 'to');
    const { kept, tookMs } = await handOver(cluster, 600_000, 40_000);
    expect(tookMs).toBe(30_000);
    expect(kept).toMatchObject([{ agent: 'a1', isGranted: false }]);
    await close(cluster);
    await cluster.until(() => cluster.moment('end', 'x#1') !== undefined, 70_000);
    expect(cluster.moment('end', 'x#1')).toBeLessThanOrEqual(71_000);
    cluster.cut('a1');
    await next(cluster);
    const at = cluster.clock.elapsed();
    await cluster.until(() => cluster.starts().includes('x#2'), 650_000);
    expect(cluster.moment('start', 'x#2')! - at).toBeGreaterThan(600_000);
  });

  it('R16: has an agent that falls silent, or has, given up when the longer lease is over', async () => {
    const cluster = await start(['a1', 'a2']);
    await running(cluster, 3_600_000);
    cluster.cut('a2');
    await cluster.until(() => cluster.stateOf('a2') === 'suspect', 30_000);
    await handOver(cluster, 600_000, 60_000);
    cluster.cut('a1');
    await cluster.advance(500_000);
    expect([cluster.stateOf('a1'), cluster.stateOf('a2')]).toEqual(['suspect', 'suspect']);
    await cluster.advance(120_000);
    expect([cluster.stateOf('a1'), cluster.stateOf('a2')]).toEqual(['lost', 'lost']);
  });

  it('R16: is on disk before a frame names it, also while the disk stalls', async () => {
    const cluster = await start(['a1']);
    await running(cluster, Infinity);
    const told: number[] = [];
    cluster.transport.tapTo('a1', (frame) => {
      told.push(frame.timing.timeoutMs);
      return frame;
    });
    cluster.controllerDisk.faults.holdSync();
    void cluster.controller.handOver(600_000).catch(() => {});
    await cluster.advance(25_000);
    expect([told.length >= 2, new Set(told)]).toEqual([true, new Set([60_000])]);
    cluster.controllerDisk.faults.releaseSync();
    await cluster.until(() => told.at(-1) === 600_000, 1_000);
    expect(cluster.controller.store.get('agent/a1')).toMatchObject({ timeoutMs: 600_000 });
    expect(cluster.controller.store.get('meta/controller')).toMatchObject({
      timing: { timeoutMs: 600_000 },
    });
  });

  it('counts for an agent that joins meanwhile, too', async () => {
    const cluster = await start(['a1']);
    await running(cluster, Infinity);
    cluster.cut('a1', 'to');
    void cluster.controller.handOver(600_000);
    await cluster.clock.settle();
    await cluster.startAgent('a2');
    await cluster.until(() => cluster.stateOf('a2') === 'connected', 5_000);
    expect(cluster.controller.store.get('agent/a2')).toMatchObject({ timeoutMs: 600_000 });
  });

  it('is rounded up to whole periods, and refused where it is not longer than the timeout', async () => {
    const cluster = await start(['a1']);
    await running(cluster, Infinity);
    expect(() => cluster.controller.handOver(60_000)).toThrow(
      'The handover must be longer than the heartbeat timeout (60000 ms)',
    );
    await handOver(cluster, 60_001, 30_000);
    expect(cluster.controller.store.get('agent/a1')).toMatchObject({ timeoutMs: 70_000 });
  });
});
