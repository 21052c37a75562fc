/**
 * How an agent that is closed takes its leave: what it still owes, then a last word (`bye`), and no word
 * after it.
 *
 *   close ─▶ killed, recorded ─▶ outbox and logs handed over (for at most 2 s) ─▶ bye ─▶ over
 */
import { describe, expect, it } from 'vitest';
import { under } from '../../actors/records.ts';
import type { AgentFrame } from '../../transport/frame.ts';
import { endless, type Cluster } from './cluster.ts';
import { checkedClusters } from './ledger-check.ts';

const start = checkedClusters();

const nodeOf = (cluster: Cluster) => cluster.agents.get('a1')!.node!;

/** What a1 says from now on. */
function listen(cluster: Cluster): readonly AgentFrame[] {
  const said: AgentFrame[] = [];
  cluster.transport.tapFrom('a1', (frame) => {
    said.push(frame);
    return frame;
  });
  return said;
}

/** Closes a1; resolves with how long that took, in virtual ms. */
async function close(
  cluster: Cluster,
  options: { readonly handsOver?: boolean } = {},
): Promise<number> {
  const since = cluster.clock.elapsed();
  let isClosed = false;
  void nodeOf(cluster)
    .close(options)
    .then(() => (isClosed = true));
  await cluster.until(() => isClosed, 20_000);
  return cluster.clock.elapsed() - since;
}

/** An agent that runs x, which takes 50 ms to be killed and has written a line. */
async function busy(): Promise<Cluster> {
  const cluster = await start(['a1']);
  cluster.behave = () => ({ ...endless, killMs: 50, log: 'a line\n' });
  await cluster.submit('x');
  await cluster.advance(100);
  return cluster;
}

const owed = (cluster: Cluster) => [...nodeOf(cluster).store.range(under('out'))];

describe('an agent that is closed', () => {
  it('hands over how its tasks ended, and says goodbye when nothing is owed any more', async () => {
    const cluster = await busy();
    const said = listen(cluster);
    await close(cluster);
    expect(said.map(({ bye }) => bye)).toEqual([...said.slice(1).map(() => undefined), true]);
    expect(
      said.flatMap(({ outbox }) => outbox.map((entry) => 'ending' in entry && entry.ending.kind)),
    ).toEqual(['killed']);
    expect(said.at(-1)).toMatchObject({
      outbox: [],
      logs: [],
      beat: { running: 0, leaving: true },
    });
    expect(owed(cluster)).toEqual([]);
    expect(cluster.facts('killed')).toHaveLength(1);
  });

  it('has its last word although it never ran anything, and nothing after it', async () => {
    const cluster = await start(['a1']);
    const said = listen(cluster);
    expect(await close(cluster)).toBe(0);
    await cluster.advance(30_000);
    expect(said).toMatchObject([{ bye: true }]);
  });

  it('puts what it owes into its last word when the controller does not take it over in 2 s', async () => {
    const cluster = await busy();
    const said = listen(cluster);
    cluster.cut('a1', 'to');
    expect(await close(cluster)).toBe(2_050);
    const [last] = said.slice(-1);
    expect(last).toMatchObject({ bye: true, outbox: [{ ending: { kind: 'killed' } }] });
    expect(last!.out).toEqual(last!.outbox[0]!.place);
    expect(owed(cluster)).toHaveLength(1);
  });

  it('is closed when that has ended, however often it is told to close', async () => {
    const cluster = await busy();
    const node = nodeOf(cluster);
    const ended: string[] = [];
    void node.close().then(() => ended.push('first'));
    void node.close().then(() => ended.push('second'));
    await cluster.advance(49);
    expect(ended).toEqual([]);
    await cluster.advance(1);
    expect(ended).toEqual(['first', 'second']);
    expect(await close(cluster)).toBe(0);
  });

  it('waits no longer than that, whatever is lost of it', async () => {
    const cluster = await busy();
    cluster.cut('a1');
    expect(await close(cluster)).toBe(2_050);
    await nodeOf(cluster).store.close();
    await cluster.startAgent('a1');
    expect(owed(cluster)).toHaveLength(1);
  });

  it('leaves what it owes for its next life when the controller ends as well', async () => {
    const cluster = await busy();
    const said = listen(cluster);
    expect(await close(cluster, { handsOver: false })).toBe(50);
    expect([said, cluster.facts('killed')]).toEqual([[], []]);
    await nodeOf(cluster).store.close();
    await cluster.startAgent('a1');
    await cluster.until(() => cluster.facts('killed').length === 1, 5_000);
  });

  it('does not wait for a controller that it has not heard for two periods', async () => {
    const cluster = await busy();
    cluster.cut('a1');
    await cluster.advance(30_000);
    expect(await close(cluster)).toBe(50);
  });

  it('says no goodbye while something lives that cannot be killed', async () => {
    const cluster = await start(['a1']);
    cluster.behave = () => ({ ...endless, killMs: Infinity });
    await cluster.submit('x');
    await cluster.advance(100);
    const said = listen(cluster);
    expect(await close(cluster)).toBe(10_000);
    expect(said.filter(({ bye }) => bye)).toEqual([]);
  });

  it('says nothing to a controller that it has never met', async () => {
    const cluster = await start([]);
    const heal = cluster.cut('a1');
    await cluster.startAgent('a1');
    await cluster.advance(5_000);
    const said = listen(cluster);
    heal();
    expect(await close(cluster)).toBe(0);
    expect(said).toEqual([]);
  });
});

describe('an agent whose lease is over', () => {
  it('says no goodbye: nobody listens to that boot', async () => {
    const cluster = await busy();
    const said = listen(cluster);
    cluster.cut('a1', 'to');
    await cluster.until(() => nodeOf(cluster).boot === 2, 70_000);
    expect(said.filter(({ bye }) => bye)).toEqual([]);
  });
});
