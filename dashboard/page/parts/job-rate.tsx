/** How fast a job went in the last half hour. */
import { useMemo } from 'preact/hooks';
import type { JobView } from '../../../actors/views.ts';
import { counted, shownDuration } from '../../../cli/shown.ts';
import type { SamplePage } from '../../server/sample-routes.ts';
import type { JobSample } from '../../server/samples.ts';
import { useLive } from '../live.ts';
import { Card } from './card.tsx';
import { Empty, Shown } from './nothing.tsx';
import { Plot } from './plot.tsx';

/** Two looks, two seconds apart, are needed. */
function Nothing({ job: { endedAt, elapsedMs, total } }: { readonly job: JobView }) {
  if (endedAt === null) {
    return <Empty hint="It is looked at every two seconds.">There is nothing to draw yet.</Empty>;
  }
  const measured = `${counted(total ?? 0, 'task')} in ${shownDuration(elapsedMs)}`;
  return (
    <Empty hint="Rates are kept for half an hour, and no longer than the controller runs.">
      It was over before a rate could be measured, or long ago: {measured}.
    </Empty>
  );
}

export function JobRateCard({ job }: { readonly job: JobView }) {
  const { name } = job;
  const path = `jobs/${encodeURIComponent(name)}/samples`;
  const live = useLive<SamplePage<JobSample>>(path, {
    about: ({ job, kind }) => job === name && kind.startsWith('job.'),
    ...(job.endedAt === null ? { everyMs: 2_000 } : {}),
  });
  const items = live.data?.items;
  const [times, values] = useMemo(
    () => [(items ?? []).map(({ at }) => Date.parse(at)), (items ?? []).map(({ rate }) => rate)],
    [items],
  );
  return (
    <Card title="Rate" note="done or failed a second, of the last half hour">
      <Shown live={live}>
        {() =>
          !values.some((rate) => rate !== null) ? (
            <Nothing job={job} />
          ) : (
            <Plot
              label={`Tasks of ${name} that were done or failed a second`}
              times={times}
              series={[{ name: 'rate', tone: 'busy', values, isFilled: true }]}
              unit="/s"
            />
          )
        }
      </Shown>
    </Card>
  );
}
