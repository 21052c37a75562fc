/**
 * Every statechart as plain JSON: what Stately's editor imports, what is drawn, and what is sent to whoever
 * looks on. Nothing but the charts themselves is its source, so that a picture cannot disagree with them.
 *
 *   machine.config ─▶ names of guards and actions, descriptions, targets ─▶ { id, initial, states }
 *
 * A transition is always in a list; a guard made of several is one name ("hasEnded and nothingRemains").
 * Contexts are left out: they are made by code, from an input.
 */
import { agentConnection } from './agent-connection.ts';
import { controller } from './controller.ts';
import { job } from './job.ts';
import { lease } from './lease.ts';
import { subTransaction } from './sub-transaction.ts';
import { task } from './task.ts';

/** Where an event leads to, under which guard, with which actions. */
export interface TransitionDefinition {
  /** The state that it leads to; left out: it stays where it is. */
  readonly target?: string;
  readonly guard?: string;
  readonly actions?: readonly string[];
  /** What happens then, with the duration where time decides. */
  readonly description: string;
}

/** A state, with what leads out of it. */
export interface StateDefinition {
  readonly description: string;
  /** Nothing leads out of it. */
  readonly type?: 'final';
  readonly entry?: readonly string[];
  /** By event; of several the first whose guard holds is taken. */
  readonly on?: Readonly<Record<string, readonly TransitionDefinition[]>>;
}

/** A statechart as plain JSON, which Stately's editor imports. */
export interface MachineDefinition {
  readonly id: MachineName;
  /** Of what it is the statechart, and who has one. */
  readonly description: string;
  readonly initial: string;
  readonly states: Readonly<Record<string, StateDefinition>>;
}

/** In the order in which work meets them. */
const MACHINES = { job, subTransaction, agentConnection, controller, task, lease };

/** A name of a statechart. */
export type MachineName = keyof typeof MACHINES;

const DESCRIPTIONS: Readonly<Record<MachineName, string>> = {
  job: 'A named run of many sub-transactions; the controller has one for each job.',
  subTransaction:
    'One unit of work from its acceptance to its end; the controller has one for each.',
  agentConnection: 'The connection to one boot of one agent, as the controller sees it.',
  controller: 'The life of a controller: one term.',
  task: 'The execution of one attempt, on an agent.',
  lease:
    "An agent's right to keep running tasks, renewed by every beat that the controller echoes.",
};

/** Their names. */
export const machineNames = Object.keys(MACHINES) as readonly MachineName[];

/** All of them, by name. */
export const machineDefinitions = Object.fromEntries(
  machineNames.map((name) => [name, read(name)]),
) as Readonly<Record<MachineName, MachineDefinition>>;

/** What the configuration of a flat chart of names looks like. */
interface Written {
  readonly initial: string;
  readonly states: Readonly<Record<string, WrittenState>>;
}
interface WrittenState {
  readonly description?: string;
  readonly type?: string;
  readonly entry?: string | readonly string[];
  readonly on?: Readonly<Record<string, WrittenTransition | readonly WrittenTransition[]>>;
}
interface WrittenTransition {
  readonly target?: string;
  readonly guard?: WrittenGuard;
  readonly actions?: string | readonly string[];
  readonly description?: string;
}
/** A name, or what XState's `and` makes of several. */
type WrittenGuard = string | { readonly guards: readonly string[] };

function read(name: MachineName): MachineDefinition {
  const { initial, states } = MACHINES[name].config as unknown as Written;
  const description = DESCRIPTIONS[name];
  return { id: name, description, initial, states: each(states, stateOf) };
}

function stateOf({ description = '', type, entry, on }: WrittenState): StateDefinition {
  return {
    description,
    ...(type === 'final' && { type }),
    ...(entry !== undefined && { entry: listOf(entry) }),
    ...(on && { on: each(on, (written) => listOf(written).map(transitionOf)) }),
  };
}

function transitionOf(written: WrittenTransition): TransitionDefinition {
  const { target, guard, actions, description = '' } = written;
  return {
    ...(target !== undefined && { target }),
    ...(guard !== undefined && { guard: nameOf(guard) }),
    ...(actions !== undefined && { actions: listOf(actions) }),
    description,
  };
}

function nameOf(guard: WrittenGuard): string {
  return typeof guard === 'string' ? guard : guard.guards.join(' and ');
}

function listOf<T>(one: T | readonly T[]): readonly T[] {
  return Array.isArray(one) ? (one as readonly T[]) : [one as T];
}

function each<T, U>(given: Readonly<Record<string, T>>, make: (one: T) => U) {
  return Object.fromEntries(Object.entries(given).map(([name, one]) => [name, make(one)]));
}
