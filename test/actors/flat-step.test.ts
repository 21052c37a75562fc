/**
 * The step of flat statecharts against XState's own: two actors of each machine get the same events, and must
 * agree after every one of them, in state, context and what they do. The events are chance's, from a fixed
 * seed, and every transition must have been taken.
 */
import fc from 'fast-check';
import { assign, createActor, createMachine, setup } from 'xstate';
import type { AnyEventObject, AnyStateMachine, SnapshotFrom } from 'xstate';
import { describe, expect, it } from 'vitest';
import { flatStep, type Frozen } from '../../actors/flat-step.ts';
import { agentConnection } from '../../machines/agent-connection.ts';
import { controller } from '../../machines/controller.ts';
import { job } from '../../machines/job.ts';
import { lease } from '../../machines/lease.ts';
import { subTransaction } from '../../machines/sub-transaction.ts';
import { task } from '../../machines/task.ts';
import { defaultTiming } from '../../machines/timing.ts';

const timing = defaultTiming;
const policy = { maxRetries: 1, delaysMs: [5], onUnknown: 'retry', maxLosses: 2, idleMs: 100 };

const machines: readonly (readonly [AnyStateMachine, readonly object[]])[] = [
  [subTransaction, [{ birth: 7, policy, at: 0 }, { birth: 7, policy: { ...policy, onUnknown: 'park' }, at: 0 }]],
  [agentConnection, [{ agent: 'a1', boot: 1, timing, at: 0, outage: false }, { agent: 'a1', boot: 1, timing, at: 0, outage: true }]],
  [task, [{ birth: 7, attempt: 1, timeoutMs: 100, graceMs: 10, at: 0 }]],
  [lease, [{ stamp: 0, timing, at: 0 }]],
  [job, [{ name: 'j', generation: 1, nextAt: null, at: 0 }, { name: 'j', generation: 1, nextAt: 500, at: 0 }]],
  [controller, [{ at: 0 }]],
]; // prettier-ignore

/** Whatever an event of any machine may carry. */
const payload = fc.record({
  after: fc.constantFrom(0, 1, 120, 15_000, 70_000),
  attempt: fc.constantFrom(1, 1, 1, 0, 2, 3),
  cause: fc.constantFrom('error', 'refused', 'timedOut'),
  death: fc.boolean(),
  releaseAt: fc.constantFrom(null, 200_000),
  until: fc.constantFrom(10, 400_000),
  kind: fc.constantFrom('done', 'failed', 'stopped'),
  hard: fc.boolean(),
  deaf: fc.boolean(),
  remaining: fc.constantFrom(0, 0, 2),
  newer: fc.boolean(),
  nextAt: fc.constantFrom(null, 0, 300),
  missed: fc.constantFrom(0, 2),
});

/** Where a walk begins: in any state, with what is set of this where the machine has it. */
const beginning = fc.record({
  attempt: fc.constant(1),
  startedAt: fc.constantFrom(null, 0),
  cause: fc.constantFrom(null, 'lost'),
  held: fc.boolean(),
  deaths: fc.constantFrom(0, 1),
  goesOn: fc.boolean(),
  deadlineAt: fc.constantFrom(null, 0, 100),
});

/** The machine with its effects observed, in both ways; from its beginning, or from a state. */
function pair(
  machine: AnyStateMachine,
  input: object,
  taken: Set<string>,
  from?: { readonly value: string; readonly changes: object },
) {
  const run = (observed: AnyStateMachine, effects: unknown[]) => {
    const log = (name: string) => (given: { context: unknown; event: AnyEventObject }) =>
      effects.push([name, given.context, given.event.type]);
    const names = Object.entries(observed.implementations.actions as Record<string, object>)
      .filter(([, action]) => !('resolve' in action))
      .map(([name]) => [name, log(name)]);
    return observed.provide({ actions: Object.fromEntries(names) as never }) as AnyStateMachine;
  };
  const [ownEffects, flatEffects]: [unknown[], unknown[]] = [[], []];
  const context = createActor(machine, { input }).getSnapshot().context as object;
  const known = Object.entries(from?.changes ?? {}).filter(([name]) => name in context);
  const begun = { ...context, ...(Object.fromEntries(known) as object) };
  const start = from
    ? { snapshot: machine.resolveState({ value: from.value, context: begun }) }
    : { input };
  const own = createActor(run(machine, ownEffects), {
    ...start,
    inspect(seen) {
      if (seen.type !== '@xstate.microstep') return;
      for (const { source, eventType } of seen._transitions)
        taken.add(`${source.key}.${String(eventType)}`);
    },
  });
  const observed = run(machine, flatEffects);
  const step = flatStep(observed);
  own.subscribe({ error: () => {} });
  const flat = begin(observed, start);
  const send = (event: AnyEventObject) => (flat.now = step(flat.now, event));
  return { own: own.start(), flat, send, ownEffects, flatEffects };
}

type Snapshot = SnapshotFrom<AnyStateMachine>;

/** What of a snapshot the flat step knows. */
const stillOf = (snapshot: Snapshot): Frozen => ({
  state: snapshot.value as string,
  context: snapshot.context as object,
});

/** Where the flat walk begins: as an actor that was just started, or restored. */
function begin(
  machine: AnyStateMachine,
  start: { readonly snapshot?: unknown; readonly input?: unknown },
) {
  return {
    now: stillOf(
      createActor(machine, start as object)
        .start()
        .getSnapshot(),
    ),
  };
}

describe('a step of a flat statechart', () => {
  it.each(machines.map(([machine, inputs]) => [machine.id, machine, inputs] as const))(
    'is the same as XState’s own: %s',
    (_, machine, inputs) => {
      const taken = new Set<string>();
      const wanted = Object.values(machine.states).flatMap(({ key, transitions }) =>
        [...transitions.keys()].map((type) => `${key}.${type}`),
      );
      const types = [...new Set(Object.values(machine.states).flatMap(({ transitions }) => [...transitions.keys()]))]; // prettier-ignore
      const event = fc.tuple(fc.constantFrom('nobody knows it', ...types), payload);
      const from = fc.record({
        value: fc.constantFrom(...Object.keys(machine.states)),
        changes: beginning,
      });
      const walk = fc.tuple(fc.constantFrom(...inputs), fc.option(from, { nil: undefined }), fc.array(event, { maxLength: 12, size: 'max' })); // prettier-ignore
      fc.assert(
        fc.property(walk, ([input, begin, events]) => {
          const { own, flat, send, ownEffects, flatEffects } = pair(machine, input, taken, begin);
          let at = 0;
          for (const [type, { after, newer, ...rest }] of events) {
            if (own.getSnapshot().status !== 'active') return;
            at += after;
            const stamp = newer ? at : 0;
            const sent = { type, at, stamp, timing, agent: 'a1', boot: 1, by: 'somebody', reason: 'why', graceMs: 5, withinMs: 5, ...rest }; // prettier-ignore
            const before = [own.getSnapshot(), flat.now] as const;
            own.send(sent);
            send(sent);
            const now = [own.getSnapshot(), flat.now] as const;
            expect(now[0].error).toBeUndefined();
            expect(now[1]).toEqual(stillOf(now[0]));
            expect(now[1] === before[1]).toBe(now[0] === before[0]);
            expect(flatEffects).toEqual(ownEffects);
          }
        }),
        { numRuns: 14 * wanted.length, seed: 2 },
      );
      expect(wanted.filter((name) => !taken.has(name))).toEqual([]);
    },
  );

  it.each<readonly [string, AnyStateMachine]>([
    ['is nested', createMachine({ initial: 'a', states: { a: { initial: 'b', states: { b: {} } } } })],
    ['is parallel', createMachine({ type: 'parallel', states: { a: {}, b: {} } })],
    ['waits by itself', createMachine({ initial: 'a', states: { a: { after: { 5: 'b' } }, b: {} } })],
    ['moves by itself', createMachine({ initial: 'a', states: { a: { always: 'b' }, b: {} } })],
    ['does something as it leaves', createMachine({ initial: 'a', states: { a: { exit: 'x' } } })],
    ['has an action without a name', createMachine({ initial: 'a', states: { a: { entry: () => {} } } })],
    ['raises events', createMachine({ initial: 'a', states: { a: { entry: { type: 'x' } } } })],
  ])('is not to be had of a machine that %s', (_, machine) => {
    expect(() => flatStep(machine)).toThrow('is not flat');
  }); // prettier-ignore

  it('leaves one that has ended as it is', () => {
    const machine = setup({ actions: { note: assign({ seen: true }) } }).createMachine({
      context: {},
      initial: 'a',
      states: { a: { type: 'final', on: { '*': { actions: 'note' } } } },
    });
    const ended = { state: 'a', context: {} };
    expect(flatStep(machine)(ended, { type: 'x' })).toBe(ended);
  });
});
