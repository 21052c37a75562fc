/**
 * The only file that runs XState, with flat-step.ts. An actor here is a name, its statechart, and the state and
 * context that it is in; its mailbox is the turn, which gives it one event after the other:
 *
 *   send(name, event) ─▶ step ─▶ effects, state, context ─▶ its `context.deadlineAt` armed as `<set>:<name>`
 *
 * So a machine is woken by `timeout` and never owns a timer. What an action throws ends its node's life
 * (turn-loop I3). XState's own actor object has a mailbox, a system, observers and an inspector of its own, none
 * of which a turn needs, and cost a fifth of each task.
 *
 * XState obeys events of its own from whoever sends them: `xstate.stop` ends an actor, `xstate.done.…` and
 * `xstate.after.…` move it. None gets through here, so that a name which came over the wire, should one ever
 * become the type of an event, moves nothing that its machine does not provide for.
 *
 * Contexts are plain data, so there is nothing in them to revive.
 */
import {
  initialTransition,
  type AnyEventObject,
  type AnyStateMachine,
  type ContextFrom,
  type EventFromLogic,
  type InputFrom,
  type SnapshotFrom,
} from 'xstate';
import type { Deadlines } from './deadlines.ts';
import type { Memory, Remembering } from './freezing.ts';
import { flatStep, type Frozen as Still, type Step } from './flat-step.ts';

/** A state and its context, as they are written down. */
export interface Frozen<Machine extends AnyStateMachine> {
  readonly state: SnapshotFrom<Machine>['value'];
  readonly context: ContextFrom<Machine>;
}

export class ActorSet<
  Key extends string | number,
  Machine extends AnyStateMachine,
> implements Remembering {
  readonly #machine: Machine;
  readonly #step: Step;
  readonly #finals: ReadonlySet<string>;
  readonly #prefix: string;
  readonly #deadlines: Deadlines;
  readonly #actors = new Map<Key, Still>();

  /**
   * @param machine with the effects of its actions provided; a flat one
   * @param prefix begins the name of each deadline: `<prefix>:<key>`
   */
  constructor(machine: Machine, prefix: string, deadlines: Deadlines) {
    this.#machine = machine;
    this.#step = flatStep(machine);
    const finals = Object.values(machine.states).filter(({ type }) => type === 'final');
    this.#finals = new Set(finals.map(({ key }) => key));
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
    const [snapshot, actions] = initialTransition(this.#machine as AnyStateMachine, input);
    this.#adopt(key, { state: snapshot.value as string, context: snapshot.context as object });
    for (const { exec, info, params } of actions) exec?.(info, params);
  }

  /** Makes an actor that goes on where it was. No entry action runs. */
  restore(key: Key, { state, context }: Frozen<Machine>): void {
    this.#adopt(key, { state: state, context });
  }

  /** What there is to write down of an actor; undefined when there is no such actor. */
  read(key: Key): Frozen<Machine> | undefined {
    return this.#actors.get(key) as Frozen<Machine> | undefined;
  }

  /**
   * Gives the actor an event. False when nothing changed: the event does not concern its state, or is one
   * of those that only XState itself may send.
   */
  send(key: Key, event: EventFromLogic<Machine>): boolean {
    const before = this.#actors.get(key);
    if (!before) throw new Error(`There is no actor ${this.#prefix}:${key}.`);
    if ((event as AnyEventObject).type.startsWith('xstate.')) return false;
    const after = this.#step(before, event);
    if (this.#actors.get(key) !== before)
      throw new Error(`An action of ${this.#prefix}:${key} has moved its own actor.`);
    if (after === before) return false;
    this.#adopt(key, after);
    return true;
  }

  /** Ends the actor's life here; its deadline is dropped. Harmless when there is none. */
  drop(key: Key): void {
    this.#actors.delete(key);
    this.#deadlines.set(`${this.#prefix}:${key}`, null);
  }

  /** Its deadlines are remembered where they are kept. */
  remember(memory: Memory): void {
    memory.fill('actors', this.#actors);
  }

  #adopt(key: Key, actor: Still): void {
    this.#actors.set(key, actor);
    const { deadlineAt } = actor.context as { deadlineAt: number | null };
    this.#deadlines.set(
      `${this.#prefix}:${key}`,
      this.#finals.has(actor.state) ? null : deadlineAt,
    );
  }
}
