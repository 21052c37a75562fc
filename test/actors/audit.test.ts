/** The audit trail of a job: complete, in order, with its runs, whatever the size of the pages. */
import { describe, expect, it } from 'vitest';
import { auditPage, type AuditLine } from '../../actors/audit.ts';
import { entryList } from '../../actors/entry-row.ts';
import { history } from '../../actors/history.ts';
import { itemOf, run } from './asking.ts';
import { Cluster } from './cluster.ts';
import { HandMade, START_AT } from './hand-made.ts';

function trail(store: HandMade['store'], job: string, limit: number): readonly AuditLine[] {
  const lines: AuditLine[] = [];
  for (let after: number | null = 0; after !== null;) {
    const page = auditPage(store, job, { after, limit });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    lines.push(...page.items);
    after = page.next;
  }
  return lines;
}

describe('the audit trail of a job', () => {
  it.each([1, 2, 1_000])('has each fact of it once, in order, in pages of %i', async (limit) => {
    const cluster = await Cluster.start(['a1']);
    const runs = [['other', 'o1'], ['mine', 'x1', 'x2'], ['mine', 'y1']] as const; // prettier-ignore
    for (const [index, [job, ...ids]] of runs.entries()) {
      const items = ids.map((id) => itemOf({ id }));
      await run(cluster, job, items);
      await cluster.until(() => cluster.facts('job.finished').length > index, 60_000);
    }
    const { store } = cluster.controller;
    const lines = trail(store, 'mine', limit);
    const all = history(store, { limit: 10_000 }).items.filter(({ job }) => job === 'mine');
    expect(lines.map(({ n }) => n)).toEqual(all.map(({ n }) => n));
    expect(lines[0]).toMatchObject({ kind: 'job.started', generation: 1, job: 'mine' });
    const ended = lines.filter(({ kind }) => kind === 'done');
    expect(ended.map(({ id, generation, agent }) => [id, generation, agent])).toEqual([
      ['x1', 1, 'a1'],
      ['x2', 1, 'a1'],
      ['y1', 2, 'a1'],
    ]);
    expect(lines.at(-1)).toMatchObject({ kind: 'job.finished', generation: 2 });
  });

  it('is read from a journal of an older version, which says nothing of runs', async () => {
    const made = await HandMade.open();
    await made.fact(0, { subject: 'j-old', job: 'old', kind: 'job.started', by: 'ada' });
    expect(trail(made.store, 'old', 10)).toMatchObject([{ by: 'ada', generation: null }]);
  });

  it('looks at a bounded part of the journal for one page', async () => {
    const made = await HandMade.open();
    await made.fact(0, { subject: 'j-mine', job: 'mine', kind: 'job.started' });
    const entry = entryList({ at: START_AT, subject: 'controller', kind: 'x' });
    const entries = Array.from({ length: 15_000 }, () => entry);
    await made.store.append({ entries, writes: [] }, { expect: made.store.position() });
    const first = auditPage(made.store, 'mine', { limit: 10 });
    expect(first).toMatchObject({ items: [{ kind: 'job.started' }], next: 10_000 });
    expect(auditPage(made.store, 'mine', { after: 10_000 })).toEqual({ items: [], next: null });
  });

  it('is not there for a job that nobody knows', async () => {
    const made = await HandMade.open();
    for (const name of ['none', '../x']) {
      expect(() => auditPage(made.store, name)).toThrow(`There is no job "${name}"`);
    }
  });
});
