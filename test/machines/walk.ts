/**
 * Walks a machine everywhere and says what was not reached.
 *
 * The model (`createTestModel`) finds a shortest path to each reachable snapshot. Each path is taken by a
 * running actor, which must agree with the model at every step. From each snapshot so reached, every event
 * is then sent to an actor that was restored from the snapshot's JSON. On the way these are demanded:
 *
 *   every state, every transition (state, event, branch) and both outcomes of every guard are reached
 *   there is a way to a final state from everywhere
 *   what a state does not handle, what nobody has heard of and what is stale changes nothing
 *   a timeout does nothing before the deadline, and at the deadline it moves the deadline
 *   the context is plain JSON, states and transitions are described
 */
import { isDeepStrictEqual } from 'node:util';
import {
  createActor,
  type AnyEventObject,
  type AnyStateMachine,
  type InspectionEvent,
  type InputFrom,
  type EventFromLogic,
  type SnapshotFrom,
} from 'xstate';
import { createTestModel } from 'xstate/graph';

export interface WalkOptions<M extends AnyStateMachine> {
  /** Where to begin; what the walks reach adds up. */
  readonly inputs: readonly InputFrom<M>[];
  /** Events worth trying in a snapshot; those that its state does not handle must change nothing. */
  readonly events: (snapshot: SnapshotFrom<M>) => readonly EventFromLogic<M>[];
  /** Events of a handled type that must change nothing all the same. */
  readonly stale?: (snapshot: SnapshotFrom<M>) => readonly EventFromLogic<M>[];
  /** Bounds what would grow without end: such snapshots are reached, but not left. */
  readonly stopWhen?: (snapshot: SnapshotFrom<M>) => boolean;
  /** Throws when a snapshot must not exist. */
  readonly invariant?: (snapshot: SnapshotFrom<M>) => void;
}

export interface Walked {
  /** States, transitions and guard outcomes that no running actor reached. */
  readonly missing: readonly string[];
  /** Snapshots without a way to a final state. */
  readonly stuck: readonly string[];
  readonly snapshots: number;
}

interface Snapshot {
  readonly value: string;
  readonly status: string;
  readonly context: { readonly deadlineAt: number | null };
  can(event: AnyEventObject): boolean;
}

/** Counts what running actors do: see `transition`, `guard` and `state` for the spellings. */
class Coverage {
  readonly wanted = new Set<string>();
  readonly reached = new Set<string>();
  /** The model evaluates guards too; only what actors do counts. */
  counting = false;
  readonly machine: AnyStateMachine;

  constructor(machine: AnyStateMachine) {
    const guards = machine.implementations.guards as Record<
      string,
      (...given: unknown[]) => boolean
    >;
    const counted = Object.entries(guards).map(([name, guard]) => {
      this.wanted.add(`guard ${name} is true`).add(`guard ${name} is false`);
      const observe = (...given: unknown[]) => {
        const outcome = guard(...given);
        if (this.counting) this.reached.add(`guard ${name} is ${outcome}`);
        return outcome;
      };
      return [name, observe] as const;
    });
    this.machine = machine.provide({ guards: Object.fromEntries(counted) }) as AnyStateMachine;
    for (const [state, node] of Object.entries(machine.states)) {
      this.wanted.add(`state ${state}`);
      demandDescription(node, `state ${state}`);
      for (const [event, branches] of node.transitions) {
        branches.forEach((branch, index) => {
          this.wanted.add(`transition ${state}.${event}[${index}]`);
          demandDescription(branch, `transition ${state}.${event}[${index}]`);
        });
      }
    }
  }

  readonly inspect = (inspected: InspectionEvent) => {
    if (inspected.type !== '@xstate.microstep') return;
    for (const taken of inspected._transitions) {
      const event = String(taken.eventType);
      const branches = taken.source.transitions.get(event) ?? [];
      this.reached.add(`transition ${taken.source.key}.${event}[${branches.indexOf(taken)}]`);
    }
  };

  missing(): string[] {
    return [...this.wanted].filter((each) => !this.reached.has(each));
  }
}

/** Walks `machine` from each input and reports what is missing. Throws at the first wrong step. */
export async function walk<M extends AnyStateMachine>(
  machine: M,
  options: WalkOptions<M>,
): Promise<Walked> {
  const coverage = new Coverage(machine);
  const stuck: string[] = [];
  let snapshots = 0;
  for (const input of options.inputs) {
    const model = createTestModel(coverage.machine, {
      input,
      events: ((snapshot: SnapshotFrom<M>) => offered(snapshot, options)) as never,
      stopWhen: (options.stopWhen ?? (() => false)) as never,
      serializeState: (snapshot) => serialize(snapshot as Snapshot),
      limit: 200_000,
    });
    coverage.counting = false;
    const paths = model.getShortestPaths({ allowDuplicatePaths: true });
    const adjacency = model.getAdjacencyMap() as unknown as Adjacency;
    coverage.counting = true;
    for (const path of paths) {
      const reached = await follow(coverage, input, path);
      coverage.reached.add(`state ${reached.value}`);
      tryEverything(coverage, reached, options);
      snapshots += 1;
    }
    stuck.push(...withoutWayOut(adjacency, options));
  }
  return { missing: coverage.missing(), stuck, snapshots };
}

type Step = { readonly event: AnyEventObject };
type Path = ReturnType<ReturnType<typeof createTestModel>['getShortestPaths']>[number];
type Adjacency = Record<
  string,
  { readonly state: Snapshot; readonly transitions: Record<string, { readonly state: Snapshot }> }
>;

/** Takes a path with a running actor that must agree with the model at every step. */
async function follow(coverage: Coverage, input: unknown, path: Path): Promise<Snapshot> {
  const actor = watched(coverage, { input });
  const send = (step: Step) => actor.send(step.event);
  const types = (path.steps as readonly Step[]).map((step) => step.event.type);
  await path.test({
    events: Object.fromEntries(
      types.filter((type) => type !== 'xstate.init').map((type) => [type, send]),
    ),
    states: { '*': (expected) => demandSame(actor.getSnapshot(), expected) },
  });
  return actor.getSnapshot();
}

/** An actor whose errors surface, and whose transitions are counted. */
function watched(coverage: Coverage, from: { input: unknown } | { snapshot: unknown }) {
  const actor = createActor(coverage.machine, { ...from, inspect: coverage.inspect } as never);
  // An error observer that throws would throw later, out of reach of the test.
  let failure: unknown;
  actor.subscribe({ error: (error) => (failure = error) });
  actor.start();
  return {
    getSnapshot: () => actor.getSnapshot() as Snapshot,
    send: (event: AnyEventObject) => {
      actor.send(event);
      if (failure !== undefined) throw failure as Error;
    },
  };
}

/** From one snapshot, sends every event to an actor restored from JSON. */
function tryEverything<M extends AnyStateMachine>(
  coverage: Coverage,
  reached: Snapshot,
  options: WalkOptions<M>,
): void {
  const snapshot = reached as SnapshotFrom<M>;
  options.invariant?.(snapshot);
  const { value, context, status } = reached;
  const json = JSON.parse(JSON.stringify(context)) as Snapshot['context'];
  if (!isDeepStrictEqual(json, context)) throw new Error(`No plain JSON: ${serialize(reached)}`);
  if (status === 'done') {
    if (context.deadlineAt !== null) throw new Error(`Armed at its end: ${serialize(reached)}`);
    return;
  }
  const restore = () =>
    watched(coverage, { snapshot: coverage.machine.resolveState({ value, context: json }) });
  const ignored: AnyEventObject[] = [{ type: 'noSuchEvent', at: 0 }];
  ignored.push(...(options.stale?.(snapshot) ?? []));
  const handled = new Set(coverage.machine.states[value]?.ownEvents);
  for (const event of options.events(snapshot) as readonly AnyEventObject[]) {
    if (!handled.has(event.type)) ignored.push(event);
    else restore().send(event);
  }
  const { deadlineAt } = context;
  if (deadlineAt === null) ignored.push({ type: 'timeout', at: Number.MAX_SAFE_INTEGER });
  else {
    ignored.push({ type: 'timeout', at: deadlineAt - 1 });
    const woken = restore();
    woken.send({ type: 'timeout', at: deadlineAt });
    if (woken.getSnapshot().context.deadlineAt === deadlineAt) {
      throw new Error(`A due timeout leaves its deadline: ${serialize(reached)}`);
    }
  }
  const actor = restore();
  for (const event of ignored) {
    const before = actor.getSnapshot();
    const can = before.can(event);
    actor.send(event);
    if (can || actor.getSnapshot() !== before) {
      throw new Error(`${JSON.stringify(event)} changes something in ${serialize(reached)}`);
    }
  }
}

/** The events of a snapshot; one of each type that its state handles, or the test is wrong. */
function offered<M extends AnyStateMachine>(snapshot: SnapshotFrom<M>, options: WalkOptions<M>) {
  const events = options.events(snapshot) as readonly AnyEventObject[];
  const { value, machine } = snapshot as { value: string; machine: AnyStateMachine };
  for (const type of machine.states[value]?.ownEvents ?? []) {
    if (!events.some((event) => event.type === type)) {
      throw new Error(`The test offers no event ${String(type)} in state ${value}.`);
    }
  }
  return events;
}

/** Snapshots from which neither a final one nor the bound of the walk can be reached. */
function withoutWayOut<M extends AnyStateMachine>(
  adjacency: Adjacency,
  options: WalkOptions<M>,
): string[] {
  const before = new Map<string, string[]>();
  const out: string[] = [];
  for (const [key, { state, transitions }] of Object.entries(adjacency)) {
    const isBound = options.stopWhen?.(state as unknown as SnapshotFrom<M>) ?? false;
    if (state.status === 'done' || isBound) out.push(key);
    for (const { state: next } of Object.values(transitions)) {
      const target = serialize(next);
      before.set(target, [...(before.get(target) ?? []), key]);
    }
  }
  const free = new Set(out);
  for (let key = out.pop(); key !== undefined; key = out.pop()) {
    for (const source of before.get(key) ?? []) {
      if (free.has(source)) continue;
      free.add(source);
      out.push(source);
    }
  }
  return Object.keys(adjacency).filter((key) => !free.has(key));
}

function serialize({ value, context }: Snapshot): string {
  return JSON.stringify({ value, context });
}

function demandSame(actual: Snapshot, expected: Snapshot): void {
  if (actual.value === expected.value && isDeepStrictEqual(actual.context, expected.context))
    return;
  throw new Error(`The actor is at ${serialize(actual)}, the model at ${serialize(expected)}.`);
}

function demandDescription(thing: { readonly description?: string | undefined }, name: string) {
  if (!thing.description) throw new Error(`No description: ${name}.`);
}
