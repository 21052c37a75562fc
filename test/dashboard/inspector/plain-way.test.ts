/**
 * The plain way: a machine in somebody's own program, with the inspector of Stately's package. What that makes of
 * a real actor is what the bridge's messages are held against, so that both look alike in the inspector.
 */
import { createInspector, type StatelyInspectionEvent } from '@statelyai/inspect';
import { expect, it } from 'vitest';
import { createActor } from 'xstate';
import { createWriter, hasEnded, PROTOCOL_VERSION } from '../../../dashboard/inspector/message.ts';
import { machineDefinitions } from '../../../machines/definitions.ts';
import { task } from '../../../machines/task.ts';

/** What the package sends of a task that is started and then fails. */
async function plain(): Promise<readonly StatelyInspectionEvent[]> {
  const messages: StatelyInspectionEvent[] = [];
  const { inspect } = createInspector({ send: (message) => void messages.push(message) });
  const input = { birth: 7, attempt: 1, timeoutMs: 1_000, graceMs: 100, at: 0 };
  const actor = createActor(task, { input, inspect }).start();
  actor.send({ type: 'start', at: 5 });
  actor.send({ type: 'exit', at: 6, kind: 'failed', cause: 'error' });
  await expect.poll(() => messages.at(-1)).toMatchObject({ snapshot: { status: 'done' } });
  return messages;
}

/** The same from the bridge. */
function bridged() {
  const { actor, event, snapshot } = createWriter('c/controller');
  const shown = {
    ...{ machine: 'task', session: 'c/agent/a1/task/7.1', name: 'task', parent: null } as const,
    ...{ state: 'inProgress', context: {}, atMs: 5 },
  }; // prettier-ignore
  const start = { type: 'start', at: 5 };
  return [actor(shown), event(shown, 1, start, null), snapshot(shown, 1, start)] as const;
}

const keysOf = (value: object) => Object.keys(value).sort();

it('shows each event and each state, with the chart', async () => {
  const messages = await plain();
  expect(messages.flatMap((one) => (one.type === '@xstate.event' ? [one.event.type] : []))).toEqual([
    ...['xstate.init', 'start', 'exit'],
  ]);
  const last = messages.at(-1) as StatelyInspectionEvent & { type: '@xstate.snapshot' };
  expect(last.snapshot).toMatchObject({ value: 'failed', status: 'done' });
}); // prettier-ignore

it('has the fields that the messages of the bridge have', async () => {
  const messages = await plain();
  for (const own of bridged()) {
    const theirs = messages.findLast(({ type }) => type === own.type)!;
    expect(keysOf(own)).toEqual(keysOf(theirs));
    expect(own._version).toBe(theirs._version);
    if (own.type === '@xstate.event' || theirs.type === '@xstate.event') continue;
    // Neither an output nor an error has a field while there is none.
    const theirSnapshot = JSON.parse(JSON.stringify(theirs.snapshot)) as object;
    expect(keysOf(own.snapshot)).toEqual(keysOf(theirSnapshot));
  }
  expect(PROTOCOL_VERSION).toBe(messages[0]!._version);
});

it('has the chart that the bridge sends', async () => {
  const [actor] = await plain();
  const chart = JSON.parse((actor as { definition: string }).definition) as typeof machineDefinitions.task;
  const { id, initial, states } = machineDefinitions.task;
  expect(chart).toMatchObject({ id, initial });
  expect(keysOf(chart.states)).toEqual(keysOf(states));
  for (const [name, { description, on = {} }] of Object.entries(states)) {
    expect(chart.states[name]!.description).toBe(description);
    expect(keysOf(chart.states[name]!.on ?? {})).toEqual(keysOf(on));
    expect(hasEnded({ machine: 'task', state: name })).toBe(chart.states[name]!.type === 'final');
  }
}); // prettier-ignore
