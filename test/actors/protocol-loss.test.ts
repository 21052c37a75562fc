/**
 * What would execute twice or lose work, from reference/protocol.md §1 A, as far as no rule of DESIGN §5
 * names it: those are in the rules-*.test.ts (A1–A7, A9, A11–A15). Of A10 the guard process itself and
 * SIGSTOP need real processes: test/handlers/guard.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { key, under } from '../../actors/records.ts';
import { openMemoryStore } from '../../store/memory.ts';
import type { AgentFrame, OutboxEntry } from '../../transport/frame.ts';
import { done, endless, policy, type Cluster } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';

const start = checkedClusters();

const tasksOf = (cluster: Cluster, agent: string) =>
  [...cluster.agents.get(agent)!.node!.store.range(under('task'))].length;

const started = (cluster: Cluster, attempt: string) => () =>
  cluster.moment('start', attempt) !== undefined;

describe('a clock', () => {
  it.each([
    { timeoutMs: 60_000, periodMs: 10_000, killMs: 1_000 },
    { timeoutMs: 7_200_000, periodMs: 120_000, killMs: 1_000 },
  ])(
    'A8: may be off by 0.05 % at both ends of $timeoutMs ms, and killing may take a second',
    async (given) => {
      const { killMs, ...timing } = given;
      const cluster = await start([]);
      cluster.crashController();
      const fast = cluster.clock.view({ rate: 1.0005, offsetMs: 0 });
      const slow = cluster.clock.view({ rate: 0.9995, offsetMs: 0 });
      await cluster.startController(timing, { clock: fast });
      await cluster.startAgent('a1', 4, { clock: slow });
      await cluster.until(() => cluster.stateOf('a1') === 'connected', 5_000);
      await cluster.startAgent('a2');
      cluster.behave = (_id, attempt) => (attempt === 1 ? { ...endless, killMs } : done);
      const birth = await cluster.submit('x', { policy: { ...policy, timeoutMs: 86_400_000 } });
      await cluster.advance(1_000);
      cluster.cut('a1');
      await cluster.until(() => cluster.row(birth).state === 'done', given.timeoutMs + 100_000);
      expect(cluster.starts()).toEqual(['x#1', 'x#2']);
      expect(cluster.moment('start', 'x#2')).toBeGreaterThanOrEqual(cluster.moment('end', 'x#1')!);
    },
  );

  it('A10: of the wall may jump, and no lease, loss or hand-out moves with it', async () => {
    const cluster = await start([]);
    const [c, a] = [1, 2].map(() => cluster.clock.view({ rate: 1, offsetMs: 0 }));
    cluster.crashController();
    await cluster.startController({}, { clock: c! });
    await cluster.startAgent('a1', 4, { clock: a! });
    await cluster.until(() => cluster.stateOf('a1') === 'connected', 5_000);
    await cluster.startAgent('a2');
    cluster.behave = (_id, attempt) => (attempt === 1 ? endless : done);
    await cluster.submit('x');
    await cluster.advance(20_000);
    a!.jump(3_600_000);
    c!.jump(-3_600_000);
    await cluster.advance(10_500);
    cluster.cut('a1');
    await cluster.until(started(cluster, 'x#2'), 70_000);
    expect(cluster.moment('end', 'x#1')).toBe(90_000);
    expect(cluster.moment('start', 'x#2')).toBe(92_000);
  });
});

describe('an id', () => {
  it('A16: that is accepted again after pruning names new work, which an older fence does not stop', async () => {
    const cluster = await start(['a1']);
    const first = await cluster.submit('x');
    cluster.transport.tapTo('a1', (frame) => ({
      ...frame,
      requests: frame.requests.filter(({ kind }) => kind !== 'forget'),
    }));
    await cluster.until(() => cluster.row(first).state === 'done', 5_000);
    cluster.crashController();
    const store = await openMemoryStore(cluster.controllerDisk);
    const writes = [key.id('x'), key.sub(first), key.work(first), key.outcome(first)].map(
      (each) => ({ delete: each }),
    );
    await store.append({ entries: [], writes }, { expect: store.position() });
    await store.close();
    await cluster.startController();
    expect(tasksOf(cluster, 'a1')).toBe(1);
    const second = await cluster.submit('x');
    await cluster.until(() => cluster.row(second).state === 'done', 20_000);
    expect(cluster.starts()).toEqual(['x#1', 'x#1']);
    expect(second).not.toBe(first);
  });
});

describe('a log', () => {
  it('A17: is kept by the agent until all of it is recorded, however early the result is', async () => {
    const cluster = await start(['a1']);
    const log = 'line\n'.repeat(50_000);
    cluster.behave = () => ({ ...done, log });
    const untap = cluster.transport.tapFrom('a1', (frame) => ({ ...frame, logs: [] }));
    const birth = await cluster.submit('x');
    await cluster.until(() => cluster.row(birth).state === 'done', 5_000);
    await cluster.advance(30_000);
    expect(tasksOf(cluster, 'a1')).toBe(1);
    const { spool } = cluster.agents.get('a1')!;
    const written = spool.read({ birth, attempt: 1 }, 0, 1_000_000);
    expect(written.length).toBeGreaterThan(log.length);
    untap();
    await cluster.until(() => tasksOf(cluster, 'a1') === 0, 30_000);
    const chunks = [...cluster.controller.store.range(under(`log/${key.sub(birth).slice(4)}`))];
    const bytes = chunks.map(([, chunk]) => Buffer.from(chunk as Uint8Array));
    expect(Buffer.concat(bytes).equals(written)).toBe(true);
    expect(spool.held()).toEqual([]);
  });
});

describe('an entry of the outbox', () => {
  it('A18: keeps its name over a restart, so that it is not recorded twice', async () => {
    const cluster = await start(['a1']);
    const names: OutboxEntry['place'][] = [];
    cluster.transport.tapFrom('a1', (frame) => {
      names.push(...frame.outbox.map(({ place }) => place));
      return frame;
    });
    cluster.behave = () => ({ ...done, afterMs: 1_000 });
    const birth = await cluster.submit('x');
    const heal = cluster.cut('a1', 'to');
    await cluster.until(() => cluster.row(birth).state === 'done', 5_000);
    cluster.crashAgent('a1');
    heal();
    // The new link begins without word of what is recorded, so that the entry is sent again.
    cluster.transport.tapTo('a1', (frame) =>
      frame.requests[0]?.kind === 'report' ? { ...frame, recorded: null } : frame,
    );
    await cluster.startAgent('a1');
    await cluster.until(() => tasksOf(cluster, 'a1') === 0, 20_000);
    expect(names.length).toBeGreaterThan(1);
    expect(new Set(names.map(({ boot, n }) => `${boot}/${n}`))).toEqual(new Set(['1/1']));
    expect(cluster.facts('done')).toHaveLength(1);
    expect(cluster.facts('superseded')).toEqual([]);
  });

  it('A18: is not recorded before its predecessor, which is asked for at once', async () => {
    const cluster = await start(['a1']);
    let lost = 0;
    cluster.transport.tapFrom('a1', (frame) =>
      frame.outbox.length > 0 && lost++ === 0 ? null : frame,
    );
    cluster.behave = (id) => ({ ...done, afterMs: id === 'x' ? 1_000 : 3_000 });
    const births = [await cluster.submit('x'), await cluster.submit('y')];
    await cluster.until(() => cluster.row(births[1]!).state === 'done', 4_000);
    expect(cluster.clock.elapsed()).toBe(3_000);
    expect(cluster.facts('done').map(({ id }) => id)).toEqual(['x', 'y']);
  });

  it('A18: gets a new name after a lost tail, so that its result is not dropped as known', async () => {
    const cluster = await start(['a1']);
    const first = await cluster.submit('x');
    await cluster.until(() => cluster.row(first).state === 'done', 5_000);
    await cluster.until(() => tasksOf(cluster, 'a1') === 0, 5_000);
    // The disk had lied: the exit, what followed it, and the place of its entry are gone.
    cluster.crashAgent('a1', { loseSynced: 3 });
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 20_000);
    const second = await cluster.submit('y');
    await cluster.until(() => cluster.row(second).state === 'done', 20_000);
    await cluster.until(() => tasksOf(cluster, 'a1') === 0, 20_000);
    expect(cluster.facts('done').map(({ id }) => id)).toEqual(['x', 'y']);
  });

  it('A18: leaves a recorded gap, not a wait, at a controller whose store went back in time', async () => {
    const cluster = await start(['a1']);
    const backup = cluster.controllerDisk.copy();
    for (const id of ['x', 'y']) {
      const birth = await cluster.submit(id);
      await cluster.until(() => cluster.row(birth).state === 'done', 5_000);
    }
    await cluster.until(() => tasksOf(cluster, 'a1') === 0, 5_000);
    for (let restarts = 0; restarts < 2; restarts++) {
      cluster.crashController();
      await cluster.startController();
      await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 20_000);
    }
    cluster.crashController();
    cluster.controllerDisk = backup;
    await cluster.startController();
    cluster.crashAgent('a1');
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 90_000);
    const frames: AgentFrame[] = [];
    cluster.transport.tapFrom('a1', (frame) => {
      frames.push(frame);
      return frame;
    });
    const birth = await cluster.submit('z');
    await cluster.until(() => cluster.row(birth).state === 'done', 20_000);
    expect(cluster.facts('agent.gap')).toMatchObject([
      { detail: { from: null, to: { boot: 1, n: 2 } } },
    ]);
    expect(frames.some(({ outbox }) => outbox.length > 0)).toBe(true);
  });
});
