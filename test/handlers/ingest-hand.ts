/** Hands items of a small tree to the work of an ingest, one after the other, as a run would. */
import type { TaskContext } from '../../handlers/handler.ts';
import { createExcluder } from '../../handlers/ingest-exclusions.ts';
import type { IngestInput, IngestItem, IngestResult } from '../../handlers/ingest-items.ts';
import { walkTree } from '../../handlers/ingest-walk.ts';
import ingestItem from '../../handlers/ingest-work.ts';
import type { Trees } from './trees.ts';

export type Options = Partial<Omit<IngestInput, 'source' | 'target' | 'item'>>;

export const contextOf = (
  attempt = 1,
  signal: AbortSignal = new AbortController().signal,
  log: (text: string) => void = () => undefined,
): TaskContext =>
  ({
    id: 'x',
    job: 'j',
    fence: { birth: 77, attempt },
    signal,
    log,
    progress: () => undefined,
  }) as never;

/** One item. */
export const handIn = (
  { source, target }: Trees,
  item: IngestItem,
  options: Options = {},
  context = contextOf(),
): Promise<IngestResult> => ingestItem({ source, target, item, ...options }, context);

/** The whole tree; the result of each item, in order. */
export async function handInAll(trees: Trees, options: Options = {}): Promise<IngestResult[]> {
  const results: IngestResult[] = [];
  const walking = { excluder: createExcluder(options.exclusions) };
  for await (const item of walkTree(trees.source, walking)) {
    results.push(await handIn(trees, item, options));
  }
  return results;
}

/** One number of all results. */
export const total = (results: readonly IngestResult[], field: keyof IngestResult): number =>
  results.reduce((sum, result) => sum + Number(result[field]), 0);
