/**
 * One step of a flat statechart: it is in one state at a time, and nothing of it is nested, delayed, invoked
 * or spawned. All of ours are like that.
 *
 *   event ─▶ XState chooses the transition ─▶ its actions, then those of entry, in order ─▶ one new snapshot
 *
 * XState's own step serves every statechart that there can be, makes a snapshot after each assignment, and
 * takes four times as long: a quarter of what a task costs. Both come to the same; flat-step.test.ts takes all
 * machines through both. A machine that is not flat, or that holds something which is not known here, keeps
 * XState's own step, and so do the events of XState itself.
 */
import type { AnyEventObject, AnyStateMachine, SnapshotFrom } from 'xstate';

type Snapshot = SnapshotFrom<AnyStateMachine>;
type Transition = ReturnType<AnyStateMachine['getTransitionData']>[number];
type StateNode = AnyStateMachine['root'];
type Given = Record<'context' | 'event' | 'self' | 'system', unknown>;
type Context = Record<string, unknown>;

/** What `assign` makes: a function that carries what was given to it. */
interface Assign {
  readonly type: 'xstate.assign';
  readonly assignment: ((given: Given) => Context) | Record<string, unknown>;
}

type Effect = (given: never, params: never) => void;

/** An action by its name; `found` as the machine has it. */
interface Action {
  readonly type: string;
  readonly found: Assign | Effect | undefined;
}

/** What a transition comes to: what it does, and the snapshot of the state that is entered, if one is. */
interface Course {
  readonly actions: readonly Action[];
  readonly entered: Snapshot | undefined;
}

/** How a machine steps: the snapshot before, the event, and what its actions are run with. */
type Step = (...given: Parameters<AnyStateMachine['transition']>) => Snapshot;

/**
 * The short step of this machine; undefined when it is not flat and needs XState's own.
 *
 * @param snapshotOf a snapshot of a state, with any context
 */
export function flatStep(
  machine: AnyStateMachine,
  snapshotOf: (state: string) => Snapshot,
): Step | undefined {
  if (!isFlat(machine)) return undefined;
  const courses = new Map<Transition, Course>();

  const courseOf = (transition: Transition): Course => {
    const known = courses.get(transition);
    if (known) return known;
    const target = enteredBy(transition);
    const names = [...transition.actions, ...(target?.entry ?? [])] as string[];
    const actions = names.map((type) => ({ type, found: actionOf(machine, type) }));
    const course = { actions, entered: target && snapshotOf(target.key) };
    courses.set(transition, course);
    return course;
  };

  return (snapshot, event, scope) => {
    if ((event as AnyEventObject).type.startsWith('xstate.'))
      return machine.transition(snapshot, event, scope);
    const [chosen] = machine.getTransitionData(snapshot, event);
    if (!chosen) return snapshot;
    const { actions, entered } = courseOf(chosen);
    let context = snapshot.context as Context;
    for (const { type, found } of actions) {
      const given: Given = { context, event, self: scope.self, system: scope.system };
      if (isAssign(found)) context = { ...context, ...changeOf(found, given) };
      else
        scope.actionExecutor({
          type,
          info: given as never,
          params: undefined,
          exec: found as never,
        });
    }
    if (entered) return { ...entered, context };
    return context === snapshot.context ? snapshot : { ...snapshot, context };
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
  (machine.implementations.actions as Record<string, Action['found']>)[name];

const isAssign = (found: Action['found']): found is Assign =>
  found !== undefined && 'assignment' in found;

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
