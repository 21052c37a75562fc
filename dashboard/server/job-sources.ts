/**
 * Where the work of a job comes from, as data: what can be asked for over HTTP, and begun again when a
 * controller has been restarted.
 *
 *   { kind: 'ingest', source: '/a', target: '/b' } ──▶ sources.get('ingest') ──▶ StartJob ──▶ controller
 */
import type { Clock } from '../../actors/clock.ts';
import type { Controller, StartJob } from '../../actors/controller-api.ts';
import type { Recorded } from '../../actors/facts.ts';
import type { Logger } from '../../actors/logger.ts';
import { under, type JobRow } from '../../actors/records.ts';
import { Refused } from '../../actors/refused.ts';
import { RequestRefused } from './problem.ts';
import { within } from './within.ts';

/** Less than a client over the transport waits for an answer, so that it is told what is the matter. */
const SOURCE_WITHIN_MS = 20_000;

/**
 * Makes a job of a spec; what it needs to be begun again it gives as `spec` of the job.
 *
 * @throws one sentence that says what is wrong with the spec (`InvalidInput`, `InvalidId`, `UnusableTrees`, …)
 */
export type JobSource = (
  spec: { readonly [key: string]: unknown },
  named: { readonly name?: string; readonly by: string },
) => Promise<StartJob>;

/**
 * The job that a source makes.
 *
 * @throws what the source throws; {RequestRefused} `sourceSilent` when it takes longer than 20 s
 */
export async function makeJob(
  clock: Clock,
  source: JobSource,
  ...[spec, named]: Parameters<JobSource>
): Promise<StartJob> {
  const job = await within(clock, SOURCE_WITHIN_MS, source(spec, named));
  if (job) return job;
  throw new RequestRefused(
    'sourceSilent',
    `The source has not answered within ${SOURCE_WITHIN_MS / 1_000} s, so nothing was begun: see whether its file system hangs, then ask again.`,
  );
}

/** What is gone on with. An `ApiAccess` is one. */
export interface Resuming {
  readonly store: Recorded;
  readonly clock: Clock;
  readonly controller?: Controller;
  readonly sources: ReadonlyMap<string, JobSource>;
  readonly logger: Logger;
}

/** A job that rests has a next run, which is begun from the same source. */
const GOES_ON = new Set<string>(['starting', 'running', 'resting']);

/**
 * Goes on with every job that has a spec on record and is not over. A run whose source cannot go on (its
 * tree is gone or its disk hangs, say) is logged and stays as it is, so that it can be mended or stopped.
 *
 * @returns the names of the jobs that go on
 */
export async function resumeJobs(resuming: Resuming): Promise<readonly string[]> {
  const { store, clock, controller, sources, logger } = resuming;
  if (!controller) return [];
  const rows = [...store.range(under('job'))].map(([, value]) => value as unknown as JobRow);
  const names: string[] = [];
  for (const { name, generation, state, spec, by } of rows) {
    if (!GOES_ON.has(state) || !isSpec(spec)) continue;
    try {
      const source = sources.get(spec.kind);
      if (!source) throw new Error(`No source of the kind "${spec.kind}" is known here.`);
      const job = await makeJob(clock, source, spec, { name, by });
      await controller.startJob({ ...job, resumes: generation });
      names.push(name);
    } catch (error) {
      // It was stopped, or has ended, while its source was being asked.
      if (error instanceof Refused && error.code === 'ended') continue;
      logger.error({ err: error, job: name }, 'a job cannot be gone on with');
    }
  }
  return names;
}

const isSpec = (spec: unknown): spec is { readonly kind: string } =>
  typeof (spec as { readonly kind?: unknown } | null)?.kind === 'string';
