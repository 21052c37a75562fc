/**
 * `lifeline ingest SRC DST` (alias `start`): copies a tree under supervision. What is in place already is
 * left alone, so the second time nothing is copied.
 *
 *   walk ─▶ files, directories ─▶ (all of them have come to rest) ─▶ times of directories ─▶ summary
 */
import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { StartJob } from '../actors/controller-api.ts';
import { ingest } from '../handlers/ingest.ts';
import type { IngestInput, IngestItem } from '../handlers/ingest-items.ts';
import { checkTrees } from '../handlers/ingest-trees.ts';
import { walkTree } from '../handlers/ingest-walk.ts';
import { rawName } from '../handlers/raw-name.ts';
import { parseId } from '../transport/ids.ts';
import { createHandlers, openEmbedded } from './embedded.ts';
import { CommandFailed, exitCodes, usage } from './failure.ts';
import { followJob } from './follow-job.ts';
import { sumResults, summaryLines } from './ingest-summary.ts';
import { jsonDocument } from './json.ts';
import { firstUnwell, jobExitCode, jobLine, unwellLines } from './outcome.ts';
import type { Verb } from './verb.ts';
import { whoAmI } from './who.ts';

export const ingestVerb: Verb = {
  name: 'ingest',
  alias: 'start',
  arguments: '<source> <target>',
  summary: 'copy a tree under supervision; what is in place already is left alone',
  settings: ['agents', 'slots', 'files-per-task', 'checksum'],
  // Trouble with agents is told in words.
  fallbacks: { 'log-level': 'error' },
  options: [['--job <NAME>', 'name of the job (default ingest- and 8 digits of the paths)']],
  async run(call) {
    const { values, options, print } = call;
    const given = typeof options['job'] === 'string' ? parseId(options['job'], 'job name') : null;
    const trees = await checkTrees(call.args[0]!, call.args[1]!);
    refuseDataInside(trees.source, values.data);
    const work = { ...trees, filesPerTask: values['files-per-task'], checksum: values.checksum };
    const embedded = await openEmbedded(call, await createHandlers(call.clock), values.agents);
    try {
      const { store, controller } = embedded;
      const job = await controller.startJob(ingestJob(given ?? defaultName(trees), work));
      const ended = await followJob(call, embedded, job);
      if (ended === undefined) {
        throw new CommandFailed(
          exitCodes.interrupted,
          `Interrupted; the same command goes on with "${job.name}" where it was.`,
        );
      }
      const summary = sumResults(store, ended);
      const unwell = firstUnwell(store, ended);
      if (values.json) print(jsonDocument({ ...ended, summary, unwell }));
      else {
        const lines = [jobLine(ended), ...summaryLines(summary), ...unwellLines(ended, unwell)];
        for (const line of lines) print(line);
      }
      return jobExitCode(ended);
    } finally {
      await embedded.close();
    }
  },
};

/** The stores change while they are copied: the copy would be of no use, and never the same. */
function refuseDataInside(source: string, data: string): void {
  const missing: string[] = [];
  let existing = resolve(data);
  for (; !existsSync(existing); existing = dirname(existing)) missing.unshift(basename(existing));
  const real = join(realpathSync(existing), ...missing);
  if (real !== source && !real.startsWith(join(source, sep))) return;
  throw usage(`The data directory ${data} lies inside the source: choose another with --data.`);
}

/** What an ingest is about. Paths are real paths. */
export interface IngestWork {
  readonly source: string;
  readonly target: string;
  readonly filesPerTask: number;
  readonly checksum: boolean;
}

/** The job that does it. Times of directories come last, since every entry put into one changes its time. */
export function ingestJob(name: string, work: IngestWork): StartJob {
  const { source, target } = work;
  const trees = { source: rawName(Buffer.from(source)), target: rawName(Buffer.from(target)) };
  return {
    name,
    source: `ingest:${JSON.stringify(trees)}`,
    by: whoAmI(),
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

const defaultName = ({ source, target }: { readonly source: string; readonly target: string }) =>
  `ingest-${createHash('sha256').update(`${source}\0${target}`).digest('hex').slice(0, 8)}`;
