/**
 * The audit trail of a job: all that was ever recorded of its runs and of each of their sub-transactions, in the
 * order in which it was decided, page by page.
 *
 *   journal  … [job.started] [accepted x] . . [assign x] . [done x] [job.finished] …  ──▶  a line each
 *
 * A page reads a bounded part of the journal and holds nothing of the one before it.
 */
import { InvalidSetting } from '../machines/timing.ts';
import { ID_PATTERN } from '../transport/ids.ts';
import { entryOf } from './entry-row.ts';
import { factAt, type Fact, type Recorded } from './facts.ts';
import { key, lastNumber, subject, under } from './records.ts';
import { Refused } from './refused.ts';
import { rowOf } from './sub-row.ts';
import { factView, type FactView } from './views.ts';

/** One line of the trail: a fact, and the run it belongs to. */
export interface AuditLine extends FactView {
  /** Null: not on record, in facts of older versions. */
  readonly generation: number | null;
}

/** A part of all that was ever recorded of a job. */
export interface AuditPage {
  /** May be fewer than the limit, or none, although others follow: `next` tells. */
  readonly items: readonly AuditLine[];
  /** What to ask for `after` to get the next page; null: this is the last one. */
  readonly next: number | null;
}

/** Which page. */
export interface AuditBounds {
  /** `next` of the page before. Default 0: the first page. */
  readonly after?: number;
  /** Lines, 1 to 10,000. Default 100. */
  readonly limit?: number;
}

/** Facts looked at for one page, so that a controller that is asked goes on beating. */
const FACTS_PER_PAGE = 10_000;

/**
 * One page of the trail of a job.
 *
 * @throws {Refused} `unknown` when nothing was ever recorded of such a job
 */
export function auditPage(
  store: Recorded,
  job: string,
  { after = 0, limit = 100 }: AuditBounds = {},
): AuditPage {
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    throw new InvalidSetting(`The limit must be a whole number from 1 to 10000, not ${limit}.`);
  }
  const items: AuditLine[] = [];
  let seen = 0;
  for (const [n, entry] of store.read(Math.max(after + 1, firstOf(store, job)))) {
    if (seen++ === FACTS_PER_PAGE) return { items, next: n - 1 };
    const fact: Fact = { n, ...entryOf(entry) };
    if (fact.job !== job) continue;
    if (items.length === limit) return { items, next: items.at(-1)!.n };
    items.push({ ...factView(fact), generation: generationOf(store, fact) });
  }
  return { items, next: null };
}

/** Number of the first fact about a job, or a lower one: its start may have been pruned before the rest. */
function firstOf(store: Recorded, job: string): number {
  if (ID_PATTERN.test(job)) {
    for (const [of] of store.range(under(`of/${subject.job(job)}`))) {
      const first = lastNumber(of);
      return factAt(store, first)?.kind === 'job.started' ? first : 1;
    }
  }
  throw new Refused(
    'unknown',
    `There is no job "${job}"; \`lifeline list\` shows those that are known.`,
  );
}

function generationOf(store: Recorded, fact: Fact): number | null {
  const birth = subject.birthOf(fact.subject);
  if (birth === undefined) return fact.generation ?? null;
  const row = store.get(key.sub(birth));
  return row === undefined ? null : rowOf(row).generation;
}
