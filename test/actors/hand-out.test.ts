/** Who is given what: turns of the jobs, choice of the agent, slots, limits, and frames that are not too large. */
import { describe, expect, it } from 'vitest';
import type { ControllerSettings } from '../../actors/controller-config.ts';
import { itemOf, run } from './asking.ts';
import { Cluster } from './cluster.ts';
import { RawAgent } from './raw-agent.ts';

const takes = (ms: number) => ({ afterMs: ms, exit: { kind: 'done', result: 'ok' } }) as const;

/** Ids `<prefix>1 … <prefix>n` as items. */
const items = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => itemOf({ id: `${prefix}${n + 1}` }));

/** The most that ran at once, on one agent or on all, by the ledger. */
function mostAtOnce(cluster: Cluster, agent?: string): number {
  let now = 0;
  let most = 0;
  for (const line of cluster.ledger) {
    if (agent !== undefined && line.agent !== agent) continue;
    now += line.what === 'start' ? 1 : -1;
    most = Math.max(most, now);
  }
  return most;
}

async function begin(agents: readonly string[], settings: ControllerSettings, slots: number) {
  const cluster = await Cluster.start(agents, settings, slots);
  cluster.behave = () => takes(1_000);
  return cluster;
}

describe('the hand-out', () => {
  it('lets the jobs take turns, and within a job the oldest comes first', async () => {
    const cluster = await begin(['a1'], {}, 1);
    cluster.behave = () => takes(10);
    const heal = cluster.cut('a1');
    await cluster.advance(15_000);
    await run(cluster, 'a', items('a', 3));
    await run(cluster, 'b', items('b', 2));
    await run(cluster, 'a0', items('z', 2));
    heal();
    await cluster.until(() => cluster.starts().length === 7, 60_000);
    expect(cluster.starts()).toEqual(['a1#1', 'z1#1', 'b1#1', 'a2#1', 'z2#1', 'b2#1', 'a3#1']);
  });

  it.each([
    { select: 'next', first: ['a1', 'a2', 'a1', 'a2'] },
    { select: 'first', first: ['a1', 'a1', 'a2', 'a2'] },
  ] as const)('chooses the $select agent', async ({ select, first }) => {
    const cluster = await begin(['a1', 'a2'], { select }, 2);
    await run(cluster, 'j', items('x', 4));
    await cluster.advance(100);
    const byId = new Map(cluster.ledger.map(({ id, agent }) => [id, agent]));
    expect(['x1', 'x2', 'x3', 'x4'].map((id) => byId.get(id))).toEqual(first);
  });

  it('gives an agent nothing while its loop is blocked for more than a period', async () => {
    const cluster = await begin([], {}, 1);
    const raw = new RawAgent('a0', cluster.transport, () => cluster.clock.now());
    raw.say();
    await cluster.until(() => raw.requests.length === 1, 1_000);
    raw.report();
    const beat = { slots: 4, running: 0, waiting: 0, leaving: false };
    raw.say({ beat: { ...beat, lagMs: 10_001 } });
    await cluster.submit('x');
    await cluster.advance(5_000);
    expect(raw.requests.map(({ kind }) => kind)).toEqual(['report']);
    expect(cluster.stateOf('a0')).toBe('connected');
    raw.say({ beat: { ...beat, lagMs: 10_000 } });
    await cluster.clock.settle();
    expect(raw.requests.map(({ kind }) => kind)).toEqual(['report', 'assign']);
  });

  it('gives no agent more than it has slots, and none more than the class admits', async () => {
    const cluster = await begin(['a1', 'a2'], { maxProcesses: 3 }, 2);
    await run(cluster, 'j', items('x', 12));
    await cluster.until(() => cluster.starts().length === 12, 60_000);
    await cluster.advance(2_000);
    expect([mostAtOnce(cluster, 'a1'), mostAtOnce(cluster, 'a2')]).toEqual([2, 2]);
    expect(mostAtOnce(cluster)).toBe(3);
  });

  it('leaves in the queue what no slot is free for', async () => {
    const cluster = await begin(['a1', 'a2'], {}, 2);
    await run(cluster, 'j', items('x', 12));
    await cluster.advance(900);
    expect(cluster.facts('assign')).toHaveLength(4);
    await cluster.advance(200);
    expect(cluster.facts('assign')).toHaveLength(8);
  });

  it('counts what is out on a suspect agent against the limit of the class', async () => {
    const cluster = await begin(['a1', 'a2'], { maxProcesses: 3, select: 'first' }, 3);
    cluster.behave = () => takes(30_000);
    await run(cluster, 'j', items('x', 3));
    await cluster.advance(100);
    const heal = cluster.cut('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'suspect', 20_000);
    await run(cluster, 'k', items('y', 3));
    await cluster.advance(1_000);
    expect(cluster.starts()).toEqual(['x1#1', 'x2#1', 'x3#1']);
    heal();
    await cluster.until(() => cluster.starts().length === 6, 60_000);
    expect(mostAtOnce(cluster)).toBe(3);
  });

  it('lets jobs take turns whose names begin alike, with one slot for all', async () => {
    const cluster = await begin(['a1'], {}, 1);
    await run(cluster, 'j', items('x', 3));
    await run(cluster, 'j-1', items('y', 3));
    await cluster.until(() => cluster.starts().length === 6, 60_000);
    expect(cluster.starts()).toEqual(['x1#1', 'y1#1', 'x2#1', 'y2#1', 'x3#1', 'y3#1']);
  });

  it('gives nothing to an agent that is suspect or leaves', async () => {
    const cluster = await begin(['a1', 'a2', 'a3'], {}, 4);
    const heal = cluster.cut('a1');
    cluster.agents.get('a2')!.node!.leave();
    await cluster.advance(13_000);
    await run(cluster, 'j', items('x', 6));
    await cluster.advance(5_000);
    expect(new Set(cluster.ledger.map(({ agent }) => agent))).toEqual(new Set(['a3']));
    heal();
  });

  it('fills a frame by bytes, and sends what does not fit in the next', async () => {
    const cluster = await begin(['a1'], {}, 20);
    const input = 'x'.repeat(250_000);
    const large = items('x', 8).map((item) => ({ ...item, input, bytes: 250_005 }));
    const sizes: number[] = [];
    cluster.transport.subscribe('lifeline.to.a1', (bytes) => void sizes.push(bytes.length));
    await run(cluster, 'j', large);
    await cluster.until(() => cluster.starts().length === 8, 1_000);
    expect(Math.max(...sizes)).toBeLessThan(700_000);
    expect(sizes.filter((size) => size > 250_000)).toHaveLength(4);
  });
});

describe('the handlers of an agent', () => {
  /** Agents that announce these handlers. */
  async function able(
    agents: Readonly<Record<string, readonly string[]>>,
    slots: number,
  ): Promise<Cluster> {
    const cluster = new Cluster({}, slots);
    cluster.behave = () => takes(1_000);
    await cluster.startController();
    for (const [agent, handlers] of Object.entries(agents)) await join(cluster, agent, handlers);
    return cluster;
  }

  async function join(cluster: Cluster, agent: string, handlers: readonly string[]) {
    cluster.transport.tapFrom(agent, (frame) =>
      frame.hello ? { ...frame, hello: { ...frame.hello, handlers: [...handlers] } } : frame,
    );
    await cluster.startAgent(agent);
    await cluster.until(() => cluster.stateOf(agent) === 'connected', 5_000);
  }

  /** Where each piece of work was started. */
  const places = (cluster: Cluster) =>
    cluster.ledger
      .filter(({ what }) => what === 'start')
      .map(({ id, agent }) => `${id} at ${agent}`)
      .sort();

  it('decide what it is given', async () => {
    const cluster = await able({ a1: ['a'], a2: ['b'] }, 4);
    for (const n of [1, 2, 3, 4]) await cluster.submit(`x${n}`, { handler: 'b' });
    await cluster.submit('y', { handler: 'a' });
    await cluster.advance(500);
    expect(places(cluster)).toEqual([...[1, 2, 3, 4].map((n) => `x${n} at a2`), 'y at a1']);
  });

  it('are all there are, when it announces none', async () => {
    const cluster = await able({ a1: ['a'], a2: [] }, 4);
    await cluster.submit('x', { handler: 'b' });
    await cluster.submit('y', { handler: 'c' });
    await cluster.advance(500);
    expect(places(cluster)).toEqual(['x at a2', 'y at a2']);
  });

  it('are waited for by work that no agent can do, and what is behind it goes on', async () => {
    const cluster = await able({ a1: ['a'] }, 1);
    const blocked = await cluster.submit('x', { handler: 'b' });
    const mixed = (n: number) => itemOf({ id: `m${n}`, handler: n > 1_200 ? 'a' : 'b' });
    await run(
      cluster,
      'j',
      Array.from({ length: 1_202 }, (_, n) => mixed(n + 1)),
    );
    await cluster.submit('y', { handler: 'a' });
    await cluster.until(() => cluster.starts().length === 3, 10_000);
    await cluster.advance(2_000);
    expect(places(cluster)).toEqual(['m1201 at a1', 'm1202 at a1', 'y at a1']);
    expect(cluster.row(blocked)).toMatchObject({ state: 'queued', context: { attempt: 0 } });
    await join(cluster, 'a2', ['b']);
    await cluster.until(() => cluster.row(blocked).state === 'done', 5_000);
    expect(places(cluster)).toContain('x at a2');
  });

  it('leave slots to other work when the agents of one handler are full', async () => {
    const cluster = await able({ a1: ['a'], a2: ['b'] }, 2);
    const names = ['b', 'b', 'b', 'a', 'b', 'a', 'a'];
    await run(cluster, 'j', names.map((handler, n) => itemOf({ id: `x${n + 1}`, handler }))); // prettier-ignore
    await cluster.advance(500);
    expect(places(cluster)).toEqual(['x1 at a2', 'x2 at a2', 'x4 at a1', 'x6 at a1']);
    await cluster.advance(1_000);
    expect(places(cluster).slice(2)).toEqual(['x3 at a2', 'x4 at a1', 'x5 at a2', 'x6 at a1', 'x7 at a1']); // prettier-ignore
  });

  it.each([
    { select: 'next', expected: ['a1', 'a3', 'a1', 'a3'] },
    { select: 'first', expected: ['a1', 'a1', 'a1', 'a1'] },
  ] as const)('narrow the choice of $select', async ({ select, expected }) => {
    const cluster = new Cluster({ select }, 4);
    cluster.behave = () => takes(1_000);
    await cluster.startController();
    await join(cluster, 'a1', ['a', 'b']);
    await join(cluster, 'a2', ['b']);
    await join(cluster, 'a3', ['a']);
    await run(cluster, 'j', [1, 2, 3, 4].map((n) => itemOf({ id: `x${n}`, handler: 'a' }))); // prettier-ignore
    await cluster.advance(500);
    expect(places(cluster)).toEqual(expected.map((agent, n) => `x${n + 1} at ${agent}`));
  });
});
