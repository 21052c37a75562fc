/**
 * What each route answers when all is well, and what it is for: the comment above a route here is what the OpenAPI
 * document says of it. `npm run docs:openapi` makes the shapes of that document (shapes.ts) from these types and
 * their comments, and a test holds the answers themselves against them.
 */
import type { AgentSummary } from '../../actors/agent-queries.ts';
import type { AuditPage } from '../../actors/audit.ts';
import type { Sentence } from '../../actors/explain.ts';
import type { HandlerSummary, HandlerView } from '../../actors/handler-queries.ts';
import type { HistoryPage } from '../../actors/history.ts';
import type { MessagePage } from '../../actors/messages.ts';
import type { NamedThing } from '../../actors/name-search.ts';
import type { ProcessClassView } from '../../actors/obstacles.ts';
import type { OutageView } from '../../actors/outages.ts';
import type { JobDetail, JobList, Shown, SubTransactionPage } from '../../actors/queries.ts';
import type { ReportView } from '../../actors/report.ts';
import type { Pass } from '../../actors/retention.ts';
import type { AgentView, JobView, SubTransactionSummary } from '../../actors/views.ts';
import type { SubTransactionView } from '../../actors/views.ts';
import type { FilesPage } from './ingest-files.ts';
import type { IngestSummary } from './ingest-summary.ts';
import type { LogPage } from './log-page.ts';
import type { MachineActorPage, MachineView } from './machines.ts';
import type { OverviewView } from './overview.ts';
import type { SamplePage } from './sample-routes.ts';
import type { AgentSample, JobSample } from './samples.ts';
import type { PlayedScenario, ScenarioSummary } from './scenario-player.ts';
import type { StatusView } from './status.ts';

/** A list that is one page. */
interface List<Item> {
  readonly items: readonly Item[];
  readonly next: null;
}

/** A page of what is listed by name. */
interface Named<Item> {
  readonly items: readonly Item[];
  /** What to ask for `after` to get the next page; null: this is the last one. */
  readonly next: string | null;
}

/** Work that is on record. */
interface AcceptedView {
  readonly id: string;
  /** Number that the store gives once. */
  readonly birth: number;
}

/** A run that has begun, or goes on. */
interface BegunView {
  readonly name: string;
  readonly generation: number;
  /** True when it goes on with a run that was cut short. */
  readonly resumed: boolean;
  /** Items that have been handed over before. */
  readonly taken: number;
}

export interface Answers {
  /** Whether the controller is at work, for load balancers: 503 while no term is active. Open to all. */
  'GET /healthz': { readonly status: 'ok' };
  /** What Prometheus scrapes. */
  'GET /metrics': string;
  /** This document. */
  'GET /api/v1/openapi.json': Readonly<Record<string, unknown>>;
  /** How the controller stands. */
  'GET /api/v1/status': StatusView;
  /** All at one glance: what needs somebody first. */
  'GET /api/v1/overview': OverviewView;
  /**
   * The journal as server-sent events: open, facts, sample (facts that were left out, counted), gap (facts that are
   * not told: ask anew for what you show). Resumed with last-event-id or after.
   */
  'GET /api/v1/events': string;
  /** Jobs by what they are doing, each list in order of their names. */
  'GET /api/v1/jobs': JobList & { readonly next: string | null };
  /** A job and its older runs; of an ingest, with summary=true, what became of its entries. */
  'GET /api/v1/jobs/:name': JobDetail & { readonly summary?: IngestSummary | null };
  /** Why a job is where it is, in sentences. */
  'GET /api/v1/jobs/:name/explain': List<Sentence>;
  /** All that was ever recorded of a job and its sub-transactions, in order. */
  'GET /api/v1/jobs/:name/audit': AuditPage;
  /** What became of each entry of an ingest. */
  'GET /api/v1/jobs/:name/files': FilesPage;
  /** How a job stood, every two seconds of the last half hour. */
  'GET /api/v1/jobs/:name/samples': SamplePage<JobSample>;
  /** The agents that have ever said hello, in order of their ids. */
  'GET /api/v1/agents': Named<AgentSummary>;
  /** An agent, with what is out at it and its last facts. */
  'GET /api/v1/agents/:name': AgentView;
  /** How an agent stood, every two seconds of the last half hour. */
  'GET /api/v1/agents/:name/samples': SamplePage<AgentSample>;
  /** The last times that an agent was away, newest first. */
  'GET /api/v1/agents/:name/outages': List<OutageView>;
  /** Sub-transactions in the order in which they were accepted, or the newest first. */
  'GET /api/v1/sub-transactions': SubTransactionPage;
  /** All there is to know of a sub-transaction. */
  'GET /api/v1/sub-transactions/:name': SubTransactionView;
  /** The log of an attempt; by default of the present or last one. */
  'GET /api/v1/sub-transactions/:name/log': LogPage;
  /** Why a sub-transaction is where it is, and why each attempt happened, in sentences. */
  'GET /api/v1/sub-transactions/:name/explain': List<Sentence>;
  /** What was said about a sub-transaction between the nodes, in order. */
  'GET /api/v1/sub-transactions/:name/messages': MessagePage;
  /** Jobs, sub-transactions and agents whose names begin with that prefix: the first five of each. */
  'GET /api/v1/named': List<NamedThing>;
  /** Whatever has that name: a job, else a sub-transaction, else an agent. */
  'GET /api/v1/named/:name': Shown;
  /** The journal, oldest fact first or the newest first, filtered. */
  'GET /api/v1/history': HistoryPage;
  /** What happened in a time range, added up. */
  'GET /api/v1/report': ReportView;
  /** Every statechart, with how many are in each state. */
  'GET /api/v1/machines': List<MachineView>;
  /** A statechart, with how many are in each state. */
  'GET /api/v1/machines/:name': MachineView;
  /** Who is in a state of a statechart. */
  'GET /api/v1/machines/:name/actors': MachineActorPage;
  /** Scenarios that can be played here: recordings of the data directory, and those that come with Lifeline. */
  'GET /api/v1/scenarios': List<ScenarioSummary>;
  /** Plays a scenario, of the list or sent along, to its end or to the first thing that is otherwise. */
  'POST /api/v1/scenarios/play': PlayedScenario;
  /** Every handler that is configured, or that an agent has. */
  'GET /api/v1/handlers': List<HandlerSummary>;
  /** How a handler is configured, or was. */
  'GET /api/v1/handlers/:name': HandlerView;
  /** All process classes, in their order, and how they stand. */
  'GET /api/v1/process-classes': List<ProcessClassView>;
  /** Starts a job, or goes on with the run that the same source began. */
  'POST /api/v1/jobs': BegunView;
  /** Hands over the next items of a run; the same batch again changes nothing. */
  'POST /api/v1/jobs/:name/items': { readonly taken: number };
  /** Stops a job. */
  'POST /api/v1/jobs/:name/stop': JobView;
  /** Does the failed ones of the last run again, each once. */
  'POST /api/v1/jobs/:name/retry': { readonly retried: number };
  /** Takes a job that is over out of the lists. */
  'POST /api/v1/jobs/:name/cleanup': { readonly name: string };
  /** Hands in one piece of work. */
  'POST /api/v1/sub-transactions': AcceptedView;
  /** Tries a parked one again, or does the work of an ended one again under a new id. */
  'POST /api/v1/sub-transactions/:name/retry': SubTransactionSummary;
  /** Cancels it; nothing happens to one that has ended. */
  'POST /api/v1/sub-transactions/:name/cancel': SubTransactionSummary;
  /** Says that a parked one is done. */
  'POST /api/v1/sub-transactions/:name/accept': SubTransactionSummary;
  /** Says that a parked one has failed. */
  'POST /api/v1/sub-transactions/:name/give-up': SubTransactionSummary;
  /** Decides on a step of a parked one of which nobody knows whether it was done. */
  'POST /api/v1/sub-transactions/:name/decide': SubTransactionSummary;
  /** Has an agent given nothing new, or takes it back. */
  'POST /api/v1/agents/:name/drain': AgentSummary;
  /** Lays down how a handler is configured: a new version. */
  'POST /api/v1/handlers/:name': HandlerView;
  /** Takes the configuration of a handler away. */
  'POST /api/v1/handlers/:name/remove': HandlerView;
  /** Replaces all process classes at once. */
  'POST /api/v1/process-classes': {
    readonly items: readonly ProcessClassView[];
    /** What whoever configures may want to know. */
    readonly warnings: readonly string[];
  };
  /** Deletes now what has ended and need not be kept. */
  'POST /api/v1/prune': Pass;
}
