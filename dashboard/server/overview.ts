/**
 * All at one glance: what needs somebody first. Every list in it is short, and what it leaves out is counted.
 *
 *   agents by severity · jobs that run · work by state · deaths nobody has confirmed · the last outages
 */
import { listAgents, type AgentSummary } from '../../actors/agent-queries.ts';
import type { OutageView } from '../../actors/outages.ts';
import { listJobs } from '../../actors/queries.ts';
import { key } from '../../actors/records.ts';
import { rowOf } from '../../actors/sub-row.ts';
import { unconfirmedAt, type Unconfirmed } from '../../actors/unconfirmed.ts';
import { instant, type JobView, type Liveness } from '../../actors/views.ts';
import type { ApiAccess } from './access.ts';
import type { WorkCounts } from './census.ts';
import { obstaclesOf } from './class-routes.ts';
import type { Ground } from './route.ts';
import type { StatusView } from './status.ts';

/** Of each list that needs somebody; of outages fewer. */
const SHOWN = 20;
const OUTAGES = 10;
/** Unconfirmed attempts among which the newest are looked for. */
const LOOKED = 1_000;

/** Worst first; nothing is known of an agent that no controller has heard. */
const SEVERITY: readonly (Liveness | null)[] = [
  'gone',
  'cutOff',
  'blocked',
  'rebooted',
  null,
  'alive',
  'left',
];

export interface OverviewView {
  readonly at: string;
  readonly status: StatusView;
  readonly nextSweepAt: string | null;
  /** `unknown` counts those that no controller has heard. */
  readonly agents: {
    readonly total: number;
    readonly byLiveness: Readonly<Partial<Record<Liveness | 'unknown', number>>>;
  };
  /** Agents, worst first: the first 20. */
  readonly worst: readonly AgentSummary[];
  /** Jobs that are not over: the first 20, and how many there are. */
  readonly jobs: readonly JobView[];
  readonly jobsTotal: number;
  /** Sub-transactions by state. */
  readonly work: WorkCounts;
  /** False while it is still being counted how work without a job has ended: `work` may grow. */
  readonly workIsComplete: boolean;
  /** Attempts that were given up and whose end nobody has told: all counted, 20 named, of the worst agents. */
  readonly unconfirmed: { readonly total: number; readonly items: readonly UnconfirmedDeath[] };
  /** The last 10, newest first. */
  readonly outages: readonly OutageView[];
  /** Sub-transactions that wait for a person. */
  readonly parked: number;
}

export interface UnconfirmedDeath {
  readonly agent: string;
  readonly id: string;
  readonly job: string | null;
  readonly attempt: number;
  readonly givenUpAt: string;
}

export async function overview(ground: Ground, status: StatusView): Promise<OverviewView> {
  const { controller, store, clock } = ground;
  const at = clock.now();
  const agents = controller?.agents() ?? listAgents(store);
  const worst = [...agents].sort(bySeverity);
  const { periodic, singlepass } = listJobs(store, at);
  const active = [...singlepass, ...periodic];
  const obstacles = await obstaclesOf(ground);
  const { counts: work, isComplete: workIsComplete } = ground.census.work();
  const ids = agents.map(({ id }) => id);
  return {
    at: instant(at),
    status,
    nextSweepAt: status.nextSweepAt,
    agents: { total: agents.length, byLiveness: countLiveness(agents) },
    worst: worst.slice(0, SHOWN),
    jobs: active
      .slice(0, SHOWN)
      .map((job) => ({ ...job, obstacle: obstacles.get(job.name) ?? null })),
    jobsTotal: active.length,
    work,
    workIsComplete,
    unconfirmed: unconfirmed(store, worst),
    outages: ground.outages.last(OUTAGES, ids, at),
    parked: status.parked,
  };
}

function countLiveness(agents: readonly AgentSummary[]) {
  const counts: Partial<Record<Liveness | 'unknown', number>> = {};
  for (const { liveness } of agents) {
    const name = liveness ?? 'unknown';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Of two that are as bad: first the one with more that is unconfirmed, then the one with more out at it. */
function bySeverity(a: AgentSummary, b: AgentSummary): number {
  const rank = ({ liveness }: AgentSummary) => SEVERITY.indexOf(liveness);
  return (
    rank(a) - rank(b) ||
    b.unconfirmed - a.unconfirmed ||
    b.inFlight - a.inFlight ||
    (a.id < b.id ? -1 : 1)
  );
}

/** @param worst all agents, worst first: of the first of them attempts are named */
function unconfirmed(store: ApiAccess['store'], worst: readonly AgentSummary[]) {
  const looked: (Unconfirmed & { readonly agent: string })[] = [];
  for (const { id: agent, unconfirmed: count } of worst) {
    if (count === 0) continue;
    for (const one of unconfirmedAt(store, agent)) looked.push({ agent, ...one });
    if (looked.length >= LOOKED) break;
  }
  const items = looked
    .sort((a, b) => b.at - a.at)
    .slice(0, SHOWN)
    .map(({ agent, fence, at }): UnconfirmedDeath => {
      const { id, job } = rowOf(store.get(key.sub(fence.birth))!);
      return { agent, id, job, attempt: fence.attempt, givenUpAt: instant(at) };
    });
  return { total: worst.reduce((sum, { unconfirmed: count }) => sum + count, 0), items };
}
