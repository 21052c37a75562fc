/**
 * An agent that leaves in order says so with its last frame (`bye`): it is no loss, and what it had to give up
 * is given out again at once.
 */
import { describe, expect, it } from 'vitest';
import type { AgentRow } from '../../actors/records.ts';
import { key } from '../../actors/records.ts';
import type { AgentFrame, OutboxEntry } from '../../transport/frame.ts';
import { done, policy, type Cluster } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';
import { RawAgent } from './raw-agent.ts';

const start = checkedClusters();

const park = { ...policy, onUnknown: 'park' as const, maxLosses: 0 };

/** The agent under test, joined, with one piece of work that it alone can do; a1 comes when that is out. */
async function given(change: object = {}) {
  const cluster = await start([]);
  cluster.behave = () => done;
  const raw = new RawAgent('a0', cluster.transport, () => cluster.clock.now());
  await join(cluster, raw);
  const birth = await cluster.submit('x', change);
  await cluster.clock.settle();
  expect(cluster.row(birth).context).toMatchObject({ agent: 'a0', attempt: 1 });
  await cluster.startAgent('a1');
  await cluster.until(() => cluster.stateOf('a1') === 'connected', 1_000);
  return { cluster, raw, birth };
}

async function join(cluster: Cluster, raw: RawAgent): Promise<void> {
  raw.say();
  await cluster.until(() => raw.heard.at(-1)?.boot === raw.boot, 1_000);
  raw.report();
  await cluster.clock.settle();
}

function killed(birth: number, n = 1): OutboxEntry {
  return {
    place: { boot: 1, n },
    after: n === 1 ? null : { boot: 1, n: n - 1 },
    birth,
    attempt: 1,
    at: 1,
    startedAt: 1,
    ending: { kind: 'killed', reason: 'the agent was closed' },
    logLength: 0,
  };
}

const bye = (outbox: OutboxEntry[] = []): Partial<AgentFrame> => ({ outbox, bye: true });

const rowOf = (cluster: Cluster) =>
  cluster.controller.store.get(key.agent('a0')) as unknown as AgentRow;

const notices = (raw: RawAgent) => raw.heard.flatMap(({ notice }) => (notice ? [notice.kind] : []));

describe('an agent that says goodbye', () => {
  it('has left, is no loss, and its work begins elsewhere at once', async () => {
    const { cluster, raw, birth } = await given();
    const at = cluster.clock.elapsed();
    raw.say(bye([killed(birth)]));
    await cluster.clock.settle();
    expect(cluster.moment('start', 'x#2')).toBe(at);
    expect(rowOf(cluster)).toMatchObject({ state: 'left', heldUntil: null });
    expect(cluster.stateOf('a0')).toBe('left');
    expect(cluster.facts('agent.left')).toMatchObject([{ agent: 'a0', state: 'left' }]);
    expect(raw.heard.at(-1)).toMatchObject({ recorded: { boot: 1, n: 1 } });
    const sent = raw.heard.length;
    await cluster.advance(200_000);
    expect(raw.heard).toHaveLength(sent);
    expect(cluster.facts('agent.lost')).toEqual([]);
    expect(cluster.facts('agent.repeat')).toEqual([]);
    expect(cluster.lines.filter(({ level }) => level !== 'info')).toEqual([]);
    expect(cluster.row(birth)).toMatchObject({ state: 'done', context: { attempt: 2, deaths: 0 } });
  });

  it('spends no try of what it was given and never began', async () => {
    const { cluster, raw, birth } = await given({ policy: park });
    raw.say(bye());
    await cluster.until(() => cluster.row(birth).state === 'done', 5_000);
    expect(cluster.row(birth).context).toMatchObject({ attempt: 2, losses: 0, agent: 'a1' });
    expect(cluster.facts('verdict')).toMatchObject([{ cause: 'neverStarted', agent: 'a0' }]);
  });

  it('has not left until all that it says before is recorded', async () => {
    const { cluster, raw, birth } = await given();
    raw.say(bye([killed(birth, 2)]));
    await cluster.clock.settle();
    expect(cluster.stateOf('a0')).toBe('connected');
    expect(raw.heard.at(-1)).toMatchObject({ missing: true, recorded: null });
    raw.say(bye([killed(999), killed(birth, 2)]));
    await cluster.until(() => cluster.row(birth).state === 'done', 5_000);
    expect(cluster.stateOf('a0')).toBe('left');
    expect(raw.heard.at(-1)).toMatchObject({ recorded: { boot: 1, n: 2 } });
  });

  it('is not taken at its word on a link that is not the present one', async () => {
    const { cluster, raw, birth } = await given();
    raw.say({ ...bye([killed(birth)]), link: 0 });
    await cluster.advance(10_000);
    expect(cluster.facts('agent.left')).toEqual([]);
    await cluster.until(() => cluster.stateOf('a0') === 'lost', 70_000);
    expect(cluster.facts('agent.lost')).toHaveLength(1);
  });

  it('is told "gone" should it speak again, and is new with its next boot', async () => {
    const { cluster, raw } = await given();
    raw.say(bye());
    await cluster.advance(1_000);
    raw.say();
    await cluster.clock.settle();
    expect(notices(raw)).toEqual(['gone']);
    raw.boot = 2;
    await join(cluster, raw);
    expect(cluster.stateOf('a0')).toBe('connected');
    expect(rowOf(cluster).state).toBe('present');
  });

  it('has left for the next term too, and for another store of its name', async () => {
    const { cluster, raw } = await given();
    raw.say(bye());
    await cluster.advance(1_000);
    cluster.crashController();
    await cluster.startController();
    await cluster.advance(100_000);
    expect(cluster.stateOf('a0')).toBe('left');
    expect(cluster.facts('agent.lost')).toEqual([]);
    raw.say({ storeId: 'other', boot: 1, link: 0 });
    await cluster.clock.settle();
    expect(notices(raw)).toEqual(['gone']);
    expect(rowOf(cluster)).toMatchObject({ storeId: 'other', state: 'lost' });
  });
});
