/** Outages as a user meets them: short, long, of the controller, of the agent. Virtual time. */
import { describe, expect, it } from 'vitest';
import { Cluster } from './cluster.ts';

const long = { afterMs: 30_000, exit: { kind: 'done', result: 'ok' } } as const;

describe('an outage', () => {
  it('shorter than the timeout costs no attempt', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => long;
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    await cluster.advance(40_000);
    expect(cluster.stateOf('a1')).toBe('suspect');
    heal();
    await cluster.until(() => cluster.stateOf('a1') === 'reconciled', 5_000);
    expect(cluster.row(birth).state).toBe('done');
    expect(cluster.starts()).toEqual(['x#1']);
    await cluster.advance(70_000);
    expect(cluster.stateOf('a1')).toBe('connected');
    expect(
      cluster
        .facts()
        .map((f) => f.kind)
        .filter((k) => k.startsWith('agent.')),
    ).toMatchInlineSnapshot(`
      [
        "agent.boot",
        "agent.connected",
        "agent.suspect",
        "agent.repeat",
        "agent.repeat",
        "agent.reconciling",
        "agent.reconciled",
        "agent.connected",
      ]
    `);
  });

  it('longer than the timeout gives the work out again, after the lease is over', async () => {
    const cluster = await Cluster.start(['a1', 'a2']);
    cluster.behave = () => ({ ...long, afterMs: 500_000 });
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    const { agent } = cluster.row(birth).context;
    const heal = cluster.cut(agent!);
    await cluster.advance(200_000);
    heal();
    await cluster.until(() => cluster.row(birth).state === 'done', 900_000);
    expect(cluster.starts()).toEqual(['x#1', 'x#2']);
    expect(cluster.agents.get(agent!)!.node!.boot).toBe(2);
  });

  it('of the controller leaves the tasks running', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => long;
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    cluster.crashController();
    await cluster.advance(20_000);
    await cluster.startController();
    await cluster.until(() => cluster.row(birth)?.state === 'done', 60_000);
    expect(cluster.starts()).toEqual(['x#1']);
  });

  it('by a crash of the agent ends its attempts as lost', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = (_, attempt) => (attempt === 1 ? { ...long, afterMs: Infinity } : long);
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    cluster.crashAgent('a1');
    await cluster.advance(3_000);
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.row(birth).state === 'done', 100_000);
    expect(cluster.starts()).toEqual(['x#1', 'x#2']);
    expect(cluster.row(birth).context.deaths).toBe(1);
  });
});
