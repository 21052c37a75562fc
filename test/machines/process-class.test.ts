/** Which agent comes next. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultMaxProcesses } from '../../machines/class-settings.ts';
import {
  selectAgent,
  type Candidate,
  type ClassView,
  type Selecting,
} from '../../machines/process-class.ts';

const free: Candidate = { free: 1, restingUntil: null };
const full: Candidate = { free: 0, restingUntil: null };
const resting = (restingUntil: number): Candidate => ({ free: 1, restingUntil });

const first: Selecting = {
  select: 'first',
  agents: ['A', 'B', 'C'],
  maxProcesses: defaultMaxProcesses,
};
const next: Selecting = { ...first, select: 'next' };

function view(candidates: Record<string, Candidate>, change: Partial<ClassView> = {}): ClassView {
  return {
    candidates: new Map(Object.entries(candidates)),
    running: 0,
    pointer: 0,
    at: 0,
    ...change,
  };
}

/** The agents of so many selections in a row. */
function inARow(processClass: Selecting, candidates: Record<string, Candidate>, count: number) {
  const chosen: string[] = [];
  let pointer = 0;
  for (let turn = 0; turn < count; turn += 1) {
    const selection = selectAgent(processClass, view(candidates, { pointer }));
    if (!('agent' in selection)) throw new Error(selection.obstacle);
    pointer = selection.pointer;
    chosen.push(selection.agent);
  }
  return chosen.join('');
}

describe('selectAgent', () => {
  it.each<[string, Selecting, Record<string, Candidate>, string]>([
    ['the primary while it is there', first, { C: free, B: free, A: free }, 'AAAA'],
    ['the next in line while the primary is away', first, { B: free, C: free }, 'BBBB'],
    ['the next in line while the primary is full', first, { A: full, B: free, C: free }, 'BBBB'],
    ['one after the other', next, { C: free, B: free, A: free }, 'ABCA'],
    ['round one that rests', next, { A: free, B: resting(1), C: free }, 'ACAC'],
    ['round one that is away', next, { A: free, C: free }, 'ACAC'],
  ])('takes %s', (_, processClass, candidates, expected) => {
    expect(inARow(processClass, candidates, 4)).toBe(expected);
  });

  it.each<[string, Selecting, ClassView, object]>([
    ['noAgent: nobody is connected', first, view({}), { obstacle: 'noAgent' }],
    ['noAgent: only strangers are', first, view({ X: free }), { obstacle: 'noAgent' }],
    ['noSlot: all are full', first, view({ A: full, B: full }), { obstacle: 'noSlot' }],
    ['noSlot: full or resting', first, view({ A: full, B: resting(9) }), { obstacle: 'noSlot' }],
    [
      'resting: until the one that has rested longest may be tried',
      next,
      view({ A: resting(30_000), B: resting(20_000), C: resting(25_000) }, { at: 19_999 }),
      { obstacle: 'resting', until: 20_000 },
    ],
    [
      'maxProcesses: the class is full',
      first,
      view({ A: free }, { running: 30 }),
      { obstacle: 'maxProcesses' },
    ],
  ])('meets %s', (_, processClass, given, expected) => {
    expect(selectAgent(processClass, given)).toEqual(expected);
  });

  it('gives one more below the limit', () => {
    expect(selectAgent(first, view({ A: free }, { running: 29 }))).toMatchObject({ agent: 'A' });
  });

  it('tries the one that has rested longest first, then goes back to the primary', () => {
    const candidates = { A: resting(30_000), B: resting(20_000) };
    expect(selectAgent(first, view(candidates, { at: 20_000 }))).toMatchObject({ agent: 'B' });
    expect(selectAgent(first, view(candidates, { at: 30_000 }))).toMatchObject({ agent: 'A' });
  });

  it('outlives a list that became shorter', () => {
    const { pointer } = { pointer: 2 };
    const shorter: Selecting = { ...next, agents: ['A', 'B'] };
    expect(selectAgent(shorter, view({ A: free, B: free }, { pointer }))).toMatchObject({
      agent: 'A',
    });
  });

  it('finds an agent exactly when one is available, and never another', () => {
    const candidate = fc.record({
      free: fc.nat(2),
      restingUntil: fc.option(fc.nat(20), { nil: null }),
    });
    const names = ['A', 'B', 'C', 'D', 'E'];
    fc.assert(
      fc.property(
        fc.constantFrom('first' as const, 'next' as const),
        fc.dictionary(fc.constantFrom(...names), candidate),
        fc.nat(20),
        fc.nat(10),
        (select, candidates, at, pointer) => {
          const available = Object.keys(candidates).filter((name) => {
            const { free = 0, restingUntil = null } = candidates[name] ?? {};
            return free > 0 && (restingUntil === null || at >= restingUntil);
          });
          const processClass = { select, agents: names, maxProcesses: 1 };
          const selection = selectAgent(processClass, view(candidates, { at, pointer }));
          if ('agent' in selection) expect(available).toContain(selection.agent);
          else expect(available).toEqual([]);
        },
      ),
    );
  });

  it('shares evenly among those who stay available', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 5 }),
        (agents, rounds) => {
          const names = Array.from({ length: agents }, (_, index) => `a${index}`);
          const everyone = Object.fromEntries(names.map((name) => [name, free]));
          let pointer = 0;
          const counts = new Map<string, number>();
          for (let turn = 0; turn < agents * rounds; turn += 1) {
            const selection = selectAgent({ ...next, agents: names }, view(everyone, { pointer }));
            if (!('agent' in selection)) throw new Error(selection.obstacle);
            pointer = selection.pointer;
            counts.set(selection.agent, (counts.get(selection.agent) ?? 0) + 1);
          }
          expect([...counts.values()]).toEqual(new Array(agents).fill(rounds));
        },
      ),
    );
  });
});
