/**
 * What needs somebody first, then what runs, then what comes next.
 *
 *   one sentence ─ the few numbers, each a link ─ jobs that run │ agents, worst first
 *                                                 last outages  │ deaths that nobody has confirmed
 */
import type { ComponentChildren } from 'preact';
import { Link } from 'wouter-preact';
import type { Liveness } from '../../../actors/views.ts';
import { counted, shownCount } from '../../../cli/shown.ts';
import type { SubTransactionState } from '../../../machines/sub-transaction.ts';
import type { OverviewView } from '../../server/overview.ts';
import { useLive } from '../live.ts';
import { Card } from '../parts/card.tsx';
import type { Tone } from '../parts/chip.tsx';
import { Head } from '../parts/head.tsx';
import { Icon } from '../parts/icon.tsx';
import { isBlocked, jobRate } from '../parts/job-parts.tsx';
import { Empty, Shown } from '../parts/nothing.tsx';
import { Countdown } from '../parts/time.tsx';
import { OutageList, UnconfirmedList, WorstAgents } from '../parts/trouble.tsx';
import { shownRate } from '../rate.ts';
import { JobTable } from './jobs.tsx';
import '../styles/overview.css';

export function Overview() {
  // Lag, progress and silence change without a fact.
  const live = useLive<OverviewView>('overview', { everyMs: 2_000 });
  return (
    <>
      <Head title="Overview" lead={live.data && sentenceOn(live.data)} />
      <Shown live={live}>
        {(view) => (
          <div class="stack">
            <Tiles view={view} at={live.at} />
            <div class="overview-grid">
              <div class="stack">
                <Jobs view={view} at={live.at} />
                <Card title="Last outages" note="times in which an agent was not heard" isFlush>
                  <OutageList
                    items={view.outages}
                    silent={view.worst.find(({ liveness }) => SILENT.includes(liveness))?.id}
                  />
                </Card>
              </div>
              <div class="stack">
                <Card
                  title="Agents"
                  note="the worst first"
                  actions={<Link href="/agents">All of them</Link>}
                  isFlush
                >
                  <WorstAgents items={view.worst} />
                </Card>
                {view.unconfirmed.total > 0 && (
                  <Card
                    title="Unconfirmed"
                    note={`${shownCount(view.unconfirmed.total)}: given up, and no agent has told how they ended`}
                    isFlush
                  >
                    <UnconfirmedList items={view.unconfirmed.items} />
                  </Card>
                )}
              </div>
            </div>
          </div>
        )}
      </Shown>
    </>
  );
}

const SILENT: readonly (Liveness | null)[] = ['gone', 'cutOff'];

const TROUBLES: readonly (readonly [Liveness, string, string])[] = [
  ['gone', 'is gone', 'are gone'],
  ['cutOff', 'is cut off', 'are cut off'],
  ['blocked', 'is blocked', 'are blocked'],
  ['rebooted', 'has just begun anew', 'have just begun anew'],
];

function sentenceOn({ agents, jobs, jobsTotal, parked, unconfirmed }: OverviewView): string {
  const parts: string[] = [];
  for (const [liveness, one, many] of TROUBLES) {
    const n = agents.byLiveness[liveness] ?? 0;
    if (n > 0) parts.push(`${counted(n, 'agent')} ${n === 1 ? one : many}`);
  }
  if (agents.total === 0) parts.push('No agent has said hello yet');
  else if (parts.length === 0) parts.push('No agent is in trouble');
  const going = jobsTotal === 1 ? 'is' : 'are';
  parts.push(jobsTotal === 0 ? 'no job runs' : `${counted(jobsTotal, 'job')} ${going} not over`);
  const blocked = jobs.filter(isBlocked).length;
  if (blocked > 0) parts.push(`something stands in the way of ${blocked}`);
  if (parked > 0) {
    parts.push(`${shownCount(parked)} ${parked === 1 ? 'waits' : 'wait'} for a decision of yours`);
  }
  if (unconfirmed.total > 0) parts.push(`${counted(unconfirmed.total, 'death')} not confirmed`);
  if (parked + unconfirmed.total === 0) parts.push('nothing waits for you');
  return `${parts.join('; ')}.`;
}

const OUT = ['sent', 'received', 'inProgress', 'idle', 'cancelling'] as const;
const WAITING = ['queued', 'waiting'] as const;

function Tiles({ view, at }: { readonly view: OverviewView; readonly at: number | null }) {
  const { agents, jobs, parked, unconfirmed, nextSweepAt, work } = view;
  const alive = (agents.byLiveness.alive ?? 0) + (agents.byLiveness.rebooted ?? 0);
  const here = agents.total - (agents.byLiveness.left ?? 0);
  const rates = jobs.map((job) => jobRate(job, at)).filter((rate) => rate !== null);
  const count = (states: readonly SubTransactionState[]) =>
    states.reduce((sum, state) => sum + work[state], 0);
  return (
    <ul class="tiles">
      <Tile href="/agents" name="Agents alive" tone={alive < here ? 'bad' : 'good'}>
        {shownCount(alive)}
        <small> of {shownCount(here)}</small>
      </Tile>
      <Tile href="/jobs" name="Jobs that run">
        {shownCount(view.jobsTotal)}
      </Tile>
      <Tile href={`/sub-transactions?state=${OUT.join(',')}`} name="Out at agents">
        {shownCount(count(OUT))}
      </Tile>
      <Tile href={`/sub-transactions?state=${WAITING.join(',')}`} name="Waiting">
        {shownCount(count(WAITING))}
      </Tile>
      <Tile href="/jobs" name="Rate">
        {shownRate(rates.length === 0 ? null : rates.reduce((sum, rate) => sum + rate, 0))}
      </Tile>
      <Tile href="/parked" name="Parked" tone={parked > 0 ? 'warn' : undefined}>
        {shownCount(parked)}
      </Tile>
      <Tile href="/agents" name="Unconfirmed" tone={unconfirmed.total > 0 ? 'bad' : undefined}>
        {shownCount(unconfirmed.total)}
      </Tile>
      <Tile href="/statecharts/controller" name="Next sweep">
        <Countdown at={nextSweepAt} />
      </Tile>
    </ul>
  );
}

interface TileProps {
  readonly href: string;
  readonly name: string;
  readonly tone?: Tone | undefined;
  readonly children: ComponentChildren;
}

function Tile({ href, name, tone, children }: TileProps) {
  const signs = { bad: 'warns', warn: 'asks', good: 'done' } as const;
  const sign = tone === 'bad' || tone === 'warn' || tone === 'good' ? signs[tone] : undefined;
  return (
    <li>
      <Link href={href} class={tone ? `tile tone-${tone}` : 'tile'}>
        <span class="tile-name">
          {sign && <Icon name={sign} size={12} />} {name}
        </span>
        <span class="tile-value">{children}</span>
      </Link>
    </li>
  );
}

function Jobs({ view, at }: { readonly view: OverviewView; readonly at: number | null }) {
  const { jobs, jobsTotal } = view;
  return (
    <Card
      title="Jobs"
      note={jobsTotal > jobs.length ? `${jobs.length} of ${shownCount(jobsTotal)}` : undefined}
      actions={<Link href="/jobs">All of them</Link>}
      isFlush
    >
      {jobs.length === 0 ? (
        <Empty
          hint={
            <>
              <code>lifeline run -- sleep 30</code> gives it something to do;{' '}
              <Link href="/jobs">jobs that are over</Link> are kept.
            </>
          }
        >
          No job runs.
        </Empty>
      ) : (
        <JobTable label="Jobs that are not over" jobs={jobs} group="active" at={at} />
      )}
    </Card>
  );
}
