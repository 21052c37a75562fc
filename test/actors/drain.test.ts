/** Draining: an agent is given nothing new, what runs there goes on, and a restart does not forget it. */
import { describe, expect, it } from 'vitest';
import { listAgents } from '../../actors/agent-queries.ts';
import { ask } from './asking.ts';
import { Cluster, done, endless } from './cluster.ts';

const drain = (agent: string, isDrained: boolean) =>
  ({ kind: 'drain', agent, drain: isDrained, by: 'ann' }) as const;

const agentOf = (cluster: Cluster, id: string) =>
  listAgents(cluster.controller.store, cluster.controller).find((agent) => agent.id === id);

describe('draining', () => {
  it('gives the agent nothing new and leaves what runs there alone', async () => {
    const cluster = await Cluster.start(['a1', 'a2']);
    cluster.behave = () => endless;
    await cluster.submit('x');
    await cluster.advance(1_000);
    await ask(cluster, drain('a1', true));
    for (let n = 1; n <= 8; n++) await cluster.submit(`y${n}`);
    await cluster.advance(1_000);
    expect(agentOf(cluster, 'a1')).toMatchObject({ draining: true, inFlight: 1, running: 1 });
    expect(agentOf(cluster, 'a2')).toMatchObject({ draining: false, inFlight: 4 });
    await ask(cluster, drain('a1', false));
    await cluster.advance(1_000);
    expect(agentOf(cluster, 'a1')).toMatchObject({ draining: false, inFlight: 4 });
  });

  it('records who asked, once, and outlives a restart of controller and agent', async () => {
    const cluster = await Cluster.start(['a1']);
    await ask(cluster, drain('a1', true));
    await ask(cluster, drain('a1', true));
    expect(cluster.facts('agent.drain')).toMatchObject([{ agent: 'a1', by: 'ann' }]);
    cluster.crashController();
    cluster.crashAgent('a1');
    await cluster.startController();
    await cluster.startAgent('a1');
    await cluster.submit('x');
    await cluster.advance(30_000);
    expect(cluster.stateOf('a1')).toMatch(/connected|reconciled/);
    expect(agentOf(cluster, 'a1')).toMatchObject({ boot: 2, draining: true });
    expect(cluster.starts()).toEqual([]);
  });

  it('that is over stops what runs: asked first, killed after its grace, told, given out again', async () => {
    const cluster = await Cluster.start(['a1', 'a2'], { graceMs: 3_000 });
    cluster.behave = (id, attempt) =>
      attempt > 1 ? done : { ...endless, abortMs: id === 'x' ? 100 : Infinity };
    await ask(cluster, drain('a2', true));
    const births = [await cluster.submit('x'), await cluster.submit('y')];
    await cluster.until(() => cluster.starts().length === 2, 1_000);
    await ask(cluster, drain('a2', false));
    const a1 = cluster.agents.get('a1')!.node!;
    a1.leave();
    await cluster.advance(60_000);
    expect([cluster.starts(), a1.isSettled]).toEqual([['x#1', 'y#1'], false]);
    const at = cluster.clock.elapsed();
    a1.stopTasks();
    await cluster.until(() => a1.isSettled, 10_000);
    expect(cluster.moment('end', 'x#1')! - at).toBe(100);
    expect(cluster.moment('end', 'y#1')! - at).toBe(3_000);
    expect(cluster.facts('killed')).toMatchObject([
      { id: 'x', agent: 'a1', detail: { reason: 'the agent leaves' } },
      { id: 'y', agent: 'a1', detail: { reason: 'the agent leaves' } },
    ]);
    await cluster.until(() => cluster.starts().length === 4, 10_000);
    await cluster.advance(1_000);
    expect(births.map((birth) => cluster.row(birth))).toMatchObject([
      { state: 'done', context: { attempt: 2, agent: 'a2', deaths: 0 } },
      { state: 'done', context: { attempt: 2, agent: 'a2', deaths: 0 } },
    ]);
  });

  it('refuses an agent that nobody knows', async () => {
    const cluster = await Cluster.start([]);
    await expect(ask(cluster, drain('a9', true))).rejects.toMatchObject({
      code: 'unknown',
      message: 'There is no agent "a9": none has said hello under it.',
    });
  });
});
