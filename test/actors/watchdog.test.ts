/** Sweeps over made-up rows, and none for what has pulses. */
import { describe, expect, it } from 'vitest';
import type { AgentConnections } from '../../actors/agent-connection.ts';
import { createDeadlines } from '../../actors/deadlines.ts';
import type { SubTransactions } from '../../actors/sub-transaction.ts';
import { sweep } from '../../actors/watchdog.ts';
import { Cluster } from './cluster.ts';

const SWEEP_MS = 120_000;

/** Sub-transactions that are overdue since an instant, each at an agent in some state. */
function tracking(
  agents: Readonly<Record<string, string>>,
  rows: readonly { birth: number; agent: string; state?: string; since: number }[],
) {
  const overdue = createDeadlines();
  for (const { birth, since } of rows) overdue.set(String(birth), since);
  const byBirth = new Map(rows.map((row) => [row.birth, row]));
  const asked: number[] = [];
  const subs = {
    overdue,
    row: (birth: number) => {
      const { state = 'idle', agent } = byBirth.get(birth)!;
      return { state, context: { agent } };
    },
    send: (birth: number, event: { readonly type: string }) => {
      expect(event.type).toBe('ask');
      asked.push(birth);
    },
  };
  const connections = { stateOf: (agent: string) => agents[agent] };
  return {
    asked,
    overdue,
    at: (at: number) =>
      sweep(
        subs as unknown as SubTransactions,
        connections as unknown as AgentConnections,
        at,
        SWEEP_MS,
      ),
  };
}

describe('a sweep', () => {
  it('asks what is overdue at agents that are connected, longest first', () => {
    const agents = { a: 'connected', b: 'reconciled', c: 'suspect', d: 'lost', e: 'reconciling' };
    const { at, asked } = tracking(agents, [
      { birth: 1, agent: 'a', since: 300 },
      { birth: 2, agent: 'b', since: 200 },
      { birth: 3, agent: 'c', since: 100 },
      { birth: 4, agent: 'd', since: 100 },
      { birth: 5, agent: 'e', since: 100 },
      { birth: 6, agent: 'a', since: 1_001 },
      { birth: 7, agent: 'a', since: 1_000 },
    ]);
    expect(at(1_000)).toBe(3);
    expect(asked).toEqual([2, 1, 7]);
  });

  it('that overlaps another sends nothing twice, and the next one asks again', () => {
    const { at, asked } = tracking({ a: 'connected' }, [{ birth: 1, agent: 'a', since: 0 }]);
    expect([at(0), at(0), at(SWEEP_MS - 1)]).toEqual([1, 0, 0]);
    expect(at(SWEEP_MS)).toBe(1);
    expect(asked).toEqual([1, 1]);
  });

  it('leaves the rest of a flood to the next one', () => {
    const rows = Array.from({ length: 10_005 }, (_, birth) => ({ birth, agent: 'a', since: 0 }));
    const { at, asked } = tracking({ a: 'connected' }, rows);
    expect([at(1), at(2), at(3)]).toEqual([10_000, 5, 0]);
    expect(new Set(asked).size).toBe(10_005);
  });
});

describe('the watchdog of a controller', () => {
  it('leaves alone what has pulses', async () => {
    const cluster = await Cluster.start(['a1'], { idleMs: 20_000, sweepMs: 30_000 });
    cluster.behave = () => ({ afterMs: Infinity, exit: { kind: 'done', result: 'ok' } });
    const birth = await cluster.submit('x');
    await cluster.advance(300_000);
    expect(cluster.row(birth).state).toBe('inProgress');
    expect(cluster.facts('ask')).toEqual([]);
    expect(cluster.lines.filter(({ message }) => message.startsWith('watchdog'))).toEqual([]);
  });
});
