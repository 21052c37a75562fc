/** R5 to R10: one start per fence, none without a lease, and nothing alive behind one that is over. */
import { describe, expect, it } from 'vitest';
import { under } from '../../actors/records.ts';
import type { Phase } from '../../actors/turn-loop.ts';
import { Process } from '../../scenarios/world-process.ts';
import { done, endless, type Cluster } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';

const start = checkedClusters();

/** The first attempt runs until it is stopped; later ones for 30 s. */
const firstEndless = (_id: string, attempt: number) =>
  attempt === 1 ? endless : { ...done, afterMs: 30_000 };

/** Fences that an agent has not forgotten. */
const held = (cluster: Cluster, agent: string) =>
  [...cluster.agents.get(agent)!.node!.store.range(under('task'))].length;

describe('a fence', () => {
  it('R5 (A4): is held until its forget comes, so that a new link does not start it again', async () => {
    const cluster = await start(['a1']);
    cluster.behave = () => ({ ...done, afterMs: 20_000 });
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    await cluster.advance(25_000);
    expect(cluster.moment('end', 'x#1')).toBe(20_000);
    expect(held(cluster, 'a1')).toBe(1);
    heal();
    await cluster.until(() => cluster.row(birth).state === 'done', 20_000);
    await cluster.until(() => held(cluster, 'a1') === 0, 1_000);
    expect(cluster.facts('verdict')).toMatchObject([{ cause: 'accept' }]);
    expect(cluster.starts()).toEqual(['x#1']);
  });

  it('R5 (B5): is forgotten by a numbered request, in whatever way it ended', async () => {
    const cluster = await start(['a1', 'a2']);
    const forgets: number[] = [];
    cluster.transport.tapTo('a1', (frame) => {
      for (const { n, kind } of frame.requests) if (kind === 'forget') forgets.push(n);
      return frame;
    });
    cluster.behave = (id, attempt) =>
      id === 'failed'
        ? { afterMs: 10, exit: { kind: 'failed', cause: 'error', message: 'no', detail: null } }
        : id === 'superseded' && attempt > 1
          ? done
          : endless;
    const births = [await cluster.submit('superseded'), await cluster.submit('skip')];
    births.push(await cluster.submit('failed'));
    await cluster.advance(1_000);
    await cluster.command({ kind: 'cancel', id: 'skip', by: 'test' });
    const heal = cluster.cut('a1');
    await cluster.until(() => cluster.row(births[0]!).state === 'done', 70_000);
    heal();
    await cluster.until(() => held(cluster, 'a1') + held(cluster, 'a2') === 0, 10_000);
    expect(cluster.facts('superseded')).toMatchObject([{ id: 'superseded', cause: 'killed' }]);
    expect(forgets.length).toBeGreaterThan(1);
    expect(births.map((birth) => cluster.row(birth).state)).toEqual([
      'done',
      'cancelled',
      'failed',
    ]);
  });

  const crashes: readonly (readonly [Phase, string, number])[] = [
    ['decided', 'neverStarted', 0],
    ['appending', 'neverStarted', 0],
    ['recorded', 'lost', 1],
    ['acted', 'lost', 1],
  ];
  it.each(crashes)(
    'R6 (A5, B10): is not started again after a crash of the agent in phase "%s" of its intent',
    async (phase, ending, deaths) => {
      const cluster = await start(['a1']);
      cluster.behave = firstEndless;
      let isGiven = false;
      let intent: number | undefined;
      let crashed = false;
      cluster.transport.tapTo('a1', (frame) => {
        if (frame.requests.some(({ kind }) => kind === 'assign')) isGiven = true;
        return frame;
      });
      cluster.observeAgent = (_agent, at, number) => {
        if (isGiven && at === 'appending') intent ??= number;
        const isThere = at === 'decided' ? isGiven : number === intent;
        if (crashed || at !== phase || !isThere) return;
        crashed = true;
        cluster.crashAgent('a1');
      };
      const birth = await cluster.submit('x');
      await cluster.until(() => crashed, 1_000);
      await cluster.advance(1_000);
      await cluster.startAgent('a1');
      await cluster.until(() => cluster.row(birth).state === 'done', 60_000);
      const ends = cluster.facts().filter(({ kind, attempt }) => kind === ending && attempt === 1);
      expect(ends).toHaveLength(1);
      expect(cluster.row(birth).context).toMatchObject({ deaths, losses: deaths, retries: 0 });
      expect(cluster.starts().filter((name) => name === 'x#1').length).toBeLessThanOrEqual(1);
      expect(cluster.starts().at(-1)).toBe('x#2');
    },
  );
});

describe('the end of a lease', () => {
  /** Lets the disk of an agent stall with so many turns waiting for it, and cuts the agent off. */
  async function stall(cluster: Cluster, waiting: readonly string[]): Promise<() => void> {
    cluster.agents.get('a1')!.disk.faults.holdSync();
    for (const id of waiting) await cluster.submit(id);
    return cluster.cut('a1');
  }

  it('R7 (A6): is seen at the moment of the start, after a slow fsync of the intent', async () => {
    const cluster = await start(['a1']);
    cluster.behave = firstEndless;
    await stall(cluster, ['x', 'y', 'z']);
    await cluster.startAgent('a2');
    await cluster.until(() => cluster.starts().length === 3, 70_000);
    expect(cluster.starts()).toEqual(['x#2', 'y#2', 'z#2']);
    cluster.agents.get('a1')!.disk.faults.releaseSync();
    await cluster.advance(5_000);
    expect(cluster.starts()).toHaveLength(3);
  });

  it.each([0, 1, 2, 3])(
    'R8 (A7): kills at once, with %i turns waiting for a disk that stalls',
    async (waiting) => {
      const cluster = await start(['a1']);
      cluster.behave = firstEndless;
      await cluster.submit('x');
      await cluster.advance(1_000);
      await stall(cluster, ['y', 'z', 'w'].slice(0, waiting));
      await cluster.startAgent('a2');
      await cluster.until(() => cluster.moment('start', 'x#2') !== undefined, 70_000);
      expect(cluster.moment('end', 'x#1')).toBeLessThanOrEqual(60_000);
      cluster.agents.get('a1')!.disk.faults.releaseSync();
      await cluster.advance(10_000);
    },
  );

  it('R9 (A9): reports "killed" when the tree is gone, and only then is the work given out', async () => {
    const cluster = await start(['a1', 'a2']);
    cluster.behave = (_id, attempt) =>
      attempt === 1 ? { ...endless, killMs: 900 } : { ...done, afterMs: 30_000 };
    await cluster.submit('x');
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    await cluster.advance(59_100);
    heal();
    await cluster.until(() => cluster.moment('start', 'x#2') !== undefined, 5_000);
    expect(cluster.moment('end', 'x#1')).toBe(60_900);
    expect(cluster.moment('start', 'x#2')).toBe(60_900);
    expect(cluster.agents.get('a1')!.node!.boot).toBe(2);
  });

  it('R9: a cancel is confirmed when the tree is gone', async () => {
    const cluster = await start(['a1']);
    cluster.behave = () => ({ ...endless, abortMs: 3_000 });
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    await cluster.command({ kind: 'cancel', id: 'x', by: 'test' });
    await cluster.advance(2_999);
    expect(cluster.row(birth).state).toBe('cancelling');
    await cluster.advance(1);
    expect(cluster.row(birth).state).toBe('cancelled');
    expect(cluster.moment('end', 'x#1')).toBe(4_000);
  });

  it('R10 (A10): is enforced by a guard that knows it, although the loop of the agent is blocked', async () => {
    const cluster = await start([]);
    const process = new Process(cluster.clock);
    await cluster.startAgent('a1', 4, { clock: process.clock });
    // The guard is a process of its own: it kills what the runner runs when it hears nothing more.
    const { runner } = cluster.agents.get('a1')!;
    let disarm = () => {};
    runner!.leaseFor = (ms) => {
      disarm();
      disarm = cluster.clock.after(ms, () => runner!.crash());
    };
    await cluster.until(() => cluster.stateOf('a1') === 'connected', 5_000);
    await cluster.startAgent('a2');
    cluster.behave = firstEndless;
    const birth = await cluster.submit('x');
    await cluster.advance(25_000);
    process.stop();
    await cluster.until(() => cluster.moment('start', 'x#2') !== undefined, 90_000);
    expect(cluster.moment('end', 'x#1')).toBe(80_000);
    expect(cluster.moment('start', 'x#2')).toBe(82_000);
    process.goOn();
    await cluster.until(() => cluster.row(birth).state === 'done', 60_000);
    expect(cluster.starts()).toEqual(['x#1', 'x#2']);
  });
});
