/** Outages of agents, put together from the facts about them: one by one, and the last ones of all. */
import { describe, expect, it } from 'vitest';
import { entryList, entryOf } from '../../actors/entry-row.ts';
import type { Fact } from '../../actors/facts.ts';
import { outagesIn } from '../../actors/outage-fold.ts';
import { Outages } from '../../actors/outages.ts';
import { key, subject, type Entry } from '../../actors/records.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';
import { createMemoryDisk, openMemoryStore } from '../../index.ts';

type Told = Pick<Entry, 'kind' | 'at'> & Partial<Entry>;

const facts = (...told: Told[]): Fact[] =>
  told.map((one, index) => ({ n: index + 1, subject: subject.agent('a1'), ...one }));
const chart = (state: string, at: number, silentMs: number, more: object = {}): Told => ({
  kind: `agent.${state}`,
  at,
  state,
  detail: { before: 'x', silentMs, ...more },
});
const boot = (number: number, at: number): Told => ({
  kind: 'agent.boot',
  at,
  boot: number,
  state: 'present',
});

const joined = [boot(1, 0), chart('connected', 10, 0)];

describe('the outages of an agent', () => {
  it('are none when it joins, is asked again, and leaves', () => {
    const told = facts(...joined, { kind: 'agent.repeat', at: 20 }, chart('left', 30, 0), boot(2, 40), chart('connected', 50, 0)); // prettier-ignore
    expect(outagesIn(told)).toEqual([]);
  });

  it('go from its last word to the comparing of notes, with the verdicts', () => {
    const told = facts(
      ...joined,
      chart('suspect', 100_000, 12_000),
      chart('reconciling', 110_000, 0),
      chart('reconciled', 110_500, 500, { continue: 2, accept: 1 }),
    );
    const verdicts = { continue: 2, accept: 1 };
    const seen = { heardAt: 110_000, heard: 4, boot: null, toAt: 110_500, told: 5 };
    expect(outagesIn(told)).toEqual([
      { n: 3, fromAt: 88_000, isSince: true, ...seen, lost: false, verdicts },
    ]);
  });

  it('are one when it is given up meanwhile, and last until its next boot is back', () => {
    const away = [...joined, chart('suspect', 100_000, 12_000), chart('lost', 148_000, 60_000)];
    expect(outagesIn(facts(...away))).toMatchObject([{ n: 3, toAt: null, lost: true }]);
    const told = facts(...away, boot(2, 160_000), chart('reconciled', 160_200, 100, { lost: 1 }));
    expect(outagesIn(told)).toMatchObject([
      { n: 3, fromAt: 88_000, heardAt: 160_000, toAt: 160_200, verdicts: { lost: 1 } },
    ]);
  });

  it('begin with a boot that nobody announced', () => {
    const told = facts(...joined, boot(2, 70_000), chart('reconciled', 70_100, 50));
    const [outage] = outagesIn(told);
    expect(outage).toMatchObject({ n: 3, fromAt: 70_000, isSince: false, boot: 2, toAt: 70_100 });
  });

  it('begin with its last word before such a boot, where that is known', () => {
    const unannounced = { ...boot(2, 70_000), detail: { silentMs: 12_300 } };
    const told = facts(...joined, unannounced, chart('reconciled', 70_100, 50));
    expect(outagesIn(told)).toMatchObject([
      { fromAt: 57_700, isSince: true, heardAt: 70_000, toAt: 70_100 },
    ]);
  });

  it('end when it leaves', () => {
    const told = facts(...joined, chart('suspect', 100_000, 12_000), chart('left', 101_000, 0));
    expect(outagesIn(told)).toMatchObject([{ toAt: 101_000, heardAt: 101_000 }]);
  });
});

describe('the last outages', () => {
  it('are the newest of all agents, and follow what is recorded', async () => {
    const store = await openMemoryStore(createMemoryDisk());
    let at = 0;
    const record = async (agent: string, ...told: Told[]) => {
      for (const one of told) {
        const about = subject.agent(agent);
        const n = store.position() + 1;
        await store.append(
          {
            entries: [entryList({ ...one, subject: about, at: (at += 1_000) })],
            writes: [{ put: key.of(about, n), value: null }],
          },
          { expect: n - 1 },
        );
      }
    };
    const ids = ['a1', 'a2', 'a3'];
    for (const id of ids) await record(id, ...joined);
    const clock = createVirtualClock();
    let hear: (facts: readonly Fact[]) => void = () => {};
    const outages = new Outages({ store, clock, hear: (listener) => (hear = listener) });
    let heardTo = 0;
    const tell = () => {
      const news = [...store.read(heardTo + 1)].map(([n, entry]) => ({ n, ...entryOf(entry) }));
      heardTo = news.at(-1)?.n ?? heardTo;
      hear(news);
    };
    const last = (count: number) => {
      tell();
      return outages
        .last(count, ids, at)
        .map(({ agent, toAt }) => `${agent} ${toAt ? 'back' : 'away'}`);
    };
    expect(last(2)).toEqual([]);
    for (const id of ids) await record(id, chart('suspect', 0, 500));
    expect(last(2)).toEqual(['a3 away', 'a2 away']);
    await record('a2', chart('reconciled', 0, 0));
    expect(last(5)).toEqual(['a3 away', 'a2 back', 'a1 away']);
    await record('a1', chart('lost', 0, 60_000), boot(2, 0), chart('reconciled', 0, 0));
    await record('a1', chart('suspect', 0, 500));
    expect(last(3)).toEqual(['a1 away', 'a3 away', 'a2 back']);
    const [first] = outages.last(1, ids, at + 7_000);
    expect(first!.silentMs).toBe(7_500);
    expect(outages.ofAgent('a1', at).map(({ lost }) => lost)).toEqual([false, true]);
    await store.close();
  });

  it('are looked for in slices when agents and their facts are many', async () => {
    const store = await openMemoryStore(createMemoryDisk());
    const ids = Array.from({ length: 100 }, (_, n) => `agent-${n}`);
    for (const id of ids) {
      const about = subject.agent(id);
      const told = [...joined, ...Array<Told>(20).fill({ kind: 'agent.repeat', at: 1 }), chart('suspect', 9, 1)]; // prettier-ignore
      const at = store.position();
      const entries = told.map((one) => entryList({ ...one, subject: about }));
      const writes = told.map((_, n) => ({ put: key.of(about, at + n + 1), value: null }));
      await store.append({ entries, writes }, { expect: at });
    }
    const clock = createVirtualClock();
    let reads = 0;
    const counting = { ...store, read: (from: number) => (reads++, store.read(from)) };
    const outages = new Outages({ store: counting, clock, hear: () => {} });
    const agents = () => outages.last(200, ids, 0).map(({ agent }) => agent);
    const first = agents();
    // The newest first, and no more than a slice at once.
    expect(first.slice(0, 10)).toEqual(ids.slice(-10).reverse());
    expect(reads).toBeLessThan(350);
    await clock.advance(1_000);
    expect(agents()).toEqual([...ids].reverse());
    reads = 0;
    agents();
    expect(reads).toBe(0);
    await store.close();
  });
});
