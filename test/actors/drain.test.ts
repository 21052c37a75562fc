/** Draining: an agent is given nothing new, what runs there goes on, and a restart does not forget it. */
import { describe, expect, it } from 'vitest';
import { listAgents } from '../../actors/agent-queries.ts';
import { ask } from './asking.ts';
import { Cluster, endless } from './cluster.ts';

const drain = (agent: string, isDrained: boolean) =>
  ({ kind: 'drain', agent, drain: isDrained, by: 'ann' }) as const;

const agentOf = (cluster: Cluster, id: string) =>
  listAgents(cluster.controller.store, (agent) => cluster.controller.liveOf(agent)).find(
    (agent) => agent.id === id,
  );

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

  it('refuses an agent that nobody knows', async () => {
    const cluster = await Cluster.start([]);
    await expect(ask(cluster, drain('a9', true))).rejects.toMatchObject({
      code: 'unknown',
      message: 'There is no agent "a9": none has said hello under it.',
    });
  });
});
