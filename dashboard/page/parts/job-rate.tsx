/** How fast a job went in the last half hour. */
import { useMemo } from 'preact/hooks';
import type { SamplePage } from '../../server/sample-routes.ts';
import type { JobSample } from '../../server/samples.ts';
import { useLive } from '../live.ts';
import { Card } from './card.tsx';
import { Empty, Shown } from './nothing.tsx';
import { Plot } from './plot.tsx';

export function JobRateCard({
  name,
  isGoing,
}: {
  readonly name: string;
  readonly isGoing: boolean;
}) {
  const path = `jobs/${encodeURIComponent(name)}/samples`;
  const live = useLive<SamplePage<JobSample>>(path, {
    about: ({ job, kind }) => job === name && kind.startsWith('job.'),
    ...(isGoing ? { everyMs: 2_000 } : {}),
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
          times.length < 2 ? (
            <Empty hint="It is looked at every two seconds, as long as a controller runs.">
              There is nothing to draw yet.
            </Empty>
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
