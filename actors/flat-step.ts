/**
 * One step of a flat statechart: it is in one state at a time, and nothing of it is nested, delayed, invoked
 * or spawned. All of ours are like that.
 *
 *   event ─▶ XState chooses the transition ─▶ its actions, then those of entry, in order ─▶ state, context
 *
 * XState's own step serves every statechart that there can be, makes a snapshot after each assignment, and
 * takes four times as long: a quarter of what a task costs. Both come to the same; flat-step.test.ts takes all
 * machines through both. A machine that is not flat, or that holds something which is not known here, is refused.
 */
import type { AnyEventObject, AnyStateMachine, SnapshotFrom } from 'xstate';

type Snapshot = SnapshotFrom<AnyStateMachine>;
type Transition = ReturnType<AnyStateMachine['getTransitionData']>[number];
type StateNode = AnyStateMachine['root'];
type Given = Record<'context' | 'event', unknown>;
type Context = Record<string, unknown>;

/** What `assign` makes: a function that carries what was given to it. */
interface Assign {
  readonly type: 'xstate.assign';
  readonly assignment: ((given: Given) => Context) | Record<string, unknown>;
}

type Effect = (given: Given) => void;

type Action = Assign | Effect;

/** What a transition comes to: what it does, and the state that is entered, if one is. */
interface Course {
  readonly actions: readonly Action[];
  readonly entered: string | undefined;
}

/** A state and its context: all that an actor of a flat statechart is. */
export interface Frozen {
  readonly state: string;
  readonly context: object;
}

/**
 * What the event makes of it, which is the same object where the event does not concern it. Effects run now.
 */
export type Step = (before: Frozen, event: AnyEventObject) => Frozen;

/**
 * The step of this machine.
 *
 * @throws when the machine is not flat: a programmer's error
 */
export function flatStep(machine: AnyStateMachine): Step {
  if (!isFlat(machine)) throw new Error(`The machine "${machine.id}" is not flat.`);
  const snapshots = new Map<string, Snapshot>();
  const courses = new Map<Transition, Course>();

  /** What XState chooses by. It looks at it and keeps nothing of it, so one for each state will do. */
  const snapshotOf = ({ state, context }: Frozen): Snapshot => {
    let snapshot = snapshots.get(state);
    if (!snapshot)
      snapshots.set(state, (snapshot = machine.resolveState({ value: state, context })));
    snapshot.context = context;
    return snapshot;
  };

  const courseOf = (transition: Transition): Course => {
    const known = courses.get(transition);
    if (known) return known;
    const target = enteredBy(transition);
    const names = [...transition.actions, ...(target?.entry ?? [])] as string[];
    const actions = names.flatMap((name) => actionOf(machine, name) ?? []);
    const course = { actions, entered: target?.key };
    courses.set(transition, course);
    return course;
  };

  return (before, event) => {
    const snapshot = snapshotOf(before);
    if (snapshot.status !== 'active') return before;
    const [chosen] = machine.getTransitionData(snapshot, event);
    if (!chosen) return before;
    const { actions, entered } = courseOf(chosen);
    let context = before.context as Context;
    for (const action of actions) {
      const given: Given = { context, event };
      if (isAssign(action)) context = { ...context, ...changeOf(action, given) };
      else action(given);
    }
    if (entered === undefined && context === before.context) return before;
    return { state: entered ?? before.state, context };
  };
}

/** The state that a transition enters; undefined when it stays where it is. */
function enteredBy({ target, source, reenter }: Transition): StateNode | undefined {
  const [node] = target ?? [];
  return node !== source || reenter ? node : undefined;
}

function changeOf({ assignment }: Assign, given: Given): Context {
  if (typeof assignment === 'function') return assignment(given);
  const change: Context = {};
  for (const [name, value] of Object.entries(assignment))
    change[name] =
      typeof value === 'function' ? (value as (given: Given) => unknown)(given) : value;
  return change;
}

const actionOf = (machine: AnyStateMachine, name: string) =>
  (machine.implementations.actions as Record<string, Action | undefined>)[name];

const isAssign = (action: Action): action is Assign => 'assignment' in action;

function isFlat(machine: AnyStateMachine): boolean {
  const { root } = machine;
  const isKnown = (action: unknown) => {
    if (typeof action !== 'string') return false;
    const found = actionOf(machine, action);
    return found === undefined || isAssign(found) || !('resolve' in found);
  };
  const isPlain = (node: StateNode) =>
    node.exit.length + node.invoke.length + node.after.length + (node.always?.length ?? 0) === 0 &&
    [...node.transitions.values()].flat().every(
      ({ target = [], actions }) =>
        target.length <= 1 && target.every(({ parent }) => parent === root) && actions.every(isKnown), // prettier-ignore
    );
  return (
    root.type === 'compound' &&
    root.entry.length === 0 &&
    [root, ...Object.values(machine.states)].every(isPlain) &&
    Object.values(machine.states).every(
      ({ type, entry }) => (type === 'atomic' || type === 'final') && entry.every(isKnown),
    )
  );
}
