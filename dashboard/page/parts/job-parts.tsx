/** What several views show of a job: how far it is, how fast, and what stands in its way. */
import { Link } from 'wouter-preact';
import type { ObstacleView } from '../../../actors/obstacles.ts';
import type { JobView } from '../../../actors/views.ts';
import { shownCount, shownDuration } from '../../../cli/shown.ts';
import { rateOf, shownRate } from '../rate.ts';
import { Icon } from './icon.tsx';
import { Progress } from './progress.tsx';

export const jobPath = (name: string): string => `/jobs/${encodeURIComponent(name)}`;

/** The work of a job, in some states. */
export const workPath = (job: string, states = ''): string =>
  `/sub-transactions?job=${encodeURIComponent(job)}${states && `&state=${states}`}`;

export function JobLink({ name }: { readonly name: string | null }) {
  if (name === null) return <span class="faint">no job</span>;
  return <Link href={jobPath(name)}>{name}</Link>;
}

export function JobProgress({ job }: { readonly job: JobView }) {
  const { done, failed, cancelled, parked, total, sourceEnded } = job;
  return (
    <span class="job-progress">
      <Progress
        total={total}
        parts={[
          { tone: 'good', count: done, text: 'done' },
          { tone: 'bad', count: failed, text: 'failed' },
          { tone: 'warn', count: parked, text: 'parked' },
          { tone: 'off', count: cancelled, text: 'cancelled' },
        ]}
      />
      <span class="job-progress-text">
        {total === null
          ? 'nothing yet'
          : `${shownCount(done)} of ${shownCount(total)}${sourceEnded ? '' : '+'}`}
      </span>
    </span>
  );
}

/** Tasks that came to rest a second, over the last seconds of this page. @param at when `job` was told */
export function jobRate(job: JobView, at: number | null): number | null {
  if (job.endedAt !== null || at === null) return null;
  const { name, generation, done, failed, cancelled, parked } = job;
  return rateOf(`${name} ${generation}`, done + failed + cancelled + parked, at);
}

export const JobRate = ({ job, at }: { readonly job: JobView; readonly at: number | null }) => (
  <>{shownRate(jobRate(job, at))}</>
);

/** How long what remains will take at this rate; null: nobody can say. */
export function leftOf(job: JobView, rate: number | null): string | null {
  if (!rate || job.remaining === null || job.remaining === 0) return null;
  return `about ${shownDuration((job.remaining / rate) * 1_000)} left${job.sourceEnded ? '' : ', and more is coming'}`;
}

/** It is busy, or about to be: nobody has to do anything. */
const ORDINARY = new Set(['noSlot', 'maxActive', 'maxProcesses', 'preJob']);

/** It does not pass by itself. */
export const isGrave = ({ obstacle }: ObstacleView): boolean => !ORDINARY.has(obstacle);

/** Something stands in its way that does not pass by itself. */
export const isBlocked = ({ obstacle }: JobView): boolean => obstacle !== null && isGrave(obstacle);

/** Why nothing that it has queued goes out, if that is so. */
export function Obstacle({ job }: { readonly job: JobView }) {
  if (job.obstacle === null) return null;
  const isBad = isGrave(job.obstacle);
  return (
    <span class={isBad ? 'obstacle grave' : 'obstacle'}>
      <Icon name={isBad ? 'warns' : 'waits'} size={12} /> What is queued waits: {job.obstacle.text}.
    </span>
  );
}
