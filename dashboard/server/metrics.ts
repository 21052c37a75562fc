/**
 * What Prometheus scrapes: how the controller, its agents, its work and its process stand, read at each scrape.
 * Names and labels stay as they are, since alerts stand on them (docs/alerts.rules.yml).
 *
 *   GET /metrics ─▶ gauges: read now        facts by kind: counted from the first scrape on
 */
import { listAgents, type AgentSummary } from '../../actors/agent-queries.ts';
import type { ControllerStatus } from '../../actors/controller-status.ts';
import { listJobs } from '../../actors/queries.ts';
import type { JobView } from '../../actors/views.ts';
import type { ApiAccess } from './access.ts';
import type { Census } from './census.ts';
import type { EventFeed } from './event-feed.ts';
import type { JournalTail } from './journal-tail.ts';
import { status } from './status.ts';

/** Jobs that are told of by name: of those that are not over, the first so many. */
const JOBS_MAX = 200;
const PHASES: readonly ControllerStatus['phase'][] = ['active', 'recovering', 'draining', 'ended'];
const LIVENESS = ['alive', 'rebooted', 'blocked', 'cutOff', 'gone', 'left', 'unknown'] as const;
const OF_JOB = ['remaining', 'done', 'failed', 'cancelled', 'parked', 'retried', 'lost'] as const;

/** What is told: what it is, and its labels. What ends in `_total` only grows. */
export const METRICS = {
  lifeline_info: ['Always 1; the labels say what answers.', 'namespace', 'version', 'controller_id'],
  lifeline_phase: ['1 for the phase that the controller is in, 0 for the others.', 'phase'],
  lifeline_term: ['The term: it grows with each start and each recovery.'],
  lifeline_journal_position: ['Number of the last fact.'],
  lifeline_hears: ['1 while the transport brings what is sent; else nothing is known of agents.'],
  lifeline_agents: ['Agents, by what their word or their silence means.', 'liveness'],
  lifeline_agent_silent_seconds: ['Time since the last word of an agent that is present.', 'agent'],
  lifeline_agent_loop_lag_seconds: ['How late the event loop of an agent was.', 'agent'],
  lifeline_agent_slots: ['Tasks that an agent runs at once.', 'agent'],
  lifeline_agent_running: ['Tasks that run at an agent, by its last word.', 'agent'],
  lifeline_agent_in_flight: ['Attempts that are out at an agent.', 'agent'],
  lifeline_work: ['Sub-transactions, by state.', 'state'],
  lifeline_job: ['Sub-transactions of a job that is not over; retried and lost are attempts.', 'job', 'count'],
  lifeline_parked: ['Sub-transactions that wait for a person.'],
  lifeline_unconfirmed: ['Attempts that were given up and whose end nobody has told.'],
  lifeline_event_streams: ['Pages that follow the events.'],
  lifeline_facts_total: ['Facts recorded since the first scrape, by kind.', 'kind'],
  process_resident_memory_bytes: ['Memory of the process that answers.'],
  process_cpu_seconds_total: ['Processor time of the process that answers.'],
} as const satisfies Readonly<Record<string, readonly [help: string, ...labels: string[]]>>; // prettier-ignore

type Name = keyof typeof METRICS;
type Tell = (name: Name, value: number, labels?: Readonly<Record<string, string>>) => void;

/** What the numbers are read from. */
export interface Measured extends ApiAccess {
  readonly tail: JournalTail;
  readonly feed: Pick<EventFeed, 'size'>;
  readonly census: Pick<Census, 'work'>;
}

export class Metrics {
  readonly #ground: Measured;
  #facts: Map<string, number> | undefined;

  constructor(ground: Measured) {
    this.#ground = ground;
  }

  /** All of them, in the text format 0.0.4. */
  async text(): Promise<string> {
    this.#facts ??= this.#countFacts();
    // Loaded by the first scrape: short commands never need it.
    const { Counter, Gauge, Registry } = (await import('prom-client')).default;
    const sheet = new Registry();
    const all = new Map<Name, (labels: Readonly<Record<string, string>>, value: number) => void>();
    for (const [name, [help, ...labelNames]] of Object.entries(METRICS)) {
      const about = { name, help, labelNames, registers: [sheet] };
      if (name.endsWith('_total')) {
        const counter = new Counter(about);
        all.set(name as Name, (labels, value) => counter.inc(labels, value));
      } else {
        const gauge = new Gauge(about);
        all.set(name as Name, (labels, value) => gauge.set(labels, value));
      }
    }
    this.#tellAll((name, value, labels = {}) => all.get(name)!(labels, value));
    return sheet.metrics();
  }

  #countFacts(): Map<string, number> {
    const counts = new Map<string, number>();
    this.#ground.tail.follow((facts) => {
      for (const { kind } of facts) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    });
    return counts;
  }

  #tellAll(tell: Tell): void {
    const { controller, store, clock, feed, census } = this.#ground;
    const at = clock.now();
    tellController(this.#ground, tell);
    tellAgents(controller?.agents() ?? listAgents(store), at, tell);
    for (const [state, count] of Object.entries(census.work().counts))
      tell('lifeline_work', count, { state });
    const { periodic, singlepass } = listJobs(store, at);
    for (const job of [...singlepass, ...periodic].slice(0, JOBS_MAX)) tellJob(job, tell);
    for (const [kind, count] of this.#facts!) tell('lifeline_facts_total', count, { kind });
    tell('lifeline_event_streams', feed.size);
    tell('process_resident_memory_bytes', process.memoryUsage.rss());
    const { user, system } = process.cpuUsage();
    tell('process_cpu_seconds_total', (user + system) / 1e6);
  }
}

function tellController(ground: Measured, tell: Tell): void {
  const { namespace, version, controllerId, ...told } = status(ground);
  tell('lifeline_info', 1, { namespace, version, controller_id: controllerId ?? '' });
  for (const phase of PHASES) tell('lifeline_phase', phase === told.phase ? 1 : 0, { phase });
  tell('lifeline_term', told.term ?? 0);
  tell('lifeline_journal_position', told.position);
  tell('lifeline_hears', told.hears === true ? 1 : 0);
  tell('lifeline_parked', told.parked);
  tell('lifeline_unconfirmed', told.unconfirmed);
}

function tellAgents(agents: readonly AgentSummary[], at: number, tell: Tell): void {
  for (const liveness of LIVENESS) {
    const count = agents.filter((agent) => (agent.liveness ?? 'unknown') === liveness).length;
    tell('lifeline_agents', count, { liveness });
  }
  for (const { id, state, heardAt, lagMs, running, slots, inFlight } of agents) {
    if (state !== 'present') continue;
    const agent = { agent: id };
    if (heardAt !== null)
      tell('lifeline_agent_silent_seconds', Math.max(0, at - Date.parse(heardAt)) / 1e3, agent);
    if (lagMs !== null) tell('lifeline_agent_loop_lag_seconds', lagMs / 1e3, agent);
    if (running !== null) tell('lifeline_agent_running', running, agent);
    tell('lifeline_agent_slots', slots, agent);
    tell('lifeline_agent_in_flight', inFlight, agent);
  }
}

function tellJob(job: JobView, tell: Tell): void {
  for (const count of OF_JOB) tell('lifeline_job', job[count] ?? 0, { job: job.name, count });
}
