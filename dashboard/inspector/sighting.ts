/**
 * What a fact of the journal means for the actors that are shown: which one it is about, who gave it the event,
 * and the state it is in since.
 *
 *   fact  { kind: 'assign', birth: 7, state: 'sent', agent: 'a1', … }
 *     └─▶ sighting of C/work/7, by C/controller: assign ─▶ sent
 *
 * The inspector may be a page of somebody else's, so only names, numbers and codes are told: no input, no
 * result, no message, nobody's name. With `showsValues` all is told that the fact holds.
 */
import { RULES } from '../../actors/evidence.ts';
import type { FactView } from '../../actors/views.ts';
import { machineDefinitions, type MachineName } from '../../machines/definitions.ts';
import type { Value } from '../../store/store.ts';
import type { Facts, Given } from './message.ts';

/** One actor, seen once. */
export interface Sighting {
  /** Number of the fact; 0: it is as it was found. */
  readonly n: number;
  readonly atMs: number;
  readonly machine: MachineName;
  readonly session: string;
  readonly name: string;
  readonly parent: string | null;
  /** The session of whoever gave it the event; null: a person, or nobody is known. */
  readonly source: string | null;
  /** Named as the fact is; null: it is as it was found. */
  readonly event: Given | null;
  /** State after; null: the event changes none. */
  readonly state: string | null;
  readonly context: Facts;
}

/** How actors of one controller are called, for ever. */
export function sessionsOf(controllerId: string) {
  return {
    controller: `${controllerId}/controller`,
    agent: (id: string) => `${controllerId}/agent/${id}`,
    job: (name: string) => `${controllerId}/job/${name}`,
    work: (birth: number) => [controllerId, 'work', birth].join('/'),
    task: (agent: string, birth: number, attempt: number) =>
      `${controllerId}/agent/${agent}/task/${birth}.${attempt}`,
  };
}

export type Sessions = ReturnType<typeof sessionsOf>;

/** Endings and pulses are told by the agent. */
const OF_AGENT = new Set(['received', 'inProgress', 'done', 'failed', 'killed', 'neverStarted']);

/** Facts about the controller carry no state of its chart. */
const CONTROLLER_STATES: Readonly<Record<string, string>> = {
  'controller.term': 'recovering',
  'controller.active': 'active',
  'controller.drain': 'draining',
};

/** @param showsValues all that the fact holds is told */
export function sightingOf(fact: FactView, sessions: Sessions, showsValues: boolean): Sighting {
  const { n, kind, cause, attempt, boot } = fact;
  const detail = showsValues ? fact.detail : redacted(fact.detail);
  const event: Given = {
    type: kind,
    ...given({ attempt, boot, cause, by: showsValues ? fact.by : null, detail }),
  };
  const at = { n, atMs: Date.parse(fact.at), event };
  switch (fact.about) {
    case 'subTransaction':
      return { ...at, ...workSeen(fact, sessions) };
    case 'agent':
      return { ...at, ...agentSeen(fact, sessions) };
    case 'job':
      return {
        ...at,
        machine: 'job',
        session: sessions.job(fact.job!),
        name: fact.job!,
        parent: sessions.controller,
        source: sessions.controller,
        state: fact.state,
        context: given({ name: fact.job, cause }),
      };
    case 'controller':
      return {
        ...at,
        machine: 'controller',
        session: sessions.controller,
        name: 'controller',
        parent: null,
        source: null,
        state: CONTROLLER_STATES[kind] ?? null,
        context: termOf(fact.detail),
      };
  }
}

type Seen = Omit<Sighting, 'n' | 'atMs' | 'event'>;

function workSeen(fact: FactView, sessions: Sessions): Seen {
  const { kind, id, birth, job, attempt, agent, boot, cause, by } = fact;
  const { rule = null } = evidenceOf(fact);
  const isTold = OF_AGENT.has(kind) || (kind === 'lost' && rule === null);
  const teller = isTold && agent !== null ? sessions.agent(agent) : sessions.controller;
  return {
    machine: 'subTransaction',
    session: sessions.work(birth!),
    name: id!,
    parent: job === null ? sessions.controller : sessions.job(job),
    source: by === null ? teller : null,
    state: fact.state,
    context: given({ id, birth, job, attempt, agent, boot, cause }),
  };
}

function agentSeen({ kind, state, agent, boot }: FactView, sessions: Sessions): Seen {
  return {
    machine: 'agentConnection',
    session: sessions.agent(agent!),
    name: agent!,
    parent: sessions.controller,
    source: null,
    // A boot is adopted as present, and its chart begins.
    state: state === 'present' ? machineDefinitions.agentConnection.initial : state,
    context: given({ agent, boot: kind === 'agent.boot' ? boot : null }),
  };
}

/**
 * The event that leads from one state to another, by the chart: facts of agents and jobs are named after the
 * state they lead to. Where several events do, it stays with the name of the fact.
 */
export function eventBetween(machine: MachineName, from: string, to: string, kind: string): string {
  const on = machineDefinitions[machine].states[from]?.on ?? {};
  const own = kind.slice(kind.indexOf('.') + 1);
  const leads = (event: string) => on[event]!.some(({ target }) => target === to);
  // Something that was not recorded may have led there before this event.
  if (Object.hasOwn(on, own)) return from === to || leads(own) ? own : kind;
  const leading = from === to ? [] : Object.keys(on).filter(leads);
  return leading.length === 1 ? leading[0]! : kind;
}

/** Without what is not known. */
const given = (all: Readonly<Record<string, Value>>): Facts =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));

const evidenceOf = ({ detail }: FactView) =>
  ((detail as { readonly evidence?: Facts } | null)?.evidence ?? {}) as { rule?: Value };

function termOf(detail: Value): Facts {
  const { term } = (detail ?? {}) as { readonly term?: Value };
  return typeof term === 'number' ? { term } : {};
}

/** Numbers and yes or no, and of the evidence the rule, which is a code. */
function redacted(detail: Value): Value {
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return null;
  const { evidence } = detail as { readonly evidence?: Value };
  const { rule } = (evidence ?? {}) as { readonly rule?: Value };
  const known = typeof rule === 'string' && Object.hasOwn(RULES, rule) ? { rule } : {};
  const told = { ...plain(detail), ...plain(evidence), ...known };
  return Object.keys(told).length === 0 ? null : told;
}

function plain(value: Value | undefined): Facts {
  if (typeof value !== 'object' || value === null) return {};
  const entries = Object.entries(value as Facts);
  return Object.fromEntries(
    entries.filter(([, one]) => typeof one === 'number' || typeof one === 'boolean'),
  );
}
