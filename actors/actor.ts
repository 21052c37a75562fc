/**
 * The only file that runs XState. Every actor is a root actor in a set of ours: children of one parent
 * would cost quadratic time, and a set knows its actors by the names that people use.
 *
 * After each event the actor's `context.deadlineAt` is armed under the actor's name, so that a machine
 * is woken by `timeout` and never owns a timer. An actor that throws ends its node's life (turn-loop I3).
 *
 * XState obeys events of its own from whoever sends them: `xstate.stop` ends an actor, `xstate.done.…` and
 * `xstate.after.…` move it. None gets through here, so that a name which came over the wire, should one ever
 * become the type of an event, moves nothing that its machine does not provide for.
 *
 * An actor is made for every attempt, so what does not depend on it is done once: each state is resolved to
 * a snapshot once, and an actor that goes on takes that one with its own context. Contexts are plain data,
 * so there is nothing in them to revive. How an actor steps: flat-step.ts.
 */
import {
  createActor,
  type Actor,
  type AnyEventObject,
  type AnyStateMachine,
  type ContextFrom,
  type EventFromLogic,
  type InputFrom,
  type SnapshotFrom,
  type StateValue,
} from 'xstate';
import type { Deadlines } from './deadlines.ts';
import { flatStep } from './flat-step.ts';

/** A state and its context, as they are written down. */
export interface Frozen<Machine extends AnyStateMachine> {
  readonly state: SnapshotFrom<Machine>['value'];
  readonly context: ContextFrom<Machine>;
}

export class ActorSet<Key extends string | number, Machine extends AnyStateMachine> {
  /** The machine, with a step of its own, and taking a snapshot as it is. */
  readonly #machine: AnyStateMachine;
  /** A snapshot of each state in which an actor was, without a context. */
  readonly #snapshots = new Map<unknown, SnapshotFrom<AnyStateMachine>>();
  readonly #prefix: string;
  readonly #deadlines: Deadlines;
  readonly #actors = new Map<Key, Actor<Machine>>();

  /**
   * @param machine with the effects of its actions provided
   * @param prefix begins the name of each deadline: `<prefix>:<key>`
   */
  constructor(machine: Machine, prefix: string, deadlines: Deadlines) {
    const step = flatStep(machine, (state) => this.#resolved(state));
    this.#machine = Object.create(machine, {
      ...(step && { transition: { value: step } }),
      restoreSnapshot: { value: (snapshot: unknown) => snapshot },
    }) as AnyStateMachine;
    this.#prefix = prefix;
    this.#deadlines = deadlines;
  }

  get size(): number {
    return this.#actors.size;
  }

  keys(): IterableIterator<Key> {
    return this.#actors.keys();
  }

  has(key: Key): boolean {
    return this.#actors.has(key);
  }

  /** Makes an actor that begins its life. Its entry actions run now. */
  start(key: Key, input: InputFrom<Machine>): void {
    this.#adopt(key, createActor(this.#machine, { id: String(key), input }));
  }

  /** Makes an actor that goes on where it was. No entry action runs. */
  restore(key: Key, frozen: Frozen<Machine>): void {
    const snapshot = { ...this.#resolved(frozen.state), context: frozen.context };
    this.#adopt(key, createActor(this.#machine, { id: String(key), snapshot }));
  }

  /** What there is to write down of an actor; undefined when there is no such actor. */
  read(key: Key): Frozen<Machine> | undefined {
    const snapshot = this.#actors.get(key)?.getSnapshot() as
      SnapshotFrom<AnyStateMachine> | undefined;
    return snapshot && { state: snapshot.value as never, context: snapshot.context as never };
  }

  /**
   * Gives the actor an event. False when nothing changed: the event does not concern its state, or is one
   * of those that only XState itself may send.
   */
  send(key: Key, event: EventFromLogic<Machine>): boolean {
    const actor = this.#actors.get(key);
    if (!actor) throw new Error(`There is no actor ${this.#prefix}:${key}.`);
    if ((event as AnyEventObject).type.startsWith('xstate.')) return false;
    const before: unknown = actor.getSnapshot();
    actor.send(event);
    this.#arm(key, actor);
    return actor.getSnapshot() !== before;
  }

  /** Ends the actor's life here; its deadline is dropped. Harmless when there is none. */
  drop(key: Key): void {
    this.#actors.get(key)?.stop();
    this.#actors.delete(key);
    this.#deadlines.set(`${this.#prefix}:${key}`, null);
  }

  #resolved(state: StateValue): SnapshotFrom<AnyStateMachine> {
    const known = this.#snapshots.get(state);
    if (known) return known;
    const resolved = this.#machine.resolveState({ value: state, context: {} });
    this.#snapshots.set(state, resolved);
    return resolved;
  }

  #adopt(key: Key, actor: Actor<AnyStateMachine>): void {
    this.#actors.set(key, actor as Actor<Machine>);
    actor.subscribe({ error: rethrow });
    actor.start();
    this.#arm(key, actor as Actor<Machine>);
  }

  #arm(key: Key, actor: Actor<Machine>): void {
    const snapshot = actor.getSnapshot() as SnapshotFrom<AnyStateMachine>;
    if (snapshot.status === 'error') throw snapshot.error;
    const { deadlineAt } = snapshot.context as { deadlineAt: number | null };
    this.#deadlines.set(`${this.#prefix}:${key}`, snapshot.status === 'active' ? deadlineAt : null);
  }
}

/** An observer must be there, or XState throws into the void; `#arm` raises the error where it belongs. */
const rethrow = () => {};
