/**
 * What is told of an outage in which nobody could be judged, since the broker was away for all: an agent's lease
 * runs out, its tasks are killed, and it is back with its next boot.
 */
import { describe, expect, it } from 'vitest';
import { Outages, type OutageView } from '../../actors/outages.ts';
import { eventLine } from '../../cli/timeline.ts';
import { bootInWords, tasksInWords } from '../../dashboard/page/parts/outage-words.ts';
import { Cluster, done, endless, policy } from './cluster.ts';

function outagesOf(cluster: Cluster): readonly OutageView[] {
  const { clock } = cluster;
  const outages = new Outages({ store: cluster.controller.store, clock, hear: () => {} });
  return outages.ofAgent('a1', clock.now());
}

/** Neither the controller nor the agent hears anything for so long, and what runs there goes on. */
async function brokerAway(cluster: Cluster, ms: number): Promise<void> {
  const heals = ['to.a1', 'from.a1', 'probe.>'].map((subject) =>
    cluster.transport.faults.add({ subject: `lifeline.${subject}`, cut: true }),
  );
  await cluster.advance(ms);
  heals.forEach((heal) => heal());
  await cluster.advance(10_000);
}

const park = { policy: { ...policy, onUnknown: 'park' } } as const;

describe('what became of an outage of the broker', () => {
  it('is a silence, a new boot, and tasks that were killed with the lease and are parked', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = (id) => (id === 'z' ? { ...done, afterMs: 30_000 } : endless);
    await cluster.submit('x', park);
    await cluster.submit('y', park);
    await cluster.submit('z', park);
    await cluster.advance(15_000);
    await brokerAway(cluster, 75_000);
    expect(cluster.facts('agent.suspect')).toEqual([]);
    const [outage, ...others] = outagesOf(cluster);
    expect(others).toEqual([]);
    expect(outage).toMatchObject({
      boot: 2,
      lost: false,
      verdicts: { accept: 3 },
      ends: { leaseOver: 2, done: 1, parked: 2 },
    });
    expect(outage!.silentMs).toBeGreaterThan(65_000);
    expect(outage!.silentMs).toBeLessThan(90_000);
    expect(bootInWords(outage!)).toBe('its lease was over, boot 2 began');
    expect(tasksInWords(outage!)).toBe(
      '1 task was done meanwhile and counts, 2 tasks were killed when the lease was over, 2 of these were parked for a decision',
    );
    const [, boot] = cluster.facts('agent.boot');
    expect(eventLine({ ...boot!, agent: 'a1', boot: 2, detail: boot!.detail! })).toEqual({
      tone: 'trouble',
      text: expect.stringMatching(
        /^a1 has begun anew \(boot 2\), after 1 min \d+ s without a word$/,
      ) as string,
    });
  });

  it('is not known to have been a silence where the controller had not heard the boot before', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.crashController();
    cluster.crashAgent('a1');
    await cluster.startController();
    await cluster.startAgent('a1');
    await cluster.advance(5_000);
    expect(outagesOf(cluster)).toMatchObject([{ boot: 2, silentMs: null, ends: {} }]);
  });
});
