/**
 * The job that copies a tree: begun by `lifeline ingest` in its own process, or by a controller that is
 * asked to, and gone on with by whichever controller has its directory next.
 *
 *   spec on record { kind: 'ingest', source, target, filesPerTask, checksum }
 *     └▶ walk ─▶ files, directories ─▶ (all of them have come to rest) ─▶ times of directories
 *
 * The walk is done where the controller is: paths are those of its machine.
 */
import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import type { StartJob } from '../actors/controller-api.ts';
import { InvalidInput } from '../actors/work-item.ts';
import type { JobSource } from '../dashboard/server/job-sources.ts';
import { ingest } from '../handlers/ingest.ts';
import type { IngestInput, IngestItem } from '../handlers/ingest-items.ts';
import { checkTrees, UnusableTrees } from '../handlers/ingest-trees.ts';
import { FILES_PER_TASK, walkTree } from '../handlers/ingest-walk.ts';
import { rawName } from '../handlers/raw-name.ts';

/** What an ingest is about. Paths are real paths. */
export interface IngestWork {
  readonly source: string;
  readonly target: string;
  readonly filesPerTask: number;
  readonly checksum: boolean;
}

/** The job that does it. Times of directories come last, since every entry put into one changes its time. */
export function ingestJob(name: string, work: IngestWork, by: string): StartJob {
  const { source, target } = work;
  const trees = { source: rawName(Buffer.from(source)), target: rawName(Buffer.from(target)) };
  return {
    name,
    source: `ingest:${JSON.stringify(trees)}`,
    spec: { kind: 'ingest', ...work },
    by,
    async *items(run) {
      let isSettled = false;
      for await (const item of walkTree(source, { filesPerTask: work.filesPerTask })) {
        if (item.kind === 'directoryTimes' && !isSettled) {
          await run.settled();
          isSettled = true;
        }
        const input: IngestInput = { ...trees, item, checksum: work.checksum };
        yield { handler: ingest, input, key: keyOf(item) };
      }
    },
  };
}

/** The same item has the same key, so that after a crash the tree is walked again and nothing taken twice. */
const keyOf = (item: IngestItem): string =>
  createHash('sha256').update(JSON.stringify(item)).digest('hex').slice(0, 32);

/** The name of an ingest that was given none. */
export const ingestName = ({ source, target }: Pick<IngestWork, 'source' | 'target'>): string =>
  `ingest-${createHash('sha256').update(`${source}\0${target}`).digest('hex').slice(0, 8)}`;

/**
 * The trees as real paths.
 * @throws {UnusableTrees} also when the data directory lies in the source
 */
export async function checkIngest(
  source: string,
  target: string,
  data: string,
): Promise<Pick<IngestWork, 'source' | 'target'>> {
  const trees = await checkTrees(source, target);
  refuseDataInside(trees.source, data);
  return trees;
}

/** The stores change while they are copied: the copy would be of no use, and never the same. */
function refuseDataInside(source: string, data: string): void {
  const missing: string[] = [];
  let existing = resolve(data);
  for (; !existsSync(existing); existing = dirname(existing)) missing.unshift(basename(existing));
  const real = join(realpathSync(existing), ...missing);
  if (real !== source && !real.startsWith(join(source, sep))) return;
  throw new UnusableTrees(
    `The data directory ${data} lies inside the source: choose another with --data.`,
  );
}

/**
 * How a controller that is asked for an ingest, or has one on record, does it.
 * @param data its data directory
 */
export const ingestSource =
  (data: string): JobSource =>
  async (spec, { name, by }) => {
    const { source, target, filesPerTask, checksum } = checkSpec(spec);
    const trees = await checkIngest(source, target, data);
    return ingestJob(name ?? ingestName(trees), { ...trees, filesPerTask, checksum }, by);
  };

/** @throws {InvalidInput} for a spec that is none */
function checkSpec(spec: { readonly [key: string]: unknown }): IngestWork {
  const { source, target, filesPerTask = FILES_PER_TASK, checksum = false } = spec;
  const isCount = Number.isInteger(filesPerTask) && Number(filesPerTask) >= 1;
  if (!isCount || Number(filesPerTask) > 1_000) {
    throw new InvalidInput(
      'The "filesPerTask" of an ingest must be a whole number from 1 to 1000.',
    );
  }
  if (typeof checksum !== 'boolean') {
    throw new InvalidInput('The "checksum" of an ingest must be true or false.');
  }
  return {
    source: absolutePath(source, 'source'),
    target: absolutePath(target, 'target'),
    filesPerTask: Number(filesPerTask),
    checksum,
  };
}

function absolutePath(path: unknown, what: string): string {
  if (typeof path === 'string' && isAbsolute(path) && !path.includes('\0')) return path;
  throw new InvalidInput(
    `The "${what}" of an ingest must be an absolute path on the controller's machine, not ${JSON.stringify(path)}.`,
  );
}
