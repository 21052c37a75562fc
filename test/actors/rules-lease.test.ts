/** R11 to R13 and R16: whose word renews a lease, from when, and for how long. */
import { describe, expect, it } from 'vitest';
import type { Store } from '../../store/store.ts';
import type { ControllerFrame } from '../../transport/frame.ts';
import type { Transport } from '../../transport/transport.ts';
import { done, endless, policy, type Cluster } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';

const start = checkedClusters();

/** The first attempt runs until it is stopped; later ones for 30 s. */
const firstEndless = (_id: string, attempt: number) =>
  attempt === 1 ? endless : { ...done, afterMs: 30_000 };

/** One agent that runs x#1 since 0 s, and another one. */
async function running(cluster: Cluster): Promise<number> {
  cluster.behave = firstEndless;
  const birth = await cluster.submit('x', { policy: { ...policy, timeoutMs: 86_400_000 } });
  await cluster.advance(1_000);
  return birth;
}

const started = (cluster: Cluster, attempt: string) => () =>
  cluster.moment('start', attempt) !== undefined;

describe('a lease', () => {
  it('R11 (B2): runs from the sending of the beat that was echoed, not from the receipt of the echo', async () => {
    const cluster = await start(['a1', 'a2']);
    const birth = await running(cluster);
    const held: ControllerFrame[] = [];
    await cluster.advance(8_000);
    cluster.transport.tapTo('a1', (frame) => {
      held.push(frame);
      return null;
    });
    await cluster.until(() => held.length > 0, 2_000);
    expect(cluster.clock.elapsed()).toBe(10_000);
    cluster.cut('a1', 'from');
    await cluster.advance(25_000);
    for (const frame of held) cluster.transport.sendTo(frame);
    await cluster.until(started(cluster, 'x#2'), 60_000);
    expect(cluster.moment('end', 'x#1')).toBe(70_000);
    expect(cluster.moment('start', 'x#2')).toBe(72_000);
    expect(cluster.row(birth).context).toMatchObject({ agent: 'a2', attempt: 2 });
  });

  it('R11: is not renewed by requests, repeats and probes that echo nothing new', async () => {
    const cluster = await start(['a1', 'a2']);
    await running(cluster);
    let heard = 0;
    cluster.transport.tapTo('a1', (frame) => {
      heard++;
      return frame;
    });
    cluster.cut('a1', 'from');
    await cluster.until(started(cluster, 'x#2'), 70_000);
    expect(heard).toBeGreaterThanOrEqual(3);
    expect(cluster.moment('end', 'x#1')).toBe(60_000);
  });

  it('R12 (A11): is respected by a new term, which counts all silence from its own beginning', async () => {
    const cluster = await start(['a1', 'a2']);
    await running(cluster);
    await cluster.advance(99_000);
    cluster.crashController();
    cluster.cut('a1');
    await cluster.advance(5_000);
    await cluster.startController();
    await cluster.until(started(cluster, 'x#2'), 90_000);
    expect(cluster.moment('end', 'x#1')).toBe(160_000);
    expect(cluster.moment('start', 'x#2')).toBe(105_000 + 62_000);
  });

  it('R12 (A11): is waited for anew by a new term, whatever the wall clock says', async () => {
    const cluster = await start([]);
    const slow = cluster.clock.view({ rate: 0.98, offsetMs: 0 });
    await cluster.startAgent('a1', 4, { clock: slow });
    await cluster.until(() => cluster.stateOf('a1') === 'connected', 5_000);
    await cluster.startAgent('a2');
    await running(cluster);
    cluster.cut('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'lost', 70_000);
    expect(cluster.moment('end', 'x#1')).toBeUndefined();
    cluster.crashController();
    const ahead = cluster.clock.view({ rate: 1, offsetMs: 3_600_000 });
    await cluster.startController({}, { clock: ahead });
    const restartedAt = cluster.clock.elapsed();
    await cluster.until(started(cluster, 'x#2'), 90_000);
    expect(cluster.moment('start', 'x#2')! - restartedAt).toBe(62_000);
  });

  it('R12: is renewed by a higher term, so that a restart in time costs nothing', async () => {
    const cluster = await start(['a1']);
    const birth = await running(cluster);
    cluster.crashController();
    await cluster.advance(47_000);
    await cluster.startController();
    await cluster.advance(60_000);
    expect(cluster.row(birth)).toMatchObject({ state: 'inProgress', context: { attempt: 1 } });
    expect(cluster.starts()).toEqual(['x#1']);
  });

  it('R12: of a lower term is refused by a new boot, since the highest is kept over restarts', async () => {
    const cluster = await start(['a1']);
    cluster.crashController();
    await cluster.startController();
    await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 20_000);
    let last: ControllerFrame | undefined;
    cluster.transport.tapTo('a1', (frame) => {
      last ??= frame.boot === 2 ? frame : undefined;
      return null;
    });
    cluster.crashAgent('a1');
    await cluster.startAgent('a1');
    await cluster.until(() => last !== undefined, 5_000);
    const task = { birth: 99, attempt: 1, id: 'old', job: null, handler: 'work', input: null };
    cluster.transport.sendTo({
      ...last!,
      term: 1,
      sent: 2,
      requests: [
        { n: 1, kind: 'report' },
        { n: 2, kind: 'assign', tasks: [{ ...task, timeoutMs: 60_000, graceMs: 0 }] },
      ],
    });
    await cluster.advance(5_000);
    expect(cluster.starts()).toEqual([]);
  });

  it('R13 (A12): is not kept alive by a controller that no longer reaches the store it was taken from', async () => {
    const settings = { termLeaseMs: 10_000 };
    const cluster = await start([]);
    cluster.crashController();
    let isCut = false;
    const through = (store: Store): Store => ({
      ...store,
      append: (batch, options) => (isCut ? new Promise(() => {}) : store.append(batch, options)),
    });
    const deafTo = (agent: string): Transport => ({
      ...cluster.transport,
      subscribe: (subject, receive) =>
        cluster.transport.subscribe(subject, (bytes, from) => {
          if (!isCut || from !== `lifeline.from.${agent}`) receive(bytes, from);
        }),
    });
    await cluster.startController(settings, { through, transport: deafTo('a2') });
    for (const agent of ['a1', 'a2']) await cluster.startAgent(agent);
    await cluster.until(() => cluster.stateOf('a2') === 'connected', 5_000);
    await running(cluster);
    await cluster.advance(19_000);
    // From here on the old controller is heard and hears at a1 alone, the new one at a2 alone.
    isCut = true;
    const old = cluster.controller;
    const oldTerm = old.term;
    cluster.transport.tapTo('a1', (frame) => (frame.term === oldTerm ? frame : null));
    cluster.transport.tapTo('a2', (frame) => (frame.term === oldTerm ? null : frame));
    await cluster.startController(settings, { force: true, transport: deafTo('a1') });
    await cluster.until(started(cluster, 'x#2'), 120_000);
    expect(cluster.moment('start', 'x#2')).toBe(20_000 + 10_000 + 62_000);
    expect(cluster.moment('end', 'x#1')).toBeLessThanOrEqual(90_000);
    old.halt();
  });

  it('R13: is kept alive by a controller that is idle and holds its store', async () => {
    const cluster = await start(['a1'], { termLeaseMs: 10_000 });
    await running(cluster);
    await cluster.advance(200_000);
    expect(cluster.stateOf('a1')).toBe('connected');
    expect(cluster.agents.get('a1')!.node!.boot).toBe(1);
  });
});

describe('another timing', () => {
  it('R16 (A13): that is shorter counts once the agent has confirmed it', async () => {
    const long = { periodMs: 120_000, timeoutMs: 7_200_000 };
    const cluster = await start(['a1', 'a2'], long);
    await running(cluster);
    cluster.crashController();
    const heal = cluster.cut('a1');
    await cluster.startController({});
    await cluster.advance(3_600_000);
    expect(cluster.starts()).toEqual(['x#1']);
    heal();
    await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 15_000);
    const healedAt = cluster.clock.elapsed();
    await cluster.advance(5_000);
    cluster.cut('a1');
    await cluster.until(started(cluster, 'x#2'), 100_000);
    expect(cluster.moment('start', 'x#2')! - healedAt).toBeLessThan(80_000);
  });

  it('R16 (A13): that is shorter and never confirmed ends at the longer one', async () => {
    const long = { periodMs: 120_000, timeoutMs: 7_200_000 };
    const cluster = await start(['a1', 'a2'], long);
    await running(cluster);
    cluster.crashController();
    cluster.cut('a1');
    await cluster.startController({});
    await cluster.until(started(cluster, 'x#2'), 7_300_000);
    expect(cluster.moment('end', 'x#1')).toBe(7_200_000);
    expect(cluster.moment('start', 'x#2')).toBeGreaterThan(7_208_000);
  });

  it('R16: that is longer counts from the moment it is granted, also over a restart with a shorter one', async () => {
    const long = { periodMs: 120_000, timeoutMs: 7_200_000 };
    const cluster = await start(['a1', 'a2']);
    await running(cluster);
    cluster.crashController();
    await cluster.startController(long);
    // It is granted, and the confirmation does not come through.
    await cluster.until(() => cluster.stateOf('a1') === 'reconciling', 5_000);
    cluster.transport.tapFrom('a1', (frame) => (frame.timing > 1 ? null : frame));
    await cluster.advance(20_000);
    cluster.cut('a1');
    cluster.crashController();
    await cluster.startController({});
    await cluster.until(started(cluster, 'x#2'), 7_500_000);
    expect(cluster.moment('end', 'x#1')).toBeGreaterThan(7_000_000);
  });
});
