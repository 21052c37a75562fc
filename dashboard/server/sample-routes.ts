/**
 * The routes of what charts are drawn from: how an agent or a job stood, step by step. A controller that has
 * just begun, and a directory whose controller does not run, have nothing of it.
 */
import { noAgent } from '../../actors/agent-queries.ts';
import { noJob } from '../../actors/job-run.ts';
import { key } from '../../actors/records.ts';
import type { ApiAccess } from './access.ts';
import { get, type Route } from './route.ts';
import { STEP_MS, type AgentSample, type JobSample } from './samples.ts';

/** What the two routes answer. */
export interface SamplePage<Sample> {
  readonly stepMs: number;
  /** Oldest first. */
  readonly items: readonly Sample[];
  readonly next: null;
}

export const sampleRoutes: readonly Route[] = [
  get({
    path: '/api/v1/agents/:name/samples',
    names: 'agent id',
    query: ['from'],
    answer({ store, samples }: ApiAccess, { name, query }): SamplePage<AgentSample> {
      if (store.get(key.agent(name)) === undefined) throw noAgent(name);
      return page(samples?.ofAgent(name, query.instant('from') ?? 0));
    },
  }),
  get({
    path: '/api/v1/jobs/:name/samples',
    names: 'job name',
    query: ['from'],
    answer({ store, samples }: ApiAccess, { name, query }): SamplePage<JobSample> {
      if (store.get(key.job(name)) === undefined) throw noJob(name);
      return page(samples?.ofJob(name, query.instant('from') ?? 0));
    },
  }),
];

const page = <Sample>(items: readonly Sample[] = []): SamplePage<Sample> => ({
  stepMs: STEP_MS,
  items,
  next: null,
});
