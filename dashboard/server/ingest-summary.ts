/** What an ingest has done, added up from the results of its sub-transactions, before a crash and after. */
import type { Recorded } from '../../actors/facts.ts';
import {
  listSubTransactions,
  outcomeOf,
  pageOfSubTransactions,
  runOf,
  type SubTransactionFilter,
} from '../../actors/queries.ts';
import type { JobView } from '../../actors/views.ts';
import type { IngestResult, Skipped } from '../../handlers/ingest-items.ts';

/** Entries left out that are named. */
const MOST_NAMED = 10;
/** Sub-transactions that are added up at once. */
const AT_ONCE = 1_000;

const NONE = {
  copied: 0, appended: 0, bytes: 0, unchanged: 0, links: 0, directories: 0, excluded: 0, deleted: 0,
  skippedCount: 0,
}; // prettier-ignore

/** Entries by what became of them; `IngestResult` says what each number counts. */
export type IngestCounts = Readonly<typeof NONE>;

export interface IngestSummary extends IngestCounts {
  /** The first ten entries that were left out. */
  readonly skipped: readonly Skipped[];
  /** Nothing was written or deleted: the numbers are what would have been. */
  readonly dryRun: boolean;
  /** Of several sources what became of each. */
  readonly trees: readonly (IngestCounts & { readonly source: string; readonly target: string })[];
}

/** Adds up a run, in one go. */
export function sumResults(store: Recorded, job: JobView): IngestSummary {
  const sum = createSum(store, job);
  for (const { birth } of listSubTransactions(store, endedOf(job))) sum.add(birth);
  return sum.summary();
}

/** The same with pauses, for whoever has something else to do meanwhile. */
export async function sumResultsSlowly(
  store: Recorded,
  job: JobView,
  pause: () => Promise<void>,
): Promise<IngestSummary> {
  const sum = createSum(store, job);
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

function createSum(store: Recorded, { name, generation }: JobView) {
  const row = runOf(store, name, generation);
  const { source, target, dryRun } = Object(row?.spec) as Partial<Asked>;
  const trees = (Array.isArray(source) ? (source as readonly string[]) : []).map((path) => ({
    source: path,
    target: `${target}/${path.replace(/\/+$/, '').split('/').at(-1)}`,
    ...NONE,
  }));
  const sum = { ...NONE };
  const skipped: Skipped[] = [];
  return {
    add(birth: number): void {
      const outcome = outcomeOf(store, birth);
      if (!outcome) return;
      const told = outcome.state === 'done' ? outcome.result : outcome.failure.detail;
      // What a failed one said may be anything.
      const result = Object(told) as Partial<Record<keyof IngestResult, unknown>>;
      const tree = trees[Number(result.tree ?? 0)];
      for (const field of Object.keys(sum) as (keyof typeof sum)[]) {
        const n = result[field];
        if (typeof n !== 'number') continue;
        sum[field] += n;
        if (tree) tree[field] += n;
      }
      if (!Array.isArray(result.skipped)) return;
      skipped.push(...(result.skipped as Skipped[]).slice(0, MOST_NAMED - skipped.length));
    },
    summary: (): IngestSummary => ({ ...sum, skipped, dryRun: dryRun === true, trees }),
  };
}

/** The part of the spec of an ingest that is looked at here. */
interface Asked {
  readonly source: unknown;
  readonly target: string;
  readonly dryRun: unknown;
}
