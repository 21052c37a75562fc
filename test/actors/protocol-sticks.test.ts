/**
 * What would stick, leak or starve, from reference/protocol.md §1 B. B1 and B5 are R14 and R5 in the
 * rules-*.test.ts, but for the reconnect here; B6 is in boundaries.test.ts; B11 is a text of the CLI.
 */
import { describe, expect, it } from 'vitest';
import { under } from '../../actors/records.ts';
import type { AgentFrame, ControllerFrame } from '../../transport/frame.ts';
import { done, endless, policy, type Cluster } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';
import { isBare } from './wire.ts';

const start = checkedClusters();

/** When a fact about an agent was written, in ms since the beginning. */
function factAt(cluster: Cluster, kind: string, agent: string): number | undefined {
  const fact = cluster.facts(kind).find((each) => each.agent === agent);
  return fact && fact.at - (cluster.clock.now() - cluster.clock.elapsed());
}

const boot = (cluster: Cluster, agent: string) => cluster.agents.get(agent)!.node!.boot;

describe('a connection', () => {
  it('B1: repeats what is open at once when the transport is back', async () => {
    const cluster = await start(['a1']);
    cluster.transport.faults.disconnect();
    await cluster.submit('x');
    await cluster.advance(3_000);
    expect(cluster.starts()).toEqual([]);
    cluster.transport.faults.reconnect();
    await cluster.advance(1);
    expect(cluster.moment('start', 'x#1')).toBe(3_000);
  });

  it('B2: keeps the lease of an agent that is too busy ever to send a bare beat', async () => {
    const cluster = await start(['a1']);
    let bare = 0;
    cluster.transport.tapFrom('a1', (frame) => {
      if (isBare(frame)) bare++;
      return frame;
    });
    for (let i = 0; i < 40; i++) {
      await cluster.submit(`x${i}`);
      await cluster.advance(5_000);
    }
    expect(bare).toBe(0);
    expect(cluster.facts('done')).toHaveLength(40);
    expect(cluster.facts('agent.suspect')).toEqual([]);
    expect(boot(cluster, 'a1')).toBe(1);
  });

  it('B3: is judged only while the controller itself hears: the healthy live, the dead are lost', async () => {
    const cluster = await start(['a1', 'a2']);
    cluster.behave = (id) => (id === 'x' ? { ...done, afterMs: 200_000 } : endless);
    await cluster.submit('x');
    await cluster.advance(65_000);
    const heal = cluster.transport.faults.add({ subject: 'lifeline.>', cut: true });
    cluster.crashAgent('a2');
    await cluster.advance(50_000);
    expect(cluster.facts('agent.lost')).toEqual([]);
    heal();
    await cluster.until(() => cluster.stateOf('a2') === 'lost', 100_000);
    expect(factAt(cluster, 'agent.lost', 'a2')).toBeGreaterThanOrEqual(115_000 + 60_000);
    expect(factAt(cluster, 'agent.lost', 'a2')).toBeLessThanOrEqual(115_000 + 62_000);
    expect(factAt(cluster, 'agent.lost', 'a1')).toBeUndefined();
    expect(cluster.starts()).toEqual(['x#1']);
  });

  const directions = ['both', 'to', 'from'] as const;
  const phasesMs = [0, 1_300, 2_500, 5_000, 7_500, 9_999];
  it.each(directions.flatMap((way) => phasesMs.map((phaseMs) => [way, phaseMs] as const)))(
    'B4: survives an outage of 48 s (%s) that begins %i ms after a beat',
    async (way, phaseMs) => {
      const cluster = await start(['a1']);
      cluster.behave = () => ({ ...done, afterMs: 100_000 });
      const birth = await cluster.submit('x');
      await cluster.advance(20_000 + phaseMs);
      const heal = cluster.cut('a1', way);
      await cluster.advance(48_000);
      heal();
      await cluster.until(() => cluster.row(birth).state === 'done', 50_000);
      expect(cluster.starts()).toEqual(['x#1']);
      expect(boot(cluster, 'a1')).toBe(1);
    },
  );

  it('B7: whose link cannot be mended opens another, and nothing is done twice or lost', async () => {
    const cluster = await start(['a1']);
    cluster.transport.tapFrom('a1', (frame) =>
      frame.link > 1
        ? frame
        : {
            ...frame,
            answers: frame.answers.map((answer) =>
              answer.n === 1 ? answer : { n: answer.n, kind: 'conflict' as const },
            ),
          },
    );
    cluster.behave = () => ({ ...done, afterMs: 5_000 });
    const birth = await cluster.submit('x');
    await cluster.until(() => cluster.row(birth).state === 'done', 20_000);
    expect(cluster.facts('verdict').map(({ cause }) => cause)).toEqual(['continue']);
    expect(cluster.starts()).toEqual(['x#1']);
  });

  it('B8: that never gets its report is lost after a timeout, and the guard counts from its last word', async () => {
    const cluster = await start(['a1', 'a2']);
    cluster.behave = (_id, attempt) => (attempt === 1 ? endless : done);
    await cluster.submit('x');
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    await cluster.until(() => cluster.stateOf('a1') === 'suspect', 20_000);
    const untap = cluster.transport.tapFrom('a1', (frame) => ({ ...frame, answers: [] }));
    heal();
    await cluster.until(() => cluster.stateOf('a1') === 'reconciling', 20_000);
    const since = cluster.clock.elapsed();
    await cluster.until(() => cluster.stateOf('a1') === 'lost', 61_000);
    expect(cluster.clock.elapsed()).toBe(since + 60_000);
    untap();
    cluster.cut('a1');
    await cluster.until(() => cluster.moment('start', 'x#2') !== undefined, 70_000);
    expect(cluster.moment('start', 'x#2')).toBeGreaterThan(since + 60_000 + 50_000);
  });

  it('B8: that is cut in one direction only ends with the lease of the agent', async () => {
    const cluster = await start(['a1', 'a2']);
    cluster.behave = (_id, attempt) => (attempt === 1 ? endless : done);
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    cluster.cut('a1', 'to');
    await cluster.until(() => cluster.stateOf('a1') === 'suspect', 30_000);
    await cluster.until(() => boot(cluster, 'a1') === 2, 70_000);
    await cluster.until(() => cluster.stateOf('a1') === 'lost', 70_000);
    await cluster.until(() => cluster.row(birth).state === 'done', 200_000);
    expect(cluster.starts()).toEqual(['x#1', 'x#2']);
  });
});

describe('a restored store', () => {
  it('B9: of an agent is told the boot that is known, and takes a higher one', async () => {
    const cluster = await start(['a1']);
    const slot = cluster.agents.get('a1')!;
    const backup = slot.disk.copy();
    for (let restarts = 0; restarts < 3; restarts++) {
      cluster.crashAgent('a1');
      await cluster.startAgent('a1');
      await cluster.advance(1_000);
    }
    cluster.crashAgent('a1');
    slot.disk = backup;
    await cluster.startAgent('a1');
    expect(boot(cluster, 'a1')).toBe(2);
    await cluster.until(() => boot(cluster, 'a1') === 5, 5_000);
    const birth = await cluster.submit('x');
    await cluster.until(() => cluster.row(birth).state === 'done', 20_000);
    expect(cluster.lines.map(({ message }) => message).join()).toContain('went back in time');
  });

  it('B9: of an agent that has forgotten its last boot number is given up, and comes back', async () => {
    const cluster = await start(['a1']);
    cluster.crashAgent('a1');
    await cluster.startAgent('a1');
    await cluster.advance(1_000);
    cluster.crashAgent('a1', { loseSynced: 2 });
    await cluster.startAgent('a1');
    // Two lives under one number: the second knows nothing of the link of the first.
    expect(boot(cluster, 'a1')).toBe(2);
    const birth = await cluster.submit('x');
    await cluster.until(() => cluster.row(birth).state === 'done', 200_000);
    expect(boot(cluster, 'a1')).toBe(3);
  });

  it('B9: of an agent that was suspect starts nothing twice under its last boot number', async () => {
    const cluster = await start(['a1']);
    const slot = cluster.agents.get('a1')!;
    cluster.behave = () => ({ ...done, afterMs: 30_000 });
    const backup = slot.disk.copy();
    cluster.crashAgent('a1');
    await cluster.startAgent('a1');
    await cluster.advance(1_000);
    const birth = await cluster.submit('x');
    await cluster.advance(500);
    const heal = cluster.cut('a1', 'to');
    await cluster.until(() => cluster.stateOf('a1') === 'suspect', 30_000);
    cluster.crashAgent('a1');
    slot.disk = backup;
    await cluster.startAgent('a1');
    expect(boot(cluster, 'a1')).toBe(2);
    await cluster.advance(2_000);
    heal();
    await cluster.until(() => cluster.row(birth).state === 'done', 200_000);
    expect(boot(cluster, 'a1')).toBe(3);
    expect(new Set(cluster.starts()).size).toBe(cluster.starts().length);
  });

  it('B9: of an agent starts nothing twice under its last boot number, though the controller was restarted', async () => {
    const cluster = await start(['a1']);
    const slot = cluster.agents.get('a1')!;
    cluster.behave = () => ({ ...done, afterMs: 30_000 });
    const backup = slot.disk.copy();
    cluster.crashAgent('a1');
    await cluster.startAgent('a1');
    await cluster.advance(1_000);
    const birth = await cluster.submit('x');
    await cluster.advance(500);
    cluster.crashAgent('a1');
    cluster.crashController();
    await cluster.startController();
    slot.disk = backup;
    await cluster.startAgent('a1');
    expect(boot(cluster, 'a1')).toBe(2);
    await cluster.until(() => cluster.row(birth).state === 'done', 200_000);
    expect(boot(cluster, 'a1')).toBe(3);
    expect(new Set(cluster.starts()).size).toBe(cluster.starts().length);
  });

  it('B9: of an agent takes no request that was on its way to the boot of the same number', async () => {
    const cluster = await start(['a1']);
    const slot = cluster.agents.get('a1')!;
    const backup = slot.disk.copy();
    cluster.crashAgent('a1');
    const late: ControllerFrame[] = [];
    cluster.transport.tapTo('a1', (frame) => {
      if (frame.boot === 2 && late.length < 2 && frame.requests.length > 0) late.push(frame);
      return frame;
    });
    await cluster.startAgent('a1');
    await cluster.advance(1_000);
    await cluster.submit('x');
    await cluster.advance(500);
    expect(late.flatMap(({ requests }) => requests.map(({ kind }) => kind))).toEqual([
      'report',
      'assign',
    ]);
    cluster.crashAgent('a1');
    slot.disk = backup;
    const heal = cluster.cut('a1', 'from');
    await cluster.startAgent('a1');
    for (const frame of late) cluster.transport.sendTo(frame);
    await cluster.advance(500);
    heal();
    await cluster.advance(5_000);
    expect(new Set(cluster.starts()).size).toBe(cluster.starts().length);
  });

  it('B9: an old hello that comes late ends no boot', async () => {
    const cluster = await start([]);
    const hellos: AgentFrame[] = [];
    cluster.transport.tapFrom('a1', (frame) => {
      if (frame.link === 0) hellos.push(frame);
      return frame;
    });
    await cluster.startAgent('a1');
    await cluster.advance(5_000);
    expect(hellos.length).toBeGreaterThan(0);
    cluster.transport.sendFrom(hellos[0]!);
    await cluster.advance(20_000);
    expect([boot(cluster, 'a1'), cluster.stateOf('a1')]).toEqual([1, 'connected']);
  });

  it('B9: of a controller takes a term above the one that the agents know', async () => {
    const cluster = await start(['a1']);
    const backup = cluster.controllerDisk.copy();
    for (let restarts = 0; restarts < 3; restarts++) {
      cluster.crashController();
      await cluster.startController();
      await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 20_000);
    }
    cluster.crashController();
    cluster.controllerDisk = backup;
    await cluster.startController();
    expect(cluster.controller.term).toBe(2);
    await cluster.until(() => cluster.controller.term === 5, 20_000);
    await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 30_000);
    const birth = await cluster.submit('x');
    await cluster.until(() => cluster.row(birth).state === 'done', 20_000);
  });
});

describe('an attempt', () => {
  it('B10: that was lost to the network twice is no poison, and was no death', async () => {
    const cluster = await start(['a1', 'a2']);
    cluster.behave = (_id, attempt) => (attempt < 3 ? endless : done);
    const birth = await cluster.submit('x');
    for (const attempt of ['x#2', 'x#3']) {
      const { agent } = cluster.row(birth).context;
      const heal = cluster.cut(agent!);
      await cluster.until(() => cluster.moment('start', attempt) !== undefined, 70_000);
      heal();
      await cluster.advance(30_000);
    }
    await cluster.until(() => cluster.row(birth).state === 'done', 5_000);
    expect(cluster.row(birth).context).toMatchObject({ deaths: 0, losses: 2, attempt: 3 });
  });

  it('B10: that was running whenever the whole host went down is no poison', async () => {
    const cluster = await start(['a1']);
    cluster.behave = (_, attempt) => (attempt < 4 ? endless : done);
    const birth = await cluster.submit('x');
    for (let crashes = 1; crashes <= 3; crashes++) {
      await cluster.until(() => cluster.starts().includes(`x#${crashes}`), 90_000);
      cluster.crashController();
      cluster.crashAgent('a1');
      await cluster.startController();
      await cluster.startAgent('a1');
    }
    await cluster.until(() => cluster.row(birth)?.state === 'done', 90_000);
    expect(cluster.row(birth).context).toMatchObject({ deaths: 0, losses: 3, attempt: 4 });
  });

  it('B10: that ends two agents is poison and waits for a person', async () => {
    const cluster = await start(['a1']);
    cluster.behave = () => endless;
    const birth = await cluster.submit('x');
    for (let deaths = 1; deaths <= 2; deaths++) {
      await cluster.advance(1_000);
      cluster.crashAgent('a1');
      await cluster.startAgent('a1');
      await cluster.until(() => cluster.row(birth).context.deaths === deaths, 5_000);
    }
    expect(cluster.row(birth)).toMatchObject({ state: 'parked', context: { cause: 'poison' } });
    await cluster.advance(300_000);
    expect(cluster.starts()).toEqual(['x#1', 'x#2']);
    expect([...cluster.agents.get('a1')!.node!.store.range(under('task'))]).toEqual([]);
  });

  it('B10: that never started spends nothing, not even of a budget of none', async () => {
    const cluster = await start(['a1']);
    const none = { ...policy, maxLosses: 0, maxRetries: 0, onUnknown: 'park' as const };
    cluster.transport.tapTo('a1', (frame) =>
      frame.boot < 4 && frame.requests.some(({ kind }) => kind === 'assign') ? null : frame,
    );
    const birth = await cluster.submit('x', { policy: none });
    for (let restarts = 0; restarts < 3; restarts++) {
      cluster.crashAgent('a1');
      await cluster.startAgent('a1');
      await cluster.advance(2_000);
    }
    await cluster.until(() => cluster.row(birth).state === 'done', 5_000);
    expect(cluster.row(birth).context).toMatchObject({
      attempt: 4,
      losses: 0,
      deaths: 0,
      retries: 0,
    });
  });
});
