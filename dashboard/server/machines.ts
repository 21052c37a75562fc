/**
 * Every statechart with how many are in each of its states now, and which these are.
 *
 *   job, subTransaction, agentConnection, controller    from the records of the controller   journal
 *   task, lease                                         by what agents have said             told
 *
 * Tasks and leases run at the agents: a task is in the state that its agent last told, a lease in the one that the
 * silence of the agent means. How tasks have ended is counted by nobody; it shows in the sub-transactions.
 */
import { listAgents, type AgentSummary } from '../../actors/agent-queries.ts';
import { factAt, factsOf, type Recorded } from '../../actors/facts.ts';
import { flightsIn } from '../../actors/flights.ts';
import { pageOfSubTransactions } from '../../actors/queries.ts';
import { key, subject, under, type JobRow, type MetaRow } from '../../actors/records.ts';
import { subOf } from '../../actors/sheet-rows.ts';
import { rowOf } from '../../actors/sub-row.ts';
import { instant, instantOrNull, type FactView } from '../../actors/views.ts';
import {
  machineDefinitions,
  machineNames,
  type MachineDefinition,
  type MachineName,
} from '../../machines/definitions.ts';
import type { SubTransactionState } from '../../machines/sub-transaction.ts';
import type { ApiAccess } from './access.ts';
import { taskStateOf, type Census } from './census.ts';

/** A statechart and how those that have one stand. */
export interface MachineView {
  readonly name: MachineName;
  readonly definition: MachineDefinition;
  /** `journal`: from the records of the controller. `told`: by what agents have said. */
  readonly whence: 'journal' | 'told';
  /** What is counted, as a sentence. */
  readonly counted: string;
  /** False while a count is still being made, and grows. */
  readonly isComplete: boolean;
  /** By state; null: nobody counts them. */
  readonly counts: Readonly<Record<string, number | null>>;
}

/** One that is in a state. */
export interface MachineActor {
  readonly about: FactView['about'];
  /** Of the job, the sub-transaction, the agent or the controller. */
  readonly id: string;
  readonly state: string;
  /** Instant of the last fact about it; null: not known. */
  readonly at: string | null;
  readonly job: string | null;
  readonly agent: string | null;
  readonly attempt: number | null;
  readonly cause: string | null;
}

export interface MachineActorPage {
  readonly items: readonly MachineActor[];
  /** What to ask for `after` to get the next page; null: this is the last one. */
  readonly next: string | number | null;
}

/** Which of them are wanted. */
export interface ActorFilter {
  readonly state: string | undefined;
  /** `next` of the page before. */
  readonly after: string | undefined;
  readonly limit: number;
}

type Access = ApiAccess & { readonly census: Census };

export function machineView(
  access: Access,
  name: MachineName,
  agents = agentsOf(access),
): MachineView {
  const definition = machineDefinitions[name];
  const { whence, counted, isCounted = () => true } = ABOUT[name];
  const zero = Object.keys(definition.states).map((state) => [state, isCounted(state) ? 0 : null]);
  const counts = { ...(Object.fromEntries(zero) as Record<string, number | null>) };
  const about = { name, definition, whence, counted };
  if (name === 'subTransaction') {
    const { counts: work, isComplete } = access.census.work();
    return { ...about, isComplete, counts: { ...counts, ...work } };
  }
  if (name === 'task') {
    const { tasks } = access.census.work();
    return { ...about, isComplete: true, counts: { ...counts, ...tasks } };
  }
  for (const { state } of actorsOf(access, name, agents)) counts[state] = (counts[state] ?? 0) + 1;
  return { ...about, isComplete: true, counts };
}

export function machineViews(access: Access): readonly MachineView[] {
  const agents = agentsOf(access);
  return machineNames.map((name) => machineView(access, name, agents));
}

/** All agents, listed once however many ask. */
function agentsOf({ store, controller }: Access): () => readonly AgentSummary[] {
  let listed: readonly AgentSummary[] | undefined;
  return () => (listed ??= controller?.agents() ?? listAgents(store));
}

interface About extends Pick<MachineView, 'whence' | 'counted'> {
  /** Default: all are. */
  readonly isCounted?: (state: string) => boolean;
}

const RUNNING_TASKS = new Set(['received', 'inProgress', 'killing']);

const ABOUT: Readonly<Record<MachineName, About>> = {
  job: { whence: 'journal', counted: 'The present or last run of each job.' },
  subTransaction: {
    whence: 'journal',
    counted:
      'What is out, waits or is parked; of what has ended, that of the last run of each job and that without a job.',
  },
  agentConnection: {
    whence: 'journal',
    counted: 'The present or last boot of each agent that has ever said hello.',
  },
  controller: { whence: 'journal', counted: 'The present or last term of this controller.' },
  task: {
    whence: 'told',
    counted:
      'Tasks that are out, as their agents last told; how they end is seen in the sub-transactions.',
    isCounted: (state) => RUNNING_TASKS.has(state),
  },
  lease: {
    whence: 'told',
    counted: 'The lease of each agent, as its word or its silence tells.',
  },
};

/** Those in a state, or all, page by page. */
export function machineActors(
  access: Access,
  name: MachineName,
  { state, after, limit }: ActorFilter,
): MachineActorPage {
  if (name === 'subTransaction') return subTransactions(access.store, state, after, limit);
  const items: MachineActor[] = [];
  for (const actor of actorsOf(access, name, agentsOf(access))) {
    if (after !== undefined && actor.id <= after) continue;
    if (state !== undefined && actor.state !== state) continue;
    if (items.length === limit) return { items, next: items.at(-1)!.id };
    items.push(actor);
  }
  return { items, next: null };
}

function subTransactions(
  store: Recorded,
  state: string | undefined,
  after: string | undefined,
  limit: number,
): MachineActorPage {
  const states = state === undefined ? {} : { states: [state as SubTransactionState] };
  const page = pageOfSubTransactions(store, { after: Number(after ?? 0), ...states }, limit);
  const items = page.items.map((one): MachineActor => {
    const fact = factAt(store, subOf(store, one.birth)?.lastFact ?? 0);
    const { id, job, agent, attempt, cause } = one;
    const at = fact ? instant(fact.at) : null;
    return { about: 'subTransaction', id, state: one.state, at, job, agent, attempt, cause };
  });
  return { items, next: page.next };
}

/** All that have such a statechart, in order of their names. */
function actorsOf(
  access: Access,
  name: Exclude<MachineName, 'subTransaction'>,
  agents: () => readonly AgentSummary[],
): MachineActor[] {
  switch (name) {
    case 'job':
      return jobs(access.store);
    case 'task':
      return tasks(access.store);
    case 'controller':
      return controllers(access);
    case 'agentConnection':
      return agentsIn(agents(), ({ connection, state }) =>
        state === 'present' ? connection : state,
      );
    case 'lease':
      return agentsIn(agents(), leaseOf);
  }
}

const NOTHING = { at: null, job: null, agent: null, attempt: null, cause: null };

const jobs = (store: Recorded): MachineActor[] =>
  [...store.range(under('job'))].map(([, value]) => {
    const { name, state, startedAt, endedAt } = value as unknown as JobRow;
    const at = instant(endedAt ?? startedAt);
    return { ...NOTHING, about: 'job', id: name, state, at, job: name };
  });

/** The heartbeat record tells what the agent last said of the task. */
function tasks(store: Recorded): MachineActor[] {
  const found: MachineActor[] = [];
  for (const birth of flightsIn(store)) {
    const value = store.get(key.sub(birth));
    const row = value === undefined ? undefined : rowOf(value);
    const state = row && taskStateOf(row);
    if (!state) continue;
    const { id, job, context } = row;
    const { agent, attempt, lastPulseAt, cause } = context;
    const at = instantOrNull(lastPulseAt ?? context.startedAt ?? context.sentAt);
    found.push({ about: 'subTransaction', id, state, at, job, agent, attempt, cause });
  }
  return found.sort(byId);
}

const byId = (one: MachineActor, other: MachineActor) => (one.id < other.id ? -1 : 1);

/** The last fact about the controller that changes what it is doing. */
const CONTROLLER_STATES: Readonly<Record<string, string>> = {
  'controller.term': 'recovering',
  'controller.active': 'active',
  'controller.drain': 'draining',
  'controller.handover': 'draining',
};

function controllers({ store, controller }: Access): MachineActor[] {
  const meta = store.get(key.meta) as MetaRow | undefined;
  if (!meta) return [];
  const about = { ...NOTHING, about: 'controller', id: meta.controllerId } as const;
  for (const { kind, at } of factsOf(store, subject.controller, { reverse: true })) {
    const state = controller ? CONTROLLER_STATES[kind] : 'stopped';
    if (state !== undefined) return [{ ...about, state, at: instant(at) }];
  }
  return [];
}

function agentsIn(
  agents: readonly AgentSummary[],
  stateOf: (agent: AgentSummary) => string | null,
): MachineActor[] {
  return agents.flatMap((agent): MachineActor[] => {
    const state = stateOf(agent);
    const { id, heardAt, bootAt } = agent;
    const about = { ...NOTHING, about: 'agent', id, agent: id } as const;
    return state === null ? [] : [{ ...about, state, at: heardAt ?? bootAt }];
  });
}

/** The agent stops first, so what is silent for long is late at least. */
function leaseOf({ state, connection }: AgentSummary): string | null {
  if (state === 'left' || (state === 'present' && connection === null)) return null;
  if (state === 'lost') return 'expired';
  return connection === 'suspect' ? 'late' : 'held';
}
