/**
 * A running actor whose effects are written down by name.
 *
 * An effect is an action that is empty in the machine; what a machine implements itself (assigns, which
 * carry a type) is left as it is.
 */
import {
  createActor,
  type AnyStateMachine,
  type EventFromLogic,
  type InputFrom,
  type SnapshotFrom,
} from 'xstate';

export interface Observed<M extends AnyStateMachine> {
  readonly send: (event: EventFromLogic<M>) => void;
  /** Only what is stored: a whole snapshot would drag its machine into every failure's diff. */
  readonly state: () => Pick<SnapshotFrom<M>, 'value' | 'context'>;
  /** Names of the effects so far, in order. */
  readonly effects: string[];
}

/** Starts `machine` and writes its effects down. */
export function observe<M extends AnyStateMachine>(machine: M, input: InputFrom<M>): Observed<M> {
  return begin(machine, { input });
}

/** Goes on from a state and context as a store would have kept them. */
export function resume<M extends AnyStateMachine>(
  machine: M,
  kept: { readonly value: string; readonly context: SnapshotFrom<M>['context'] },
): Observed<M> {
  const json = JSON.parse(JSON.stringify(kept)) as typeof kept;
  return begin(machine, { snapshot: machine.resolveState(json as never) });
}

function begin<M extends AnyStateMachine>(machine: M, from: object): Observed<M> {
  const effects: string[] = [];
  const actions = machine.implementations.actions as Record<string, object>;
  const written = Object.entries(actions)
    .filter(([, action]) => !('type' in action))
    .map(([name]) => [name, () => effects.push(name)]);
  const actor = createActor(
    machine.provide({ actions: Object.fromEntries(written) as never }) as M,
    from as never,
  );
  let failure: unknown;
  actor.subscribe({ error: (error) => (failure = error) });
  actor.start();
  return {
    send: (event) => {
      actor.send(event);
      if (failure !== undefined) throw failure as Error;
    },
    state: () => {
      const { value, context } = actor.getSnapshot();
      return { value, context };
    },
    effects,
  };
}
