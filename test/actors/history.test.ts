/** The journal page by page. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../../actors/facts.ts';
import { history, type HistoryFilter } from '../../actors/history.ts';
import { InvalidSetting } from '../../machines/timing.ts';
import { subject } from '../../actors/records.ts';
import { HandMade, START_AT } from './hand-made.ts';

const KINDS = ['assign', 'agent.suspect', 'job.started'] as const;

async function journal(facts: readonly (readonly [gapMs: number, kind: number])[]) {
  const made = await HandMade.open();
  let atMs = 0;
  for (const [gapMs, kind] of facts) {
    atMs += gapMs;
    const about = [subject.sub(1), subject.agent('a1'), subject.job('j')][kind]!;
    const job = kind === 2 ? { job: 'j' } : {};
    await made.fact(atMs, { subject: about, kind: KINDS[kind]!, ...job });
  }
  return made;
}

/** All pages, one behind the other. */
function all(made: HandMade, filter: HistoryFilter): readonly number[] {
  const found: number[] = [];
  for (let after: number | null | undefined; after !== null;) {
    const from = after === undefined ? {} : { after };
    const page = history(made.store, { ...filter, ...from });
    found.push(...page.items.map(({ n }) => n));
    after = page.next;
  }
  return found;
}

describe('history', () => {
  it('gives each fact that fits exactly once, whatever the size of the pages', async () => {
    const facts = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 })),
    );
    const bounds = fc.record({
      limit: fc.integer({ min: 1, max: 7 }),
      from: fc.integer({ min: -2, max: 40 }),
      length: fc.integer({ min: 0, max: 40 }),
      kinds: fc.subarray([...KINDS]),
    });
    await fc.assert(
      fc.asyncProperty(facts, bounds, async (given, { limit, from, length, kinds }) => {
        const made = await journal(given);
        let atMs = 0;
        const expected = given.flatMap(([gapMs, kind], index) => {
          atMs += gapMs;
          const fits = atMs >= from && atMs < from + length && kinds.includes(KINDS[kind]!);
          return fits ? [index + 1] : [];
        });
        const filter = { limit, kinds, from: START_AT + from, to: START_AT + from + length };
        expect(all(made, filter)).toEqual(expected);
        expect(all(made, { ...filter, newest: true })).toEqual([...expected].reverse());
      }),
      { numRuns: 60 },
    );
  });

  it('keeps to one subject, or to one job', async () => {
    const made = await journal([[0, 0], [1, 1], [1, 2], [1, 1]]); // prettier-ignore
    await made.put('agent/a1', { id: 'a1' });
    await made.job('j');
    expect(all(made, { subject: 'a1', limit: 1 })).toEqual([2, 4]);
    expect(all(made, { subject: 'a1', limit: 1, newest: true })).toEqual([4, 2]);
    expect(all(made, { subject: 'j' })).toEqual([3]);
    expect(all(made, { job: 'j' })).toEqual([3]);
    expect(all(made, { subject: 'controller' })).toEqual([]);
    expect(() => all(made, { subject: 'nobody' })).toThrow('There is no job, sub-transaction');
  });

  it('pages through the facts of a sub-transaction, which are a chain', async () => {
    const made = await HandMade.open();
    await made.fact(0, { subject: subject.agent('a1'), kind: 'agent.boot' });
    const birth = await made.sub('x', [[1, { kind: 'assign' }], [2, { kind: 'received' }], [3, { kind: 'done' }]]); // prettier-ignore
    await made.sub('y', [[4, { kind: 'assign' }]]);
    const own = [birth, birth + 1, birth + 2, birth + 3];
    for (const limit of [1, 2, 3, 10]) expect(all(made, { subject: 'x', limit })).toEqual(own);
    expect(all(made, { subject: 'x', from: START_AT + 2 })).toEqual(own.slice(2));
    const chain = (bounds: object) => [...factsOf(made.store, subject.sub(birth), bounds)].map(({ n }) => n); // prettier-ignore
    expect(chain({ reverse: true })).toEqual([...own].reverse());
    expect(chain({ from: birth + 1, to: birth + 2 })).toEqual(own.slice(1, 3));
    expect(chain({ from: birth + 9 })).toEqual([]);
  });

  it('writes instants as ISO 8601, those within a fact too', async () => {
    const made = await HandMade.open();
    const detail = { endedAt: START_AT, startedAt: null, lagMs: 3 };
    await made.fact(5, { subject: subject.sub(1), kind: 'done', detail });
    expect(history(made.store, {}).items[0]).toMatchObject({
      at: '2026-01-01T00:00:00.005Z',
      about: 'subTransaction',
      birth: 1,
      detail: { endedAt: '2026-01-01T00:00:00.000Z', startedAt: null, lagMs: 3 },
    });
  });

  it.each<HistoryFilter>([
    { limit: 0 },
    { limit: -1 },
    { limit: 1.5 },
    { limit: NaN },
    { limit: 10_001 },
    { after: -1 },
    { after: NaN },
    { from: 2, to: 1 },
    { from: NaN },
    { to: NaN },
  ])('refuses %o', async (filter) => {
    const made = await HandMade.open();
    expect(() => history(made.store, filter)).toThrow(InvalidSetting);
  });
});
