/** The journal: what happened, the newest first, as it is written; filtered by kind, by what it is about, by time. */
import { useRef, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import type { HistoryPage } from '../../../actors/history.ts';
import type { FactView } from '../../../actors/views.ts';
import { useLive } from '../live.ts';
import { Card } from '../parts/card.tsx';
import { FactTable } from '../parts/fact-table.tsx';
import { Head } from '../parts/head.tsx';
import { Icon } from '../parts/icon.tsx';
import { LookFurther } from '../parts/look-further.tsx';
import { Empty, Shown } from '../parts/nothing.tsx';
import { Pager } from '../parts/table.tsx';
import type { ViewProps } from '../routes.ts';
import '../styles/lists.css';

/** What people ask for, each a set of kinds. */
const GROUPS: readonly (readonly [string, string])[] = [
  ['all', ''],
  ['outages', 'agent.suspect,agent.lost,agent.reconciling,agent.reconciled,agent.boot,agent.blocked,agent.unblocked,agent.left'],
  ['jobs', 'job.started,job.resumed,job.finishing,job.finished,job.resting,job.stop,job.abandon,job.stopped,job.retry,job.missed,job.cleanedUp'],
  ['what failed', 'failed,lost,killed'],
  ['by people', 'people'],
  ['verdicts', 'verdict'],
  ['controller', 'controller.term,controller.active,controller.draining,controller.stopped,controller.classes,controller.pruned'],
]; // prettier-ignore

interface Filter {
  readonly kind: string;
  readonly about: string;
  readonly job: string;
  readonly from: string;
  readonly to: string;
}

const NAMES = ['kind', 'about', 'job', 'from', 'to'] as const;

const filterIn = (query: URLSearchParams): Filter => {
  const [kind, about, job, from, to] = NAMES.map((name) => query.get(name) ?? '') as [
    string, string, string, string, string,
  ]; // prettier-ignore
  return { kind, about, job, from, to };
};

export function History({ query }: ViewProps) {
  const [, go] = useLocation();
  const filter = filterIn(query);
  const after = query.get('after');
  const given = Object.entries(filter).filter(([, value]) => value !== '');
  const asked = new URLSearchParams([
    ...given,
    ['newest', 'true'],
    ...(after === null ? [] : [['after', after]]),
  ]);
  const live = useLive<HistoryPage>(`history?${asked.toString()}`, {
    about: (fact) => after === null && mayFit(fact, filter),
  });
  const [held, hold] = useState<HistoryPage>();
  const last = useRef<HistoryPage | undefined>(undefined);
  last.current = live.data;
  const to: Going = (change, replace = false) => {
    hold(undefined);
    const kept = Object.entries({ ...filter, ...change }).filter(([, value]) => value !== '');
    go(`/history?${new URLSearchParams(kept).toString()}`, { replace });
  };
  return (
    <>
      <Head
        title="History"
        lead="Every fact that the controller acts on, the newest first."
        actions={
          after === null && (
            <button
              type="button"
              class="button"
              aria-pressed={held !== undefined}
              onClick={() => hold(held ? undefined : last.current)}
            >
              <Icon name={held ? 'runs' : 'stopped'} /> {held ? 'Follow again' : 'Hold still'}
            </button>
          )
        }
      />
      <div class="choices" role="group" aria-label="Only facts about">
        {GROUPS.map(([text, kinds]) => (
          <button
            key={text}
            type="button"
            class="button small"
            aria-pressed={filter.kind === kinds}
            onClick={() => to({ kind: kinds })}
          >
            {text}
          </button>
        ))}
      </div>
      <Filters key={given.join(' ')} filter={filter} onChange={to} />
      <Card title="Facts" note={held ? 'held still' : noteOn(after, live.data)} isFlush>
        <Shown live={live}>
          {(data) => (
            <Facts page={held ?? data} after={after} isAll={given.length === 0} onPage={to} />
          )}
        </Shown>
      </Card>
    </>
  );
}

/** Shows other facts. `replace`: it is no step that somebody would go back to. */
type Going = (change: Partial<Filter> & { readonly after?: string }, replace?: boolean) => void;

interface FactsProps {
  readonly page: HistoryPage;
  readonly after: string | null;
  readonly isAll: boolean;
  readonly onPage: Going;
}

function Facts({ page: { items, next }, after, isAll, onPage }: FactsProps) {
  const further = (replace: boolean) => onPage({ after: String(next) }, replace);
  return (
    <>
      {items.length === 0 && next === null && (
        <Empty hint={isAll ? undefined : 'Ask for other kinds, another name, or another time.'}>
          {isAll ? 'Nothing has happened yet.' : 'Nothing of the kind is on record.'}
        </Empty>
      )}
      {items.length > 0 && <FactTable label="Facts" items={items} />}
      <LookFurther isShort={items.length === 0} next={next} onNext={() => further(true)} />
      <Pager
        next={next}
        onNext={() => further(false)}
        onFirst={after === null ? undefined : () => onPage({})}
      >
        The newest first.
      </Pager>
    </>
  );
}

/** Whether a new fact may belong into the list. */
const mayFit = (fact: FactView, { kind, about, job }: Filter): boolean =>
  (kind === '' || (kind === 'people' ? fact.by !== null : kind.split(',').includes(fact.kind))) &&
  (job === '' || fact.job === job) &&
  (about === '' || [fact.id, fact.job, fact.agent, fact.about].includes(about));

const noteOn = (after: string | null, page: HistoryPage | undefined): string | undefined =>
  after === null && page && page.items.length > 0 ? 'new ones come at the top' : undefined;

interface FiltersProps {
  readonly filter: Filter;
  readonly onChange: (change: Partial<Filter>) => void;
}

function Filters({ filter, onChange }: FiltersProps) {
  return (
    <form
      class="filters"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const text = (name: string) => {
          const value = form.get(name);
          return typeof value === 'string' ? value.trim() : '';
        };
        onChange({
          about: text('about'),
          job: text('job'),
          from: instantOf(text('from')),
          to: instantOf(text('to')),
        });
      }}
    >
      <label class="field">
        <span>About</span>
        <input
          type="search"
          name="about"
          defaultValue={filter.about}
          placeholder="a name, or controller"
        />
      </label>
      <label class="field">
        <span>Of the job, with its work</span>
        <input type="search" name="job" defaultValue={filter.job} placeholder="any" />
      </label>
      <label class="field">
        <span>From</span>
        <input type="datetime-local" name="from" step={1} defaultValue={localOf(filter.from)} />
      </label>
      <label class="field">
        <span>Before</span>
        <input type="datetime-local" name="to" step={1} defaultValue={localOf(filter.to)} />
      </label>
      <button type="submit" class="button">
        Show
      </button>
    </form>
  );
}

/** What the field says is in the time zone of whoever looks; what is asked is in UTC. */
const instantOf = (local: string): string => (local === '' ? '' : new Date(local).toISOString());

function localOf(instant: string): string {
  const at = Date.parse(instant);
  if (Number.isNaN(at)) return '';
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
