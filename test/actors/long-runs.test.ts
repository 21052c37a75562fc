/**
 * What lasts: work that is quiet for hours, outages of hours, many outages of one task, and a silence of the
 * controller in between. Virtual time.
 */
import { describe, expect, it } from 'vitest';
import { done, policy, type Cluster } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';
import { wrongLogs } from './verdict.ts';

const start = checkedClusters();

const HOUR_MS = 3_600_000;
const patient = { ...policy, timeoutMs: 24 * HOUR_MS };

/** A period of two minutes, a timeout of two hours. */
const slow = { periodMs: 120_000, timeoutMs: 7_200_000 };

describe('a quiet task', () => {
  it.each([{}, slow])('runs for six hours unasked and undisturbed: %o', async (timing) => {
    const cluster = await start(['a1'], timing);
    cluster.behave = () => ({ ...done, afterMs: 6 * HOUR_MS });
    const birth = await cluster.submit('x', { policy: patient });
    await cluster.until(() => cluster.row(birth).state === 'done', 7 * HOUR_MS);
    expect(cluster.moment('end', 'x#1')).toBe(6 * HOUR_MS);
    for (const trouble of ['agent.suspect', 'agent.repeat', 'ask', 'cancel', 'lost'])
      expect(cluster.facts(trouble)).toEqual([]);
    expect(cluster.lines.filter(({ level }) => level !== 'info')).toEqual([]);
    expect(cluster.starts()).toEqual(['x#1']);
  });
});

describe('an outage', () => {
  it('of 7,000 s costs no attempt at a timeout of two hours, and at most 60 contacts', async () => {
    const cluster = await start(['a1'], slow);
    cluster.behave = () => ({ ...done, afterMs: 8_000_000 });
    const births = [await cluster.submit('x', { policy: patient })];
    await cluster.advance(1_000);
    const sends = new Map<number, number>();
    cluster.transport.tapTo('a1', (frame) => {
      for (const { n } of frame.requests) sends.set(n, (sends.get(n) ?? 0) + 1);
      return frame;
    });
    const heal = cluster.cut('a1');
    births.push(await cluster.submit('y', { policy: patient }));
    await cluster.advance(7_000_000);
    expect(cluster.stateOf('a1')).toBe('suspect');
    expect(Math.max(...sends.values())).toBeGreaterThan(50);
    expect(Math.max(...sends.values())).toBeLessThanOrEqual(60);
    heal();
    const isDone = (birth: number) => cluster.row(birth).state === 'done';
    await cluster.until(() => births.every(isDone), 10_000_000);
    expect(cluster.starts()).toEqual(['x#1', 'y#1']);
    expect(cluster.agents.get('a1')!.node!.boot).toBe(1);
  });

  it.each(['both', 'to', 'from', 'controller', 'link'] as const)(
    'that comes twenty times (%s) costs no byte of a log and no line of the history',
    async (kind) => {
      const cluster = await start(['a1']);
      const written: string[] = [];
      const text = (n: number) => {
        written.push(`line ${n} of ${kind}\n`);
        return written.at(-1)!;
      };
      const lines = { everyMs: 1_000, text };
      cluster.behave = () => ({ ...done, afterMs: 800_500, log: 'begun\n', lines });
      const birth = await cluster.submit('x');
      for (let outage = 0; outage < 20; outage++) {
        await cluster.advance(3_000 + outage * 137);
        await strike(cluster, kind, 1_700 + outage * 1_313);
      }
      await cluster.until(() => cluster.row(birth).state === 'done', 900_000);
      await cluster.advance(30_000);
      expect(written).toHaveLength(800);
      expect(wrongLogs(cluster, () => ['begun\n', ...written].join(''))).toEqual([]);
      expect(cluster.starts()).toEqual(['x#1']);
      const told = cluster.facts().filter(({ attempt }) => attempt === 1);
      for (const once of ['assign', 'received', 'done'])
        expect(told.filter(({ kind: each }) => each === once)).toHaveLength(1);
      expect(told.filter(({ kind: each }) => /lost|killed|superseded/.test(each))).toEqual([]);
      expect(cluster.agents.get('a1')!.spool.held()).toEqual([]);
    },
  );
});

/** An outage of so many ms, and what heals it. */
async function strike(
  cluster: Cluster,
  kind: 'both' | 'to' | 'from' | 'controller' | 'link',
  forMs: number,
): Promise<void> {
  if (kind === 'controller') {
    cluster.crashController();
    await cluster.advance(forMs);
    return cluster.startController();
  }
  if (kind === 'link') cluster.transport.faults.disconnect();
  const heal =
    kind === 'link' ? () => cluster.transport.faults.reconnect() : cluster.cut('a1', kind);
  await cluster.advance(forMs);
  heal();
}
