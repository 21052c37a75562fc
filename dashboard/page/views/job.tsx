/**
 * One job: how far it is and how fast, what stands in its way, why it is where it is, what failed and why.
 *
 *   head: the last sentence of `lifeline explain`, the actions
 *   progress with its counts ─ rate over time ─ what runs, what failed ─ the sentences ─ the record, older runs
 */
import { Link, useLocation } from 'wouter-preact';
import type { Sentence } from '../../../actors/explain.ts';
import type { JobDetail } from '../../../actors/queries.ts';
import type { JobView } from '../../../actors/views.ts';
import { counted, shownCount } from '../../../cli/shown.ts';
import { useLive, type Live } from '../live.ts';
import { Act } from '../parts/act.tsx';
import { Card } from '../parts/card.tsx';
import { Chip, JobChip } from '../parts/chip.tsx';
import { Head } from '../parts/head.tsx';
import { jobRate, leftOf, workPath } from '../parts/job-parts.tsx';
import { JobRateCard } from '../parts/job-rate.tsx';
import { JobRecord } from '../parts/job-record.tsx';
import { JobWork } from '../parts/job-work.tsx';
import { Shown } from '../parts/nothing.tsx';
import { Progress, type ProgressPart } from '../parts/progress.tsx';
import { Sentences } from '../parts/sentences.tsx';
import { shownRate } from '../rate.ts';
import type { ViewProps } from '../routes.ts';
import '../styles/job.css';

export function Job({ name }: ViewProps) {
  const path = `jobs/${encodeURIComponent(name)}`;
  const about = (fact: { readonly job: string | null }) => fact.job === name;
  const live = useLive<JobDetail>(path, { about, everyMs: 5_000 });
  const said = useLive<{ readonly items: readonly Sentence[] }>(`${path}/explain`, { about });
  const job = live.data;
  return (
    <>
      <Head
        kicker={<Link href="/jobs">Jobs</Link>}
        title={name}
        chips={job && <Chips job={job} />}
        lead={said.data?.items.at(-1)?.text}
        actions={job && <Actions job={job} live={live} />}
      />
      <Shown live={live}>
        {(shown) => (
          <div class="stack">
            <Counts job={shown} at={live.at} />
            <div class="grid">
              <JobRateCard job={shown} />
              <Card title="Why it is where it is">
                <Sentences live={said} />
              </Card>
            </div>
            <JobWork job={shown} />
            <JobRecord job={shown} />
          </div>
        )}
      </Shown>
    </>
  );
}

function Chips({ job }: { readonly job: JobView }) {
  return (
    <>
      <JobChip state={job.state} />
      {job.generation > 1 && (
        <Chip tone="off" icon="again">
          run {job.generation}
        </Chip>
      )}
    </>
  );
}

function Actions({ job, live }: { readonly job: JobView; readonly live: Live<JobDetail> }) {
  const [, go] = useLocation();
  const path = `jobs/${encodeURIComponent(job.name)}`;
  const isOver = job.state === 'finished' || job.state === 'stopped';
  return (
    <>
      {job.failed > 0 && (
        <Act<{ readonly retried: number }>
          label={`Retry ${shownCount(job.failed)} failed`}
          asks={`Do the failed ones of ${job.name} again?`}
          says={`${counted(job.failed, 'failed sub-transaction')} handed in anew, with fresh budgets. What failed stays in the history.`}
          path={`${path}/retry`}
          done={({ retried }) =>
            `${counted(retried, 'sub-transaction')} of ${job.name} ${retried === 1 ? 'is' : 'are'} done again.`
          }
          onDone={live.again}
        />
      )}
      {!isOver && job.state !== 'stopping' && (
        <Act<JobView>
          label="Stop"
          asks={`Stop ${job.name}?`}
          says={`Nothing more is given out, and what is out at agents is cancelled and killed.${job.ticks.length > 0 ? ' There is no next run.' : ''}`}
          path={`${path}/stop`}
          done={({ state }) =>
            `${job.name} is ${state === 'stopped' ? 'stopped' : 'being stopped'}.`
          }
          onDone={live.again}
          isGrave
        />
      )}
      {isOver && (
        <Act
          label="Take out of the lists"
          asks={`Take ${job.name} out of the lists?`}
          says="Its records are removed bit by bit, with all its sub-transactions. What is in the journal stays until it is pruned."
          path={`${path}/cleanup`}
          done={() => `${job.name} is taken out of the lists.`}
          onDone={() => go('/jobs')}
          isGrave
        />
      )}
    </>
  );
}

/** What each count means, and which states it is made of. */
function partsOf(job: JobView): readonly (ProgressPart & { readonly states: string })[] {
  return [
    { tone: 'good', count: job.done, text: 'done', states: 'done' },
    { tone: 'bad', count: job.failed, text: 'failed', states: 'failed' },
    { tone: 'warn', count: job.parked, text: 'parked', states: 'parked' },
    { tone: 'off', count: job.cancelled, text: 'cancelled', states: 'cancelled' },
    {
      tone: 'wait',
      count: job.remaining ?? 0,
      text: 'remaining',
      states: 'queued,sent,received,inProgress,idle,waiting,cancelling',
    },
  ];
}

function Counts({ job, at }: { readonly job: JobView; readonly at: number | null }) {
  const rate = jobRate(job, at);
  const left = leftOf(job, rate);
  const parts = partsOf(job);
  return (
    <Card
      title="Progress"
      note={[
        job.total === null
          ? 'nothing has been handed in yet'
          : `${shownCount(job.total)} handed in${job.sourceEnded ? '' : ' so far'}`,
        ...(rate === null ? [] : [shownRate(rate)]),
        ...(left === null ? [] : [left]),
      ].join(' · ')}
    >
      <div class="job-counts">
        <Progress parts={parts.filter(({ text }) => text !== 'remaining')} total={job.total} />
        <ul>
          {parts.map(({ tone, count, text, states }) => (
            <li key={text} class={`tone-${tone}`}>
              <Link href={workPath(job.name, states)}>
                <i /> <b class={count === 0 ? 'faint' : undefined}>{shownCount(count)}</b> {text}
              </Link>
            </li>
          ))}
          {job.retried > 0 && (
            <li class="plain">
              <b>{shownCount(job.retried)}</b> tried again
            </li>
          )}
          {job.lost > 0 && (
            <li class="plain">
              <b>{shownCount(job.lost)}</b> lost with their agent
            </li>
          )}
        </ul>
      </div>
    </Card>
  );
}
