/**
 * What became of each entry of an ingest, read from the inputs and results of its tasks: nothing else is kept
 * for it, so it can be asked of any run that is on record, also while it goes on.
 *
 *   GET /api/v1/jobs/NAME/files?generation=2&after=1207.50 ─▶ { items: [{ path, outcome, bytes, why, id }], next }
 *
 * A job that is no ingest has none. A page is bounded in lines and in bytes; `next` names a task by its birth, and a line of it.
 */
import { outcomeOf, pageOfSubTransactions, runOf, showJob } from '../../actors/queries.ts';
import { Refused } from '../../actors/refused.ts';
import { workOf } from '../../actors/sheet-rows.ts';
import type { SubTransactionSummary } from '../../actors/views.ts';
import type { IngestInput, IngestResult, Skipped } from '../../handlers/ingest-items.ts';
import { outcomeOfLetter } from '../../handlers/ingest-outcomes.ts';
import { bytesOfName, joinPath, rawName, type RawName } from '../../handlers/raw-name.ts';
import type { ApiAccess } from './access.ts';
import { badRequest } from './problem.ts';
import type { Query } from './query.ts';
import { get, type Route } from './route.ts';

const LIMIT = 1_000;
const LIMIT_MAX = 10_000;
/** A page ends behind it. */
const PAGE_BYTES = 400_000;
const TASKS_AT_ONCE = 64;

/** One entry. */
export interface FileOutcome {
  /** From the root of the tree; of several trees with the name of the tree before it. */
  readonly path: RawName;
  /**
   * copied, appended, linked, unchanged, directory (made or found), excluded, skipped, deleted, failed, unknown
   * (nobody knows how its task ended), cancelled, pending; of a dry run wouldCopy, wouldAppend, wouldLink,
   * wouldMake, wouldDelete.
   */
  readonly outcome: string;
  /** Of what was copied or appended. */
  readonly bytes: number | null;
  readonly why: string | null;
  /** The sub-transaction that did it. */
  readonly id: string;
}

export interface FilesPage {
  readonly items: readonly FileOutcome[];
  /** What to ask for `after` to get the next page; null: this is the last one. */
  readonly next: string | null;
}

export const fileRoutes: readonly Route[] = [
  get({
    path: '/api/v1/jobs/:name/files',
    names: 'job name',
    query: ['generation', 'after', 'limit'],
    answer: ({ store, clock }, { name, query }) => {
      const last = showJob(store, name, clock.now());
      const generation = query.whole('generation', 1, Number.MAX_SAFE_INTEGER) ?? last.generation;
      const run = runOf(store, name, generation);
      if (!run)
        throw new Refused('unknown', `The job "${name}" has no run ${generation} on record.`);
      const limit = query.whole('limit', 1, LIMIT_MAX) ?? LIMIT;
      return pageOfFiles(store, { name, generation }, afterOf(query), limit);
    },
  }),
];

interface Place {
  readonly birth: number;
  readonly line: number;
}

function afterOf(query: Query): Place {
  const text = query.text('after') ?? '0.0';
  if (!/^\d{1,16}\.\d{1,9}$/.test(text)) {
    throw badRequest('after must be the "next" of the page before, as 1207.50.');
  }
  const [birth = 0, line = 0] = text.split('.').map(Number);
  return { birth, line };
}

export function pageOfFiles(
  store: ApiAccess['store'],
  { name, generation }: { readonly name: string; readonly generation: number },
  { birth, line }: Place,
  limit: number,
): FilesPage {
  const filter = { job: name, generation, after: Math.max(0, birth - 1) };
  const page = pageOfSubTransactions(store, filter, TASKS_AT_ONCE);
  const items: FileOutcome[] = [];
  let bytes = 0;
  for (const task of page.items) {
    let at = 0;
    for (const told of linesOf(store, task)) {
      at += 1;
      if (task.birth === birth && at <= line) continue;
      items.push(told);
      bytes += 150 + bytesOfName(told.path).length;
      if (items.length < limit && bytes < PAGE_BYTES) continue;
      return { items, next: `${task.birth}.${at}` };
    }
  }
  return { items, next: page.next === null ? null : `${page.next + 1}.0` };
}

function* linesOf(store: ApiAccess['store'], task: SubTransactionSummary): Generator<FileOutcome> {
  if (task.handler !== 'ingest') return;
  const input = workOf(store, task.birth)?.input as IngestInput | undefined;
  if (!input) return;
  const { result, failures, otherwise } = toldBy(store, task);
  const would = input.dryRun ? WOULD : {};
  const root = bytesOfName(input.target).toString('latin1').split('/').at(-1)!;
  const line = (
    path: RawName,
    outcome: string,
    why: string | null,
    bytes: number | null = null,
  ) => ({
    path: input.tree === undefined ? shown(path) : shown(path, Buffer.from(root, 'latin1')),
    outcome: would[outcome] ?? outcome,
    bytes,
    why,
    id: task.id,
  });
  const own = entriesOf(input);
  const places = { size: 0, why: 0 };
  for (const [index, path] of own.entries()) {
    const outcome = outcomeOfLetter(result.outcomes?.[index] ?? '');
    if (outcome === undefined) {
      yield line(path, otherwise.outcome, otherwise.why);
    } else if (outcome === 'copied' || outcome === 'appended') {
      yield line(path, outcome, null, result.sizes?.[places.size++] ?? null);
    } else if (outcome === 'excluded' || outcome === 'skipped' || outcome === 'failed') {
      yield line(path, outcome, result.reasons?.[result.why?.[places.why++] ?? -1] ?? null);
    } else yield line(path, outcome, null);
  }
  if (input.item.kind === 'files') return;
  const mine = new Set(own.map((path) => JSON.stringify(path)));
  const beside = ({ path }: Skipped) => !mine.has(JSON.stringify(path));
  for (const { path, why } of (result.skipped ?? []).filter(beside))
    yield line(path, 'skipped', why);
  for (const { path, why } of failures.filter(beside)) yield line(path, 'failed', why);
  const { deletions = [], deleted = 0 } = result;
  for (const path of deletions) yield line(path, 'deleted', null);
  const more = deleted - deletions.length;
  if (more > 0) {
    yield line(own[0]!, 'deleted', `and ${more} more entries of it, named in the log of the task`);
  }
}

const WOULD: Readonly<Record<string, string>> = {
  copied: 'wouldCopy',
  appended: 'wouldAppend',
  linked: 'wouldLink',
  missingDirectory: 'wouldMake',
  deleted: 'wouldDelete',
};

/** The paths that a task answers for, each once in a run: times come in a second pass. */
function entriesOf({ item }: IngestInput): readonly RawName[] {
  if (item.kind === 'directoryTimes') return [];
  if (item.kind === 'directory') return [item.dir];
  const dir = bytesOfName(item.dir);
  if (dir.length === 0) return item.names;
  return item.names.map((name) => rawName(joinPath(dir, bytesOfName(name))));
}

interface Told {
  readonly result: Partial<IngestResult>;
  readonly failures: readonly Skipped[];
  /** Of whatever the result says nothing of. */
  readonly otherwise: { readonly outcome: string; readonly why: string | null };
}

function toldBy(store: ApiAccess['store'], { birth, state }: SubTransactionSummary): Told {
  const outcome = outcomeOf(store, birth);
  const nothing = { result: {}, failures: [] };
  if (!outcome) {
    const word = state === 'cancelled' ? 'cancelled' : 'pending';
    return { ...nothing, otherwise: { outcome: word, why: null } };
  }
  if (outcome.state === 'done') {
    const result = Object(outcome.result) as Partial<IngestResult>;
    return { result, failures: [], otherwise: { outcome: 'unknown', why: null } };
  }
  const { message, detail } = outcome.failure;
  // What a failed one said may be anything.
  const said = Object(detail) as Partial<IngestResult & { failures: readonly Skipped[] }>;
  const isWhole = typeof said.outcomes === 'string';
  const word = { failed: 'failed', cancelled: 'cancelled' }[outcome.state as string] ?? 'unknown';
  return {
    result: isWhole ? said : {},
    failures: isWhole ? (said.failures ?? []) : [],
    otherwise: { outcome: word, why: message },
  };
}

/** The root of a tree is `.`, or the name of the tree. */
function shown(path: RawName, tree?: Buffer): RawName {
  if (path === '') return tree === undefined ? '.' : rawName(tree);
  return tree === undefined ? path : rawName(joinPath(tree, bytesOfName(path)));
}
