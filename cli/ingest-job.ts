/**
 * The job that copies trees: begun by `lifeline ingest` in its own process, or by a controller that is
 * asked to, and gone on with by whichever controller has its directory next.
 *
 *   spec on record (ingest-spec.ts)
 *     └▶ walk ─▶ files, directories ─▶ (all of them have come to rest) ─▶ times of directories
 *
 * The walk is done where the controller is: paths are those of its machine.
 */
import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { StartJob } from '../actors/controller-api.ts';
import type { JobSource } from '../dashboard/server/job-sources.ts';
import { createExcluder } from '../handlers/ingest-exclusions.ts';
import type { IngestInput, IngestItem } from '../handlers/ingest-items.ts';
import {
  checkSeveralTrees,
  checkTrees,
  UnusableTrees,
  type Tree,
} from '../handlers/ingest-trees.ts';
import { walkEntries, walkTimes } from '../handlers/ingest-walk.ts';
import { ingest } from '../handlers/ingest.ts';
import { rawName } from '../handlers/raw-name.ts';
import { checkIngestSpec, exclusionsOf, type IngestSpec } from './ingest-spec.ts';

/**
 * How a controller that is asked for an ingest, or has one on record, does it.
 * @param data its data directory
 */
export const ingestSource =
  (data: string): JobSource =>
  async (asked, { name, by }) => {
    const spec = checkIngestSpec(asked);
    const { source, target } = spec;
    if (typeof source !== 'string') {
      const trees = await checkSeveralTrees(source, target);
      refuseData(trees, spec, data);
      return ingestJob(name ?? ingestName(spec), spec, trees, by);
    }
    const tree = await checkTrees(source, target);
    refuseData([tree], spec, data);
    return ingestJob(name ?? ingestName({ ...spec, ...tree }), { ...spec, ...tree }, [tree], by);
  };

/** The job that does it. Times of directories come last, since every entry put into one changes its time. */
function ingestJob(name: string, spec: IngestSpec, trees: readonly Tree[], by: string): StartJob {
  const { filesPerTask, checksum, mode, dryRun } = spec;
  const exclusions = exclusionsOf(spec);
  const walking = { filesPerTask, excluder: createExcluder(exclusions) };
  const named = trees.map(({ source, target }) => ({
    source: rawName(Buffer.from(source)),
    target: rawName(Buffer.from(target)),
  }));
  // Left out where they are as usual, since they travel with each task.
  const usual = {
    ...(mode === 'put-sync' ? {} : { mode }),
    ...(spec.delete ? { delete: true } : {}),
    ...(dryRun ? { dryRun } : {}),
    ...(exclusions === undefined ? {} : { exclusions }),
  };
  const work = (item: IngestItem, place: number) => {
    const tree = trees.length > 1 ? { tree: place } : {};
    const input: IngestInput = { ...named[place]!, ...tree, item, checksum, ...usual };
    return { handler: ingest, input, key: keyOf({ item, ...tree }) };
  };
  return {
    name,
    source: sourceText(named, usual),
    spec: { kind: 'ingest', ...spec },
    hooksOf: ingest,
    by,
    async *items(run) {
      for (const [place, { source }] of trees.entries()) {
        for await (const item of walkEntries(source, walking)) yield work(item, place);
      }
      if (dryRun) return;
      await run.settled();
      for (const [place, { source }] of trees.entries()) {
        for await (const item of walkTimes(source, walking)) yield work(item, place);
      }
    },
  };
}

/** What a run is gone on with by: the same trees, and all that decides what becomes of them. */
function sourceText(
  trees: readonly Pick<IngestInput, 'source' | 'target'>[],
  usual: Partial<IngestInput>,
): string {
  const of = trees.length === 1 ? trees[0]! : { trees };
  return `ingest:${JSON.stringify({ ...of, ...usual })}`;
}

/** The same item has the same key, so that after a crash the tree is walked again and nothing taken twice. */
const keyOf = (of: { readonly item: IngestItem; readonly tree?: number }): string =>
  createHash('sha256').update(JSON.stringify(of)).digest('hex').slice(0, 32);

/** The name of an ingest that was given none. A dry run is a job of its own. */
export function ingestName({
  source,
  target,
  dryRun = false,
}: Pick<IngestSpec, 'source' | 'target'> & { readonly dryRun?: boolean }): string {
  const text = [source, target, ...(dryRun ? ['dry-run'] : [])].flat().join('\0');
  return `ingest-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}

/** The stores change while they are copied: the copy would be of no use, and never the same. */
function refuseData(trees: readonly Tree[], spec: IngestSpec, data: string): void {
  const missing: string[] = [];
  let existing = resolve(data);
  for (; !existsSync(existing); existing = dirname(existing)) missing.unshift(basename(existing));
  const real = join(realpathSync(existing), ...missing);
  const isIn = (directory: string) => real === directory || real.startsWith(join(directory, sep));
  if (trees.some(({ source }) => isIn(source))) {
    throw new UnusableTrees(
      `The data directory ${data} lies inside the source: choose another with --data.`,
    );
  }
  if (!spec.delete || !trees.some(({ target }) => isIn(target))) return;
  throw new UnusableTrees(
    `The data directory ${data} lies inside the target, where it would be deleted: choose another with --data.`,
  );
}
