/** What is said of whether an agent lives: by its own word, by its silence, and by neither. */
import { describe, expect, it } from 'vitest';
import { listAgents, showAgent } from '../../actors/agent-queries.ts';
import { Cluster, endless } from './cluster.ts';
import { RawAgent } from './raw-agent.ts';

const of = (cluster: Cluster, id: string) =>
  listAgents(cluster.controller.store, cluster.controller).find((agent) => agent.id === id)!;

const beat = { slots: 4, running: 1, waiting: 0, lagMs: 0, leaving: false };

/** An agent that says of itself what a test wants. */
async function withRaw() {
  const cluster = await Cluster.start([]);
  const raw = new RawAgent('raw', cluster.transport, () => cluster.clock.now());
  raw.say();
  await cluster.until(() => raw.heard.length > 0, 1_000);
  raw.report();
  await cluster.until(() => cluster.stateOf('raw') === 'connected', 1_000);
  const say = async (change: Parameters<RawAgent['say']>[0]) => {
    raw.say(change);
    await cluster.clock.settle();
  };
  return { cluster, say };
}

describe('an agent', () => {
  it('is alive while it speaks, cut off when it does not, and gone after a timeout', async () => {
    const cluster = await Cluster.start(['a1']);
    const said = () => of(cluster, 'a1').liveness;
    expect(said()).toBe('alive');
    cluster.cut('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'suspect', 13_000);
    expect(said()).toBe('cutOff');
    await cluster.until(() => cluster.stateOf('a1') === 'lost', 60_000);
    expect(said()).toBe('gone');
  });

  it('is rebooted for one timeout after another boot of it has begun', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.crashAgent('a1');
    await cluster.advance(5_000);
    await cluster.startAgent('a1');
    await cluster.until(() => of(cluster, 'a1').boot === 2, 5_000);
    const { liveness, bootAt } = of(cluster, 'a1');
    expect(liveness).toBe('rebooted');
    expect(Date.parse(bootAt)).toBe(cluster.clock.now());
    await cluster.advance(59_000);
    expect(of(cluster, 'a1').liveness).toBe('rebooted');
    await cluster.advance(2_000);
    expect(of(cluster, 'a1').liveness).toBe('alive');
  });

  it('is blocked, not suspect, as long as it says that its loop does not turn', async () => {
    const { cluster, say } = await withRaw();
    await say({ beat: { ...beat, lagMs: 10_000 } });
    expect(of(cluster, 'raw').liveness).toBe('alive');
    for (const lagMs of [12_000, 22_000, 32_000]) {
      await say({ beat: { ...beat, lagMs } });
      expect(of(cluster, 'raw')).toMatchObject({
        connection: 'connected',
        liveness: 'blocked',
        lagMs,
      });
      await cluster.advance(10_000);
    }
    await say({ beat });
    expect(of(cluster, 'raw').liveness).toBe('alive');
    expect(cluster.facts('agent.suspect')).toEqual([]);
    expect(cluster.facts('agent.blocked').map(({ detail }) => detail)).toEqual([{ lagMs: 12_000 }]);
    expect(cluster.facts('agent.unblocked').map(({ detail }) => detail)).toEqual([
      { blockedMs: 42_000 },
    ]);
  });

  it('is cut off, and says that it is deaf, when it hears nothing of the controller', async () => {
    const { cluster, say } = await withRaw();
    await cluster.advance(13_000);
    await say({ deaf: true });
    expect(of(cluster, 'raw')).toMatchObject({ liveness: 'cutOff', deaf: true });
  });

  it('is not known to live by a controller that has not heard it yet, nor without one', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.cut('a1');
    cluster.crashController();
    await cluster.startController();
    await cluster.advance(1_000);
    expect(of(cluster, 'a1')).toMatchObject({
      connection: 'reconciling',
      liveness: null,
      heardAt: null,
    });
    expect(showAgent(cluster.controller.store, 'a1')).toMatchObject({
      connection: null,
      liveness: null,
      lagMs: null,
    });
  });
});

describe('what runs at an agent', () => {
  it('is shown as the agent last told it', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    const birth = await cluster.submit('x');
    const shown = () => showAgent(cluster.controller.store, 'a1', cluster.controller);
    await cluster.advance(1_000);
    expect(shown().running).toMatchObject([{ id: 'x', toldAt: null, progress: null }]);
    cluster.transport.tapFrom('a1', (frame) =>
      frame.progress.length === 0
        ? frame
        : { ...frame, progress: [{ birth, attempt: 1, progress: 'half' }] },
    );
    await cluster.until(() => shown().running[0]!.toldAt !== null, 30_000);
    const { toldAt } = shown().running[0]!;
    cluster.cut('a1');
    await cluster.advance(20_000);
    expect(shown()).toMatchObject({
      liveness: 'cutOff',
      inFlight: 1,
      running: [{ id: 'x', attempt: 1, state: 'inProgress', toldAt, progress: 'half' }],
    });
  });
});
