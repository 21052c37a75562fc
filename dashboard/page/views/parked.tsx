/** What waits for a person: why nobody else can say, and each answer that can be given. */
import type { SubTransactionSummary, SubTransactionView } from '../../../actors/views.ts';
import { useLocation } from 'wouter-preact';
import { useLive } from '../live.ts';
import { AgentLink } from '../parts/agent-parts.tsx';
import { Card } from '../parts/card.tsx';
import { Head } from '../parts/head.tsx';
import { JobLink } from '../parts/job-parts.tsx';
import { LookFurther } from '../parts/look-further.tsx';
import { Empty, Failed, Loading, Shown } from '../parts/nothing.tsx';
import { Decide } from '../parts/sub-actions.tsx';
import { SubLink } from '../parts/sub-parts.tsx';
import { Pager } from '../parts/table.tsx';
import { Ago } from '../parts/time.tsx';
import type { ViewProps } from '../routes.ts';
import '../styles/lists.css';
import '../styles/sub.css';

interface Page {
  readonly items: readonly SubTransactionSummary[];
  readonly next: number | null;
}

/** Each of them is asked about by itself. */
const PER_PAGE = 20;

export function Parked({ query }: ViewProps) {
  const [, go] = useLocation();
  const [job, after] = [query.get('job'), query.get('after')];
  const of = job === null ? '' : `&job=${encodeURIComponent(job)}`;
  const from = after === null ? '' : `&after=${after}`;
  const live = useLive<Page>(`sub-transactions?state=parked&limit=${PER_PAGE}${of}${from}`, {
    about: (fact) => fact.about === 'subTransaction',
  });
  const to = (next: string) => go(`/parked?${[of, next].join('').slice(1)}`);
  return (
    <>
      <Head
        title="Parked"
        lead={
          job === null
            ? 'Their outcome is unknown and they may not be done twice blindly, or they are poison: a person decides.'
            : `Work of the job ${job} that waits for a person.`
        }
      />
      <Shown live={live}>
        {({ items, next }) => (
          <Card
            title={items.length === 0 ? 'Decisions' : 'Waiting for a decision'}
            note="the oldest first"
            isFlush
          >
            {items.length === 0 && next === null && (
              <Empty hint="Work comes here when its agent was lost with it and its handler may not be run twice (onUnknown: park).">
                Nothing waits for a decision.
              </Empty>
            )}
            {items.map((item) => (
              <ParkedOne key={item.birth} item={item} onDone={live.again} />
            ))}
            <LookFurther
              isShort={items.length === 0}
              next={next}
              onNext={() => to(`&after=${next}`)}
            />
            <Pager
              next={next}
              onNext={() => to(`&after=${next}`)}
              onFirst={after === null ? undefined : () => to('')}
            />
          </Card>
        )}
      </Shown>
    </>
  );
}

interface ParkedOneProps {
  readonly item: SubTransactionSummary;
  readonly onDone: () => void;
}

function ParkedOne({ item, onDone }: ParkedOneProps) {
  const { id, job, handler, agent, attempt } = item;
  const live = useLive<SubTransactionView>(`sub-transactions/${encodeURIComponent(id)}`, {
    about: (fact) => fact.id === id,
  });
  const { data, error } = live;
  const parkedAt = data?.history.findLast(({ state }) => state === 'parked')?.at ?? null;
  return (
    <article class="decide" aria-label={id}>
      <div class="decide-head">
        <strong>
          <SubLink id={id} />
        </strong>
        <span class="muted">
          {handler} · attempt {attempt} at <AgentLink id={agent} /> · <JobLink name={job} />
        </span>
        {parkedAt !== null && (
          <span class="faint">
            parked <Ago at={parkedAt} />
          </span>
        )}
      </div>
      {data === undefined && (error === undefined ? <Loading /> : <Failed error={error} />)}
      {data && <Decide sub={data} again={onDone} />}
    </article>
  );
}
