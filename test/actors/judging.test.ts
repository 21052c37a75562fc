/**
 * The controller judges nobody, and repeats nothing, while its own link or its own loop was down: what
 * was said to it meanwhile is read first (B3, C11).
 */
import { describe, expect, it } from 'vitest';
import type { AgentFrame } from '../../transport/frame.ts';
import { Process } from '../../scenarios/world-process.ts';
import { endless, type Cluster } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';
import { RawAgent } from './raw-agent.ts';

const start = checkedClusters();

/** A cluster whose controller can be blocked. */
async function startStoppable(): Promise<{ cluster: Cluster; process: Process }> {
  const cluster = await start([]);
  cluster.crashController();
  const process = new Process(cluster.clock);
  const transport = process.socket(cluster.transport);
  await cluster.startController({}, { clock: process.clock, transport });
  await cluster.startAgent('a1');
  await cluster.until(() => cluster.stateOf('a1') === 'connected', 5_000);
  return { cluster, process };
}

/** An agent that says only what it is told to; it has just joined its link. */
async function joined(cluster: Cluster): Promise<RawAgent> {
  const raw = new RawAgent('a0', cluster.transport, () => cluster.clock.now());
  raw.say();
  await cluster.until(() => raw.requests.length === 1, 1_000);
  raw.report();
  await cluster.clock.settle();
  expect(cluster.stateOf('a0')).toBe('connected');
  return raw;
}

/** Keeps what an agent says from the controller; returns what lets its last frame through, and what follows. */
function delay(cluster: Cluster, agent: string): () => void {
  let last: AgentFrame | undefined;
  const untap = cluster.transport.tapFrom(agent, (frame) => {
    last = frame;
    return null;
  });
  return () => {
    untap();
    cluster.transport.sendFrom(last!);
  };
}

describe('a controller whose loop was blocked', () => {
  it.each([2_500, 5_000, 13_000, 30_000, 45_000])(
    'for %i ms suspects nobody whose word lies unread, and repeats nothing that is answered',
    async (blockMs) => {
      const { cluster, process } = await startStoppable();
      cluster.behave = () => endless;
      await cluster.advance(9_000);
      const say = delay(cluster, 'a1');
      await cluster.advance(2_500);
      await cluster.submit('x');
      // The answer to it, and the beat at 10 s, arrive while the controller is blocked over the moment of suspicion.
      process.stop();
      say();
      await cluster.advance(blockMs);
      process.goOn();
      await cluster.advance(20_000);
      expect(cluster.facts('agent.suspect')).toEqual([]);
      expect(cluster.facts('agent.repeat')).toEqual([]);
      expect(cluster.stateOf('a1')).toBe('connected');
      expect(cluster.starts()).toEqual(['x#1']);
      expect(cluster.agents.get('a1')!.node!.boot).toBe(1);
    },
  );

  it('over the moment of loss does not lose whoever has spoken meanwhile', async () => {
    const { cluster, process } = await startStoppable();
    const raw = await joined(cluster);
    await cluster.advance(59_000);
    expect(cluster.stateOf('a0')).toBe('suspect');
    process.stop();
    await cluster.advance(500);
    raw.say();
    await cluster.advance(2_000);
    process.goOn();
    await cluster.advance(1_000);
    expect(cluster.stateOf('a0')).toBe('reconciling');
  });
});

describe('a controller without its transport', () => {
  it('in the last seconds before a loss loses nobody, and counts silence from when it is back', async () => {
    const cluster = await start([]);
    const raw = await joined(cluster);
    await cluster.advance(58_000);
    cluster.transport.faults.disconnect();
    await cluster.advance(2_500);
    expect(cluster.stateOf('a0')).toBe('suspect');
    cluster.transport.faults.reconnect();
    await cluster.advance(59_999);
    expect(cluster.stateOf('a0')).toBe('suspect');
    raw.say();
    await cluster.clock.settle();
    expect(cluster.stateOf('a0')).toBe('reconciling');
  });

  it('repeats nothing that would not leave, and all that is open once when it is back', async () => {
    const cluster = await start(['a1']);
    cluster.behave = () => endless;
    cluster.transport.faults.disconnect();
    await cluster.submit('x');
    await cluster.advance(30_000);
    expect(cluster.facts('agent.repeat')).toEqual([]);
    cluster.transport.faults.reconnect();
    await cluster.advance(2_000);
    const repeats = cluster.facts('agent.repeat').map(({ detail }) => detail);
    expect(repeats).toEqual([{ n: 2, request: 'assign', sends: 2 }]);
    expect(cluster.moment('start', 'x#1')).toBe(30_000);
  });
});
