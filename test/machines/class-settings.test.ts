/** What a process class may be made of. */
import { describe, expect, it } from 'vitest';
import {
  beatsOf,
  builtInClass,
  checkClasses,
  type ClassOptions,
} from '../../machines/class-settings.ts';
import { InvalidSetting } from '../../machines/timing.ts';

const fast = { periodMs: 1_000, delayMs: 500, timeoutMs: 5_000 };
const slow = { periodMs: 120_000, delayMs: 2_000, timeoutMs: 7_200_000 };

describe('checkClasses', () => {
  it('fills in the defaults of the source: fixed priority, 30 processes, 30 s of rest, no limit of waiting', () => {
    expect(checkClasses([{ name: 'c' }])).toEqual([
      {
        name: 'c',
        select: 'first',
        agents: 'all',
        maxProcesses: 30,
        periodMs: null,
        delayMs: null,
        timeoutMs: null,
        restMs: 30_000,
        waitMs: null,
      },
    ]);
  });

  it('takes from the controller what a timing leaves out', () => {
    const [given] = checkClasses([{ name: 'c', agents: ['A'], timeoutMs: 4_000 }], fast);
    expect(beatsOf(given!)).toEqual({ ...fast, timeoutMs: 4_000 });
  });

  it.each<[string, readonly ClassOptions[], string]>([
    [
      'an unknown selection',
      [{ name: 'c', select: 'last' as 'next' }],
      "Process class c: Attribute 'select' is not 'first' or 'next': last.",
    ],
    ['a negative limit', [{ name: 'c', maxProcesses: -1 }], 'from 0 on, not -1'],
    ['half a limit', [{ name: 'c', maxProcesses: 0.5 }], 'not 0.5'],
    ['no number', [{ name: 'c', maxProcesses: NaN }], 'not NaN'],
    [
      'an agent named twice',
      [{ name: 'c', agents: ['A', 'B', 'A'] }],
      'agent A is named twice: name it once',
    ],
    ['an agent without a name', [{ name: 'c', agents: [''] }], 'without a name'],
    ['a class named twice', [{ name: 'c' }, { name: 'c' }], 'class c is there twice'],
    ['half a second of rest', [{ name: 'c', restMs: 500 }], 'rest for 1000 to'],
    ['a wait of nothing', [{ name: 'c', waitMs: 0 }], 'wait for an agent (process class c)'],
    [
      'a timing that cannot be',
      [{ name: 'c', agents: ['A'], ...fast, timeoutMs: 5_500 }],
      'Process class c: The heartbeat timeout must be a multiple',
    ],
    [
      'a timing for all beside that of default',
      [{ name: 'c', ...fast }],
      'has a timing of its own and must name its agents',
    ],
    [
      'two timings for one agent',
      [
        { name: 'c', agents: ['A', 'B'], ...fast },
        { name: 'd', agents: ['B'], ...slow },
      ],
      'Agent B has one timing in process class c and another in d',
    ],
  ])('refuses %s', (_, classes, message) => {
    const check = () => checkClasses(classes);
    expect(check).toThrow(InvalidSetting);
    expect(check).toThrow(message);
  });

  it.each<[string, readonly ClassOptions[]]>([
    [
      'an agent of two classes with one timing',
      [
        { name: 'c', agents: ['A'], ...fast },
        { name: 'd', agents: ['A'], ...fast },
      ],
    ],
    [
      'an agent of a class that says nothing of timing',
      [
        { name: 'c', agents: ['A'], ...fast },
        { name: 'd', agents: ['A'] },
      ],
    ],
    ['a class without agents', [{ name: 'c', agents: [] }]],
    ['a timing for all in default', [{ name: 'default', ...fast }]],
  ])('takes %s', (_, classes) => {
    expect(checkClasses(classes)).toHaveLength(classes.length);
  });
});

describe('builtInClass', () => {
  it('is all agents, with the timing of the controller, and nobody rests', () => {
    const given = builtInClass({ select: 'next', maxProcesses: 7 });
    expect(given).toMatchObject({ agents: 'all', select: 'next', maxProcesses: 7, restMs: 0 });
    expect(beatsOf(given)).toBeUndefined();
  });
});
