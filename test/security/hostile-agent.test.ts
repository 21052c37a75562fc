/**
 * What permissions cannot stop: an agent with a key of its own that says what no agent would say, on the
 * subject where it may speak. It may harm itself; the controller and the other agents go on.
 */
import { describe, expect, it } from 'vitest';
import { key, under } from '../../actors/records.ts';
import { agentFrames } from '../../transport/codec.ts';
import type {
  AgentFrame,
  Answer,
  ControllerFrame,
  Ending,
  Fence,
  HeldTask,
} from '../../transport/frame.ts';
import { sampleAgentFrame } from '../transport/sample-frames.ts';
import { Cluster, endless } from '../actors/cluster.ts';
import { RawAgent } from '../actors/raw-agent.ts';

/** A controller, the honest agent `a1` and the hostile agent `evil`, which has joined its link. */
async function besieged() {
  const cluster = await Cluster.start(['a1']);
  const evil = new RawAgent('evil', cluster.transport, () => cluster.clock.elapsed());
  evil.say();
  await cluster.advance(100);
  evil.report();
  await cluster.advance(100);
  expect(cluster.stateOf('evil')).toBe('connected');
  return { cluster, evil };
}

const isWorking = (cluster: Cluster, agent: string) =>
  ['connected', 'reconciled'].includes(cluster.stateOf(agent)!);

const MAX = Number.MAX_SAFE_INTEGER;

describe('an agent that names a higher term', () => {
  it.each([1, 1_000])(
    'is believed once when it is %i ahead, and the work goes on',
    async (ahead) => {
      const { cluster, evil } = await besieged();
      cluster.behave = () => endless;
      await cluster.submit('x');
      await cluster.advance(1_000);
      const { term } = cluster.controller;
      for (let second = 0; second < 60; second++) {
        evil.say({ term: cluster.controller.term + ahead });
        await cluster.advance(1_000);
      }
      expect(cluster.controller.term).toBe(term + ahead + 1);
      expect(isWorking(cluster, 'a1')).toBe(true);
      expect(cluster.starts()).toEqual(['x#1']);
      expect(cluster.facts('controller.term')).toHaveLength(2);
    },
  );

  it.each([1_000_001, MAX - 10, MAX])('is not believed when it is %i ahead', async (ahead) => {
    const { cluster, evil } = await besieged();
    const { term } = cluster.controller;
    evil.say({ term: Math.min(MAX, term + ahead) });
    await cluster.advance(5_000);
    expect(cluster.controller.term).toBe(term);
    const told = cluster.lines.filter(({ message }) => /higher term/.test(message));
    expect(told).toMatchObject([{ level: 'warn', fields: { agent: 'evil' } }]);
  });
});

describe('an agent that tells the truth about a higher term', () => {
  it('is followed although the disk is full when it speaks', async () => {
    const { cluster, evil: honest } = await besieged();
    cluster.controllerDisk.faults.full = true;
    honest.say({ controllerId: 'c1', term: 50, link: 0 });
    await cluster.advance(10_000);
    cluster.controllerDisk.faults.full = false;
    await cluster.until(() => cluster.controller.term > 50, 5_000);
    expect(cluster.controller.term).toBe(51);
  });

  it('is one of many: the node survives the word of each', async () => {
    const { cluster } = await besieged();
    for (let i = 1; i <= 15; i++) {
      const agent = new RawAgent(`r${i}`, cluster.transport, () => cluster.clock.elapsed());
      agent.say({ controllerId: 'c1', term: 100 * i });
      await cluster.advance(2_000);
    }
    expect(cluster.controller.term).toBe(1_501);
    await cluster.until(() => isWorking(cluster, 'a1'), 5_000);
  });
});

describe('an agent that lies about itself', () => {
  it('is not taken for another one', async () => {
    const { cluster } = await besieged();
    const { bootOf } = facts(cluster);
    const frame = sampleAgentFrame({ agent: 'a1', storeId: 's2', boot: 99, link: 0 });
    cluster.transport.publish('lifeline.from.evil', agentFrames.encode(frame));
    await cluster.advance(1_000);
    expect(bootOf('a1')).toEqual([1]);
    cluster.transport.publish('lifeline.from.a1', agentFrames.encode(frame));
    await cluster.advance(1_000);
    expect(bootOf('a1')).toEqual([1, 99]);
  });

  it('may claim the last of all boots, and harms itself alone', async () => {
    const { cluster, evil } = await besieged();
    evil.boot = MAX;
    evil.say();
    await cluster.advance(1_000);
    expect(facts(cluster).bootOf('evil')).toEqual([1, MAX]);
    await cluster.submit('x');
    await cluster.until(() => cluster.starts().length > 0, 70_000);
    expect(isWorking(cluster, 'a1')).toBe(true);
    expect(cluster.controller.term).toBe(1);
  });

  it.each([
    [500, 'connected'],
    [501, 'reconciling'],
  ])('may report in %i parts: it is then %s', async (parts, state) => {
    const { cluster, evil } = await besieged();
    cluster.transport.faults.add({ subject: 'lifeline.to.evil', cut: true });
    evil.boot++;
    evil.say();
    await cluster.advance(10);
    const [{ controllerId, term }] = evil.heard as [ControllerFrame];
    for (let part = 0; part < parts; part++) {
      const last = part === parts - 1;
      const answers: Answer[] = [{ n: 1, kind: 'report', part, last, tasks: [] }];
      evil.say({ controllerId, term, link: 1, answers });
    }
    await cluster.advance(10);
    expect(cluster.stateOf('evil')?.replace('reconciled', 'connected')).toBe(state);
  });

  it('may flood the controller with frames, and no other agent is taken for silent', async () => {
    const { cluster, evil } = await besieged();
    cluster.behave = () => endless;
    await cluster.submit('x');
    for (let second = 0; second < 30; second++) {
      for (let i = 0; i < 200; i++)
        evil.say({ answers: [{ n: i, kind: 'ok' }], seen: i, deaf: i % 2 === 0 });
      await cluster.advance(1_000);
    }
    expect(cluster.stateOf('a1')).toBe('connected');
    expect([cluster.controller.term, cluster.agents.get('a1')!.node!.boot]).toEqual([1, 1]);
  });
});

describe('an agent that speaks of work that is not its own', () => {
  /** `x` runs at a1; its fence in the mouth of the other agent. */
  async function withWork() {
    const world = await besieged();
    const { cluster } = world;
    cluster.behave = () => ({ ...endless, log: 'hello' });
    const birth = await cluster.submit('x', { handler: 'work' });
    await cluster.until(() => cluster.starts().includes('x#1'), 5_000);
    const at = cluster.row(birth).context.agent;
    return { ...world, birth, fence: { birth, attempt: 1 }, at };
  }

  /** Everything that the controller has written down of `x`. */
  const written = ({ controller: { store } }: Cluster, birth: number) => ({
    row: store.get(key.sub(birth)),
    log: [...store.range(under(`log/${String(birth).padStart(16, '0')}`))],
    logged: store.get(key.logged(birth, 1)),
  });

  it.each<readonly [string, (fence: Fence, boot: number, logged: number) => Partial<AgentFrame>]>([
    ['adds nothing to its log', (fence, _boot, offset) => ({ logs: [{ ...fence, offset, bytes: text('evil') }] })],
    ['adds nothing to the log of its next attempt', ({ birth }) => ({ logs: [{ birth, attempt: 2, offset: 0, bytes: text('evil') }] })],
    ['does not keep it from being asked', (fence) => ({ progress: [{ ...fence, progress: 'evil' }] })],
    ['does not end it', (fence, boot) => ending(fence, boot, { kind: 'done', result: 'evil' })],
    ['does not lose it', (fence, boot) => ending(fence, boot, { kind: 'lost', crashed: true })],
    ['writes nothing into its history', ({ birth }, boot) => ending({ birth, attempt: 0 }, boot, { kind: 'lost', crashed: true })],
  ])('%s', async (_what, forged) => {
    const { cluster, evil, birth, fence, at } = await withWork();
    expect(at).toBe('a1');
    await cluster.advance(1_000);
    const before = written(cluster, birth);
    expect(before.logged).toBeGreaterThan(4);
    evil.say(forged(fence, evil.boot, before.logged as number));
    await cluster.advance(1_000);
    expect(written(cluster, birth)).toEqual(before);
    expect(cluster.controller.toldOf(birth)).toBeUndefined();
    expect(cluster.moment('end', 'x#1')).toBeUndefined();
  }); // prettier-ignore

  it.each<HeldTask['state']>(['inProgress', 'done', 'ended', 'intentOnly'])(
    'neither ends nor moves it by reporting it as %s',
    async (state) => {
      const { cluster, evil, birth, fence } = await withWork();
      await cluster.advance(1_000);
      const before = written(cluster, birth);
      const place = state === 'inProgress' ? null : { boot: 0, n: 1 };
      evil.say({
        ...ending({ birth: 9_999, attempt: 1 }, evil.boot, { kind: 'lost', crashed: true }),
      });
      evil.boot++;
      evil.say();
      await cluster.advance(100);
      evil.report([{ ...fence, state, logLength: 5, place }]);
      await cluster.advance(1_000);
      expect(written(cluster, birth)).toEqual(before);
      expect(cluster.starts()).toEqual(['x#1']);
      expect(cluster.moment('end', 'x#1')).toBeUndefined();
    },
  );

  it('cannot end a term with a report that nobody asked for', async () => {
    const { cluster, evil } = await besieged();
    for (let i = 0; i < 10; i++) await cluster.submit(`w${i}`);
    await cluster.until(() => evil.requests.some(({ kind }) => kind === 'assign'), 5_000);
    for (const { n } of evil.requests)
      evil.say({ answers: [{ n, kind: 'report', part: 0, last: true, tasks: [] }] });
    await cluster.advance(5_000);
    expect(cluster.controller.term).toBe(1);
  });
});

const text = (bytes: string) => new TextEncoder().encode(bytes);

/** The first entry of an outbox, which says how an attempt ended. */
const ending = (fence: Fence, boot: number, how: Ending): Partial<AgentFrame> => ({
  outbox: [
    {
      place: { boot, n: 1 },
      after: null,
      ...fence,
      at: 1,
      startedAt: 1,
      ending: how,
      logLength: 0,
    },
  ],
});

/** The boots of an agent that the controller has written down. */
const facts = (cluster: Cluster) => ({
  bootOf: (agent: string) =>
    cluster
      .facts('agent.boot')
      .filter((fact) => fact.agent === agent)
      .map(({ boot }) => boot),
});
