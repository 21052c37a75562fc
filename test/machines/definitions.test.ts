/** Every statechart as JSON: nothing is lost of it that a picture, an editor or an inspector needs. */
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { machineDefinitions, machineNames } from '../../machines/definitions.ts';
import { agentConnection } from '../../machines/agent-connection.ts';
import { controller } from '../../machines/controller.ts';
import { job } from '../../machines/job.ts';
import { lease } from '../../machines/lease.ts';
import { subTransaction } from '../../machines/sub-transaction.ts';
import { task } from '../../machines/task.ts';

const MACHINES = { job, subTransaction, agentConnection, controller, task, lease };

describe('the definition of a statechart', () => {
  it('is there for each of them, under its own id', () => {
    expect(machineNames).toEqual(Object.keys(MACHINES));
    for (const name of machineNames) expect(machineDefinitions[name].id).toBe(MACHINES[name].id);
  });

  it.each(machineNames)('of %s is plain JSON', (name) => {
    const definition = machineDefinitions[name];
    expect(JSON.parse(JSON.stringify(definition))).toEqual(definition);
  });

  it.each(machineNames)('of %s makes the same chart again', (name) => {
    const again = createMachine(machineDefinitions[name] as Parameters<typeof createMachine>[0]);
    expect(shapeOf(again.root)).toEqual(shapeOf(MACHINES[name].root));
  });

  it.each(machineNames)('of %s says of each state and transition what it is', (name) => {
    const { description, states } = machineDefinitions[name];
    const said = Object.values(states).flatMap((state) => [
      state.description,
      ...Object.values(state.on ?? {}).flatMap((list) => list.map((one) => one.description)),
    ]);
    for (const text of [description, ...said]) expect(text).toMatch(/\.$/);
  });

  it('names a guard that is made of several', () => {
    const [first] = machineDefinitions.job.states['starting']!.on!['prepared']!;
    expect(first).toMatchObject({ guard: 'hasEnded and nothingRemains', target: 'finishing' });
  });
});

/** What XState has made of a configuration. */
interface Node {
  readonly type: string;
  readonly description: string | undefined;
  readonly initial: { readonly target: readonly { readonly key: string }[] };
  readonly states: Readonly<Record<string, Node>>;
  readonly transitions: ReadonlyMap<
    string,
    readonly {
      readonly target: readonly { readonly key: string }[] | undefined;
      readonly guard: unknown;
      readonly actions: readonly unknown[];
    }[]
  >;
}

function shapeOf(root: unknown) {
  const { initial, states } = root as Node;
  const shapes = Object.entries(states).map(([name, { type, description, transitions }]) => ({
    ...{ name, type, description },
    on: [...transitions].map(([event, list]) => [
      event,
      list.map(({ target, guard, actions }) => ({
        target: target?.map(({ key }) => key),
        isGuarded: guard !== undefined,
        actions,
      })),
    ]),
  }));
  return { initial: initial.target.map(({ key }) => key), shapes };
}
