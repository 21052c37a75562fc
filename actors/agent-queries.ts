/**
 * The agents of a controller, as a list and one by one: what is recorded of each, and what a running
 * controller knows of it now beside that. Without one nobody can say whether an agent lives.
 */
import { ID_PATTERN } from '../transport/ids.ts';
import type { AgentLive } from './agent-live.ts';
import { factsOf, type Recorded } from './facts.ts';
import { flightsIn } from './flights.ts';
import { key, subject, under, type AgentRow, type SubRow } from './records.ts';
import { Refused } from './refused.ts';
import { isInFlight } from './sub-indexes.ts';
import { rowOf } from './sub-row.ts';
import type { TaskNews } from './takeover.ts';
import { countUnconfirmed, unconfirmedAt, type Unconfirmed } from './unconfirmed.ts';
import {
  factView,
  instant,
  instantOrNull,
  type AgentKnown,
  type AgentView,
  type FactView,
  type Liveness,
  type RunningView,
  type UnconfirmedView,
} from './views.ts';

/** Facts that are shown of an agent; `history` gives the others. */
const FACTS_OF_AGENT = 100;

/** An agent in a list. What only a running controller knows is null without one. */
export interface AgentSummary extends AgentKnown {
  /** Tasks that run there, by its last word. */
  readonly running: number | null;
  /** Attempts that were given up and whose end it has not told. */
  readonly unconfirmed: number;
}

/** What a running controller knows beside its records. */
export interface Live {
  liveOf(agent: string): AgentLive | undefined;
  toldOf(birth: number): TaskNews | undefined;
  /** Births of what is out at an agent; undefined: nobody knows by heart. */
  flightsAt(agent: string): readonly number[] | undefined;
}

const NO_CONTROLLER: Live = {
  liveOf: () => undefined,
  toldOf: () => undefined,
  flightsAt: () => undefined,
};

/** Which agents are listed. Everything may be left out. */
export interface AgentFilter {
  readonly liveness?: readonly Liveness[];
  /** Only those whose ids follow that one. */
  readonly after?: string;
  /** So many at most. */
  readonly limit?: number;
}

/** Agents that have ever said hello, in order of their ids. */
export function listAgents(
  store: Recorded,
  controller: Pick<Live, 'liveOf' | 'flightsAt'> = NO_CONTROLLER,
  { liveness, after = '', limit = Infinity }: AgentFilter = {},
): readonly AgentSummary[] {
  const inFlight = flightCounts(store, controller);
  const unconfirmed = countUnconfirmed(store);
  const listed: AgentSummary[] = [];
  // No id has a character below `-`, so what follows an id begins behind this.
  const from = after === '' ? under('agent').from : `${key.agent(after)}!`;
  for (const [, value] of store.range({ from, to: under('agent').to })) {
    const row = value as unknown as AgentRow;
    const live = controller.liveOf(row.id);
    if (liveness && !liveness.includes(livenessOf(row, live)!)) continue;
    listed.push({
      ...known(row, live),
      inFlight: inFlight(row.id),
      running: live?.running ?? null,
      unconfirmed: unconfirmed.get(row.id) ?? 0,
    });
    if (listed.length === limit) break;
  }
  return listed;
}

/**
 * An agent, its last 100 facts, what is out at it, and what is not known to be over there.
 * @throws {Refused} `unknown`
 */
export function showAgent(store: Recorded, id: string, live: Live = NO_CONTROLLER): AgentView {
  const row = ID_PATTERN.test(id) ? (store.get(key.agent(id)) as AgentRow | undefined) : undefined;
  if (!row) throw noAgent(id);
  const history: FactView[] = [];
  for (const fact of factsOf(store, subject.agent(id), { reverse: true })) {
    if (history.push(factView(fact)) === FACTS_OF_AGENT) break;
  }
  const there = flightsOf(store, id, live.flightsAt(id));
  return {
    ...known(row, live.liveOf(id)),
    storeId: row.storeId,
    containment: row.containment ?? null,
    timeoutMs: row.timeoutMs,
    inFlight: there.length,
    running: there.map((sub) => runningView(sub, live.toldOf(sub.birth))),
    unconfirmed: [...unconfirmedAt(store, id)].map((one) => unconfirmedView(store, one)),
    history: history.reverse(),
  };
}

export const noAgent = (id: string) =>
  new Refused('unknown', `There is no agent "${id}": none has said hello under it.`);

/** A running controller knows by heart what is out where; else it is counted once for all. */
function flightCounts(store: Recorded, controller: Pick<Live, 'flightsAt'>) {
  let counts: Map<string | null, number> | undefined;
  const countAll = () => {
    const all = new Map<string | null, number>();
    for (const { context } of rowsInFlight(store))
      all.set(context.agent, (all.get(context.agent) ?? 0) + 1);
    return all;
  };
  return (agent: string): number =>
    controller.flightsAt(agent)?.length ?? (counts ??= countAll()).get(agent) ?? 0;
}

/** The records of what is out at an agent. What is known by heart may not be on record yet. */
function flightsOf(store: Recorded, agent: string, births?: readonly number[]): readonly SubRow[] {
  if (!births) return [...rowsInFlight(store)].filter(({ context }) => context.agent === agent);
  const there: SubRow[] = [];
  for (const birth of [...births].sort((one, other) => one - other)) {
    const value = store.get(key.sub(birth));
    const row = value === undefined ? undefined : rowOf(value);
    if (row && isInFlight(row) && row.context.agent === agent) there.push(row);
  }
  return there;
}

function* rowsInFlight(store: Recorded): Iterable<SubRow> {
  for (const birth of flightsIn(store)) yield rowOf(store.get(key.sub(birth))!);
}

function known(row: AgentRow, live: AgentLive | undefined): Omit<AgentKnown, 'inFlight'> {
  const { id, state, boot, bootAt, slots, draining, handlers, heldUntil } = row;
  return {
    id,
    state,
    connection: live?.connection ?? null,
    liveness: livenessOf(row, live),
    boot,
    bootAt: instant(bootAt),
    slots,
    waiting: live?.waiting ?? null,
    lagMs: live?.lagMs ?? null,
    deaf: live?.deaf ?? null,
    draining,
    leaving: live?.leaving ?? null,
    handlers,
    address: row.address ?? null,
    heardAt: instantOrNull(live?.heardAt ?? null),
    heldUntil: instantOrNull(heldUntil),
  };
}

/** Nothing is said of an agent that this controller has not heard. */
function livenessOf({ state }: AgentRow, live: AgentLive | undefined): Liveness | null {
  if (state !== 'present') return state === 'left' ? 'left' : 'gone';
  if (!live) return null;
  if (live.connection === 'suspect') return 'cutOff';
  if (live.heardAt === null) return null;
  if (live.blocked) return 'blocked';
  return live.rebooted ? 'rebooted' : 'alive';
}

function runningView(row: SubRow, told: TaskNews | undefined): RunningView {
  const { id, job, state, context } = row;
  return {
    id,
    job,
    attempt: context.attempt,
    state,
    sentAt: instantOrNull(context.sentAt),
    startedAt: instantOrNull(context.startedAt),
    toldAt: instantOrNull(told?.at ?? null),
    progress: told?.progress ?? null,
  };
}

function unconfirmedView(store: Recorded, { fence, boot, at }: Unconfirmed): UnconfirmedView {
  const { id, job } = rowOf(store.get(key.sub(fence.birth))!);
  return { id, job, attempt: fence.attempt, boot, givenUpAt: instant(at) };
}
