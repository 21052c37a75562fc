/**
 * What an agent says and when: a beat after a period without a frame, progress in place of one, and how late
 * its loop was.
 */
import { describe, expect, it } from 'vitest';
import type { AgentFrame } from '../../transport/frame.ts';
import { Process } from '../../scenarios/world-process.ts';
import { Cluster, done, endless, policy } from './cluster.ts';
import { isBare } from './wire.ts';

const HOUR_MS = 3_600_000;
const slow = { periodMs: 120_000, delayMs: 2_000, timeoutMs: 7_200_000 };

/** What a1 says from now on, and when, in ms from now. */
function listen(cluster: Cluster) {
  const since = cluster.clock.elapsed();
  const said: (AgentFrame & { readonly saidAt: number })[] = [];
  cluster.transport.tapFrom('a1', (frame) => {
    said.push({ ...frame, saidAt: cluster.clock.elapsed() - since });
    return frame;
  });
  return said;
}

describe('an agent', () => {
  it.each(['nothing', 'a task that says nothing'])(
    'that runs %s is heard 60 times in two hours at a period of two minutes',
    async (what) => {
      const cluster = await Cluster.start(['a1'], slow);
      cluster.behave = () => endless;
      if (what !== 'nothing')
        await cluster.submit('x', { policy: { ...policy, timeoutMs: 24 * HOUR_MS } });
      await cluster.advance(200_000);
      const said = listen(cluster);
      await cluster.advance(2 * HOUR_MS);
      expect(said).toHaveLength(60);
      expect(cluster.facts('agent.suspect')).toEqual([]);
    },
  );

  it('says what runs long 10 s after its start, then every 10 s, and no beat besides', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ ...done, afterMs: 35_000 });
    await cluster.advance(3_000);
    const said = listen(cluster);
    await cluster.submit('x');
    await cluster.advance(34_000);
    const pulses = said.filter(({ progress }) => progress.length > 0);
    expect(pulses.map(({ saidAt }) => saidAt)).toEqual([10_000, 20_000, 30_000]);
    expect(said.filter(isBare)).toEqual([]);
  });
});

/** An agent whose disk takes 30 ms, with a task that ends and one that logs all the time. */
async function logging() {
  const cluster = new Cluster({}, 4, 30);
  const lines = { everyMs: 5, text: (n: number) => `line ${n}\n` };
  cluster.behave = (id) => (id === 'x' ? done : { ...endless, lines });
  const opening = [cluster.startController(), cluster.startAgent('a1')];
  await cluster.until(() => cluster.controller && cluster.stateOf('a1') === 'connected', 5_000);
  await Promise.all(opening);
  for (const id of ['y', 'x']) {
    const item = { id, handler: 'work', input: null, bytes: 1, policy };
    void cluster.controller.command({ kind: 'submit', item, by: 'test' });
  }
  return cluster;
}

describe('an agent that gets a shorter period', () => {
  it('speaks by it from then on, and is never silent', async () => {
    const cluster = await Cluster.start(['a1'], slow);
    await cluster.advance(1_000);
    cluster.crashController();
    await cluster.startController({});
    await cluster.advance(300_000);
    expect(cluster.facts('agent.suspect')).toEqual([]);
  });
});

describe('an ending', () => {
  it('is told once, whatever else is said while its record is under way', async () => {
    const cluster = await logging();
    const said = listen(cluster);
    await cluster.until(() => cluster.facts('done').length > 0, 5_000);
    await cluster.advance(1_000);
    expect(said.flatMap(({ outbox }) => outbox)).toHaveLength(1);
  });

  it('is told again at the next word when its frame was lost', async () => {
    const cluster = await logging();
    let told = 0;
    cluster.transport.tapFrom('a1', (frame) =>
      frame.outbox.length > 0 && ++told === 1 ? null : frame,
    );
    await cluster.until(() => cluster.facts('done').length > 0, 2_000);
    expect(told).toBe(2);
  });
});

describe('an agent whose loop was blocked', () => {
  it('is not deaf before it has read what came meanwhile, and is when nothing comes', async () => {
    const cluster = await Cluster.start([]);
    const process = new Process(cluster.clock);
    await cluster.startAgent('a1', 4, { clock: process.clock });
    await cluster.until(() => cluster.stateOf('a1') === 'connected', 5_000);
    await cluster.advance(1_000);
    const said = listen(cluster);
    cluster.cut('a1', 'to');
    process.stop();
    await cluster.advance(30_000);
    process.goOn();
    await cluster.advance(12_000);
    expect(said.length).toBeGreaterThan(0);
    expect(said.filter(({ deaf }) => deaf)).toEqual([]);
    await cluster.advance(1_000);
    expect(said.at(-1)?.deaf).toBe(true);
  });
});
