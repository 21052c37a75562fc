/** Each agent is watched by the timing of its class, and R16 holds for each of them alone. */
import { describe, expect, it } from 'vitest';
import { checkedClasses } from '../../actors/process-classes.ts';
import type { ClassOptions } from '../../machines/class-settings.ts';
import { defaultTiming } from '../../machines/timing.ts';
import { ask } from './asking.ts';
import { done, endless, policy, type Cluster } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';

const start = checkedClusters();

const slow = { periodMs: 30_000, delayMs: 2_000, timeoutMs: 600_000 };
const fast = { periodMs: 1_000, delayMs: 500, timeoutMs: 5_000 };

async function configure(cluster: Cluster, ...classes: readonly ClassOptions[]) {
  const checked = checkedClasses(classes, defaultTiming);
  return ask(cluster, { kind: 'configure', classes: checked, by: 'ann' });
}

const rowOf = (cluster: Cluster, agent: string) =>
  cluster.controller.store.get(`agent/${agent}`) as { readonly timeoutMs: number };

/** x#1 runs at a1 until it is stopped; what follows is short. */
async function running(cluster: Cluster): Promise<void> {
  cluster.behave = (_id, attempt) => (attempt === 1 ? endless : done);
  await cluster.submit('x', { policy: { ...policy, timeoutMs: 86_400_000 } });
  await cluster.until(() => cluster.starts().length === 1, 1_000);
}

const started = (cluster: Cluster, attempt: string) => () =>
  cluster.moment('start', attempt) !== undefined;

describe('the timing of a class', () => {
  it('holds for the agents that it names, and for no other', async () => {
    const cluster = await start(['a1', 'a2']);
    await configure(cluster, { name: 'fast', agents: ['a1'], ...fast });
    await cluster.advance(15_000);
    const at = cluster.clock.elapsed();
    cluster.cut('a1');
    cluster.cut('a2');
    await cluster.until(() => cluster.stateOf('a1') === 'suspect', 3_000);
    expect(cluster.clock.elapsed() - at).toBeLessThanOrEqual(2_500);
    await cluster.until(() => cluster.stateOf('a1') === 'lost', 6_000);
    expect(cluster.stateOf('a2')).toBe('connected');
    await cluster.until(() => cluster.stateOf('a2') === 'suspect', 13_000);
  });

  it('keeps nobody suspect while it is on its way: a period counts once its agent beats by it', async () => {
    const cluster = await start(['a1', 'a2']);
    for (const beats of [slow, fast, slow]) {
      await configure(cluster, { name: 'k', agents: ['a1'], ...beats });
      await cluster.advance(75_000);
    }
    expect(cluster.facts('agent.suspect')).toEqual([]);
    expect(rowOf(cluster, 'a1').timeoutMs).toBe(600_000);
    expect(rowOf(cluster, 'a2').timeoutMs).toBe(60_000);
  });

  it('R16: that is longer counts from the moment it is decided, whatever its agent has heard', async () => {
    const cluster = await start(['a1', 'a2']);
    await running(cluster);
    cluster.cut('a1', 'from');
    await configure(cluster, { name: 'slow', agents: ['a1'], ...slow });
    expect(rowOf(cluster, 'a1').timeoutMs).toBe(600_000);
    await cluster.advance(550_000);
    expect(cluster.starts()).toEqual(['x#1']);
    await cluster.until(started(cluster, 'x#2'), 80_000);
  });

  it('R16: that is shorter counts once its agent has confirmed it, and for that one alone', async () => {
    const cluster = await start(['a1', 'a2']);
    await configure(cluster, { name: 'slow', agents: ['a1'], ...slow });
    await cluster.advance(30_000);
    await running(cluster);
    // The agents never say that they have heard of it.
    const before = cluster.controller.store.get('meta/controller') as never as {
      readonly timing: { readonly version: number };
    };
    const mute = cluster.transport.tapFrom('a1', (frame) =>
      frame.timing > before.timing.version ? null : frame,
    );
    await configure(cluster, { name: 'slow', agents: ['a1'] });
    await cluster.advance(60_000);
    expect(rowOf(cluster, 'a1').timeoutMs).toBe(600_000);
    mute();
    await cluster.until(() => rowOf(cluster, 'a1').timeoutMs === 60_000, 15_000);
  });

  it('R16: is waited for by the next term, whatever is configured then', async () => {
    const cluster = await start(['a1', 'a2']);
    await configure(cluster, { name: 'slow', agents: ['a1'], ...slow });
    await cluster.advance(30_000);
    await running(cluster);
    cluster.crashController();
    cluster.cut('a1');
    await cluster.startController();
    await configure(cluster);
    await cluster.until(started(cluster, 'x#2'), 660_000);
    expect(cluster.moment('start', 'x#2')! - cluster.moment('end', 'x#1')!).toBeGreaterThanOrEqual(
      2_000,
    );
    expect(cluster.moment('end', 'x#1')).toBeGreaterThan(550_000);
  });

  it('R16: is on disk before a frame names it, also while the disk stalls', async () => {
    const cluster = await start(['a1']);
    await running(cluster);
    const told: number[] = [];
    cluster.transport.tapTo('a1', (frame) => {
      told.push(frame.timing.timeoutMs);
      return frame;
    });
    cluster.controllerDisk.faults.holdSync();
    const classes = checkedClasses([{ name: 'slow', agents: ['a1'], ...slow }], defaultTiming);
    void cluster.controller.command({ kind: 'configure', classes, by: 'ann' }).catch(() => {});
    await cluster.advance(25_000);
    expect([told.length >= 2, new Set(told)]).toEqual([true, new Set([60_000])]);
    cluster.controllerDisk.faults.releaseSync();
    await cluster.until(() => told.at(-1) === 600_000, 1_000);
  });

  it('R16: of a boot that joins while a shorter one is on its way to the disk is the longer one', async () => {
    const cluster = await start(['a1']);
    await configure(cluster, { name: 'slow', agents: ['a2'], ...slow });
    cluster.controllerDisk.faults.holdSync();
    const shorter = { kind: 'configure', classes: [], by: 'ann' } as const;
    void cluster.controller.command(shorter).catch(() => {});
    await cluster.clock.settle();
    await cluster.startAgent('a2');
    await cluster.advance(2_000);
    cluster.controllerDisk.faults.releaseSync();
    const rows: number[] = [];
    await cluster.until(() => {
      const row = cluster.controller.store.get('agent/a2') as { timeoutMs: number } | undefined;
      if (row) rows.push(row.timeoutMs);
      return row?.timeoutMs === 60_000;
    }, 20_000);
    expect(rows[0]).toBe(600_000);
  });

  it('of its id comes first for an agent that another class knows by its address, and that is logged', async () => {
    const cluster = await start([]);
    await configure(
      cluster,
      { name: 'slow', agents: ['http://h:1'], ...slow },
      { name: 'fast', agents: ['a1'], ...fast },
    );
    await cluster.startAgent('a1', 1, { address: 'http://h:1' });
    await cluster.until(() => cluster.stateOf('a1') === 'connected', 5_000);
    expect(rowOf(cluster, 'a1').timeoutMs).toBe(5_000);
    expect(cluster.lines.filter(({ message }) => message.includes('two timings'))).toHaveLength(1);
  });

  it('is granted more of before a planned end, each agent in its own periods', async () => {
    const cluster = await start(['a1', 'a2']);
    await configure(cluster, { name: 'k', agents: ['a1'], ...fast, periodMs: 2_500 });
    await cluster.advance(30_000);
    const ending = cluster.controller.handOver(601_000);
    await cluster.until(() => rowOf(cluster, 'a1').timeoutMs > 60_000, 1_000);
    expect([rowOf(cluster, 'a1').timeoutMs, rowOf(cluster, 'a2').timeoutMs]).toEqual([
      610_000, 610_000,
    ]);
    await cluster.until(() => cluster.controller.timing.timeoutMs === 60_000, 1);
    void ending;
  });
});
