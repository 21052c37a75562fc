/** Proves that a walk fails for each thing it demands, on small machines with one fault each. */
import { describe, expect, it } from 'vitest';
import { assign, setup, type AnyStateMachine } from 'xstate';
import { walk } from './walk.ts';

type Light = { readonly type: 'go' | 'timeout'; readonly at: number };

const base = setup({
  types: {
    context: {} as { deadlineAt: number | null; seen: number },
    events: {} as Light,
    input: {} as { at: number },
  },
  guards: {
    isDue: ({ context, event }) => context.deadlineAt !== null && event.at >= context.deadlineAt,
    isNever: ({ event }) => event.at < 0,
  },
  actions: {
    arm: assign({ deadlineAt: 10 }),
    disarm: assign({ deadlineAt: null }),
    see: assign(({ context }) => ({ seen: context.seen + 1 })),
  },
});

const context = { deadlineAt: null, seen: 0 };
const described = { description: 'x' };
const off = { type: 'final', ...described, entry: 'disarm' } as const;
const due = { guard: 'isDue', target: 'off', ...described } as const;

const sound = base.createMachine({
  initial: 'on',
  context,
  states: {
    on: {
      ...described,
      entry: 'arm',
      on: { timeout: due, go: { guard: 'isNever', target: 'off', ...described } },
    },
    off,
  },
});

const eventsAt = (...instants: number[]) =>
  instants.flatMap((at): Light[] => [
    { type: 'go', at },
    { type: 'timeout', at },
  ]);

const walkOf = (machine: AnyStateMachine, ...instants: number[]) =>
  walk(machine, {
    inputs: [{ at: 0 }],
    events: () => eventsAt(...instants),
    stopWhen: ({ context: { seen } }) => (seen as number) > 2,
  });

describe('walk', () => {
  it('misses nothing in a sound machine', async () => {
    expect(await walkOf(sound, -1, 9, 10)).toEqual({ missing: [], stuck: [], snapshots: 2 });
  });

  it('names the transition and the guard outcomes that were not reached', async () => {
    const { missing } = await walkOf(sound, 9, 10);
    expect(missing).toEqual(['guard isNever is true', 'transition on.go[0]']);
  });

  it('names a state that cannot be reached', async () => {
    const machine = base.createMachine({
      initial: 'on',
      context,
      states: { on: { ...described, entry: 'arm', on: { timeout: due } }, dark: described, off },
    });
    const { missing } = await walkOf(machine, 9, 10);
    expect(missing).toContain('state dark');
  });

  it('finds a state without a way out', async () => {
    const machine = base.createMachine({
      initial: 'on',
      context,
      states: {
        on: { ...described, on: { go: { target: 'trap', ...described } } },
        trap: described,
        off,
      },
    });
    const { stuck } = await walkOf(machine, 1);
    expect(stuck).toHaveLength(2);
  });

  it.each<[string, AnyStateMachine, number[], RegExp]>([
    [
      'a timeout that comes too soon',
      base.createMachine({
        initial: 'on',
        context,
        states: {
          on: { ...described, entry: 'arm', on: { timeout: { target: 'off', ...described } } },
          off,
        },
      }),
      [10],
      /"at":9.* changes something/,
    ],
    [
      'a timeout that leaves its deadline',
      base.createMachine({
        initial: 'on',
        context,
        states: {
          on: {
            ...described,
            entry: 'arm',
            on: { timeout: { guard: 'isDue', actions: 'see', ...described } },
          },
          off,
        },
      }),
      [10],
      /leaves its deadline/,
    ],
    [
      'a deadline of a final state',
      base.createMachine({
        initial: 'on',
        context,
        states: {
          on: { ...described, on: { go: { target: 'off', ...described } } },
          off: { type: 'final', ...described, entry: 'arm' },
        },
      }),
      [10],
      /Armed at its end/,
    ],
    [
      'a state without a description',
      base.createMachine({
        initial: 'on',
        context,
        states: { on: { entry: 'arm', on: { timeout: due } }, off },
      }),
      [10],
      /No description: state on/,
    ],
    [
      'a transition without a description',
      base.createMachine({
        initial: 'on',
        context,
        states: {
          on: { ...described, entry: 'arm', on: { timeout: { guard: 'isDue', target: 'off' } } },
          off,
        },
      }),
      [10],
      /No description: transition on\.timeout\[0\]/,
    ],
    [
      'a context that is not plain JSON',
      base.createMachine({
        initial: 'on',
        context: { deadlineAt: null, seen: NaN },
        states: { on: { ...described, entry: 'arm', on: { timeout: due } }, off },
      }),
      [10],
      /No plain JSON/,
    ],
  ])('refuses %s', async (_, machine, instants, message) => {
    await expect(walkOf(machine, ...instants)).rejects.toThrow(message);
  });

  it('refuses a test that offers no event of a handled type', async () => {
    const walked = walk(sound, {
      inputs: [{ at: 0 }],
      events: (): Light[] => [{ type: 'go', at: 0 }],
    });
    await expect(walked).rejects.toThrow('offers no event timeout in state on');
  });

  it('refuses a stale event that changes something', async () => {
    const walked = walk(sound, {
      inputs: [{ at: 0 }],
      events: () => eventsAt(9, 10),
      stale: (): Light[] => [{ type: 'timeout', at: 11 }],
    });
    await expect(walked).rejects.toThrow('changes something');
  });
});
