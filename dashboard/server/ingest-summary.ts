/** What an ingest has done, added up from the results of its sub-transactions, before a crash and after. */
import type { Recorded } from '../../actors/facts.ts';
import {
  listSubTransactions,
  outcomeOf,
  pageOfSubTransactions,
  type SubTransactionFilter,
} from '../../actors/queries.ts';
import type { JobView } from '../../actors/views.ts';
import type { IngestResult, Skipped } from '../../handlers/ingest-items.ts';

/** Entries left out that are named. */
const MOST_NAMED = 10;
/** Sub-transactions that are added up at once. */
const AT_ONCE = 1_000;

/** Files, links and directories by what became of them. */
export type IngestSummary = Omit<IngestResult, 'times'>;

/** Adds up a run, in one go. */
export function sumResults(store: Recorded, job: JobView): IngestSummary {
  const sum = createSum(store);
  for (const { birth } of listSubTransactions(store, endedOf(job))) sum.add(birth);
  return sum.summary();
}

/** The same with pauses, for whoever has something else to do meanwhile. */
export async function sumResultsSlowly(
  store: Recorded,
  job: JobView,
  pause: () => Promise<void>,
): Promise<IngestSummary> {
  const sum = createSum(store);
  for (let after: number | null = 0; after !== null;) {
    const page = pageOfSubTransactions(store, { ...endedOf(job), after }, AT_ONCE);
    for (const { birth } of page.items) sum.add(birth);
    after = page.next;
    await pause();
  }
  return sum.summary();
}

/** What failed has done a part of its work, which counts. */
const endedOf = ({ name, generation }: JobView): SubTransactionFilter => ({
  job: name,
  generation,
  states: ['done', 'failed'],
});

function createSum(store: Recorded) {
  const sum = { copied: 0, bytes: 0, unchanged: 0, links: 0, directories: 0, skippedCount: 0 };
  const skipped: Skipped[] = [];
  return {
    add(birth: number): void {
      const outcome = outcomeOf(store, birth);
      if (!outcome) return;
      const told = outcome.state === 'done' ? outcome.result : outcome.failure.detail;
      // What a failed one said may be anything.
      const result = Object(told) as Partial<Record<keyof IngestResult, unknown>>;
      for (const field of Object.keys(sum) as (keyof typeof sum)[]) {
        const n = result[field];
        if (typeof n === 'number') sum[field] += n;
      }
      if (!Array.isArray(result.skipped)) return;
      skipped.push(...(result.skipped as Skipped[]).slice(0, MOST_NAMED - skipped.length));
    },
    summary: (): IngestSummary => ({ ...sum, skipped }),
  };
}
