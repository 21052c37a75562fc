/** Where the cursor of the Scenario view is, and what was so then. */
import { describe, expect, it } from 'vitest';
import {
  actorsAt,
  cursorAt,
  pageAt,
  stepsAbout,
  subjectsOf,
  timeText,
} from '../../../dashboard/page/scenario-steps.ts';
import type { ScenarioItem, ScenarioState } from '../../../dashboard/server/scenario-player.ts';

const item = (atMs: number, ids: readonly string[], ...states: ScenarioState[]): ScenarioItem => ({
  ...{ atMs, lane: 'controller', text: `at ${atMs}`, ids },
  ...(states.length > 0 ? { states } : {}),
});
const x = (state: string | null): ScenarioState => ({ machine: 'subTransaction', of: 'x', state });
const a1 = (state: string | null): ScenarioState => ({
  machine: 'agentConnection',
  of: 'a1',
  state,
});

const items = [
  item(0, ['a1'], a1('reconciling')),
  item(5, ['a1'], a1('connected')),
  item(10, ['x', 'a1'], x('sent')),
  item(10, ['x']),
  item(900, ['x'], x('done'), a1('suspect')),
  item(1_000, ['x'], x(null)),
];

describe('the cursor of a scenario', () => {
  it('shows each statechart as it was then, the last that changed first', () => {
    const told = (index: number) => actorsAt(items, index).map(({ of, state }) => `${of} ${state}`);
    expect(told(0)).toEqual(['a1 reconciling']);
    expect(told(3)).toEqual(['x sent', 'a1 connected']);
    expect(told(4)).toEqual(['a1 suspect', 'x done']);
    expect(told(5)).toEqual(['a1 suspect']);
  });

  it('knows how each had come there, and since when', () => {
    expect(actorsAt(items, 4)[0]).toMatchObject({
      ...{ walked: ['reconciling', 'connected', 'suspect'], since: 4 },
    });
  });

  it('moves among what is about one thing; everything, where nothing is', () => {
    expect(stepsAbout(items, 'x')).toEqual([2, 3, 4, 5]);
    expect(stepsAbout(items, '')).toHaveLength(6);
    expect(stepsAbout(items, 'nobody')).toHaveLength(6);
    expect(subjectsOf(items)).toEqual(['x', 'a1']);
  });

  it('finds the last step up to an instant, of another choice of steps too', () => {
    expect(cursorAt(items, [0, 1, 2, 3, 4, 5], 10)).toBe(3);
    expect(cursorAt(items, [2, 4], 899)).toBe(0);
    expect(cursorAt(items, [2, 4], 5_000)).toBe(1);
    expect(cursorAt(items, [2, 4], 0)).toBe(0);
  });

  it('stays on its page while it moves there, and the last page is full', () => {
    const steps = [10, 11, 12, 13, 14];
    expect(pageAt(steps, 1, 2)).toEqual({ from: 0, steps: [10, 11] });
    expect(pageAt(steps, 2, 2)).toEqual({ from: 2, steps: [12, 13] });
    expect(pageAt(steps, 4, 2)).toEqual({ from: 3, steps: [13, 14] });
    expect(pageAt(steps, 0, 24)).toEqual({ from: 0, steps });
  });

  it('says its time', () => {
    expect(timeText(35_006)).toBe('35.006 s');
    expect(timeText(123_500)).toBe('2 min 03.500 s');
  });
});
