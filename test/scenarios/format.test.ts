/**
 * Scenario files as text: what is read of them, what is written, and the one sentence with its line for each
 * thing that can be wrong.
 */
import { describe, expect, it } from 'vitest';
import { boundOf } from '../../scenarios/bound.ts';
import type { Plan } from '../../scenarios/plan.ts';
import { ScenarioError } from '../../scenarios/format/problem.ts';
import { readScenario } from '../../scenarios/format/read.ts';
import { writePlan } from '../../scenarios/format/write.ts';

const CUT = `lifeline scenario 1
title     A cut of 30 s costs no attempt    # not a comment: a title is taken as it is
source    JobScheduler, heartbeats
with      seed=7 period=10s delay=2s timeout=60s

agent     a1 a2 slots=2
agent     a3 rate=1.0005 ahead=-5s
0s        submit  x  runs=20s result={"size": 7, "of": "x y"}   # a comment
5s        cut     a1 both for=30s
17.001s   expect  a1 suspect
1m        expect  x done attempt=1 starts=1 history=assign,done
60s       never   a1 lost for=10s
60s       expect  x done within=10s
2m        converge within=10m
end
`;

describe('a scenario file', () => {
  it('is read line by line', () => {
    const scenario = readScenario(CUT, 'cut.scenario');
    expect(scenario).toMatchObject({
      file: 'cut.scenario',
      title: 'A cut of 30 s costs no attempt    # not a comment: a title is taken as it is',
      source: 'JobScheduler, heartbeats',
    });
    expect(scenario.setting).toEqual({
      seed: 7,
      agents: [
        { id: 'a1', slots: 2 },
        { id: 'a2', slots: 2 },
        { id: 'a3', rate: 1.0005, offsetMs: -5_000 },
      ],
      settings: { periodMs: 10_000, delayMs: 2_000, timeoutMs: 60_000 },
    });
    expect(scenario.steps).toEqual([
      {
        atMs: 0,
        line: 8,
        do: 'act',
        action: { do: 'submit', id: 'x', runsMs: 20_000, result: { size: 7, of: 'x y' } },
      },
      {
        atMs: 5_000,
        line: 9,
        do: 'act',
        action: { do: 'cut', agent: 'a1', way: 'both', forMs: 30_000 },
      },
      expected(17_001, 10, { of: 'agent', name: 'a1', wants: { state: 'suspect' }, when: 'now' }),
      expected(60_000, 11, {
        of: 'work',
        name: 'x',
        wants: { state: 'done', attempt: 1, starts: 1, history: ['assign', 'done'] },
        when: 'now',
      }),
      expected(60_000, 12, {
        of: 'agent',
        name: 'a1',
        wants: { state: 'lost' },
        when: 'never',
        lastsMs: 10_000,
      }),
      expected(60_000, 13, {
        of: 'work',
        name: 'x',
        wants: { state: 'done' },
        when: 'within',
        lastsMs: 10_000,
      }),
      { atMs: 120_000, line: 14, do: 'converge', withinMs: 600_000 },
    ]);
  });

  it('may have the line ends of Windows', () => {
    const windows = readScenario(CUT.replaceAll('\n', '\r\n'), 'cut.scenario');
    expect(windows.steps).toEqual(readScenario(CUT, 'cut.scenario').steps);
  });

  it('comes back as it was when a plan is written and read', () => {
    const text = writePlan(EVERYTHING, {
      title: 'Everything',
      source: 'a test',
      find: 'one-start',
    });
    const { title, source, find, setting, steps: all } = readScenario(text, 'all.scenario');
    const steps = all.slice(0, -1);
    expect(all.at(-1)).toMatchObject({
      atMs: 90_001,
      do: 'converge',
      withinMs: boundOf(EVERYTHING),
    });
    expect({ title, source, find }).toEqual({
      title: 'Everything',
      source: 'a test',
      find: 'one-start',
    });
    expect(setting).toEqual(EVERYTHING.setting);
    expect(
      steps.map((step) => step.do === 'act' && { atMs: step.atMs, action: step.action }),
    ).toEqual(EVERYTHING.steps);
  });
});

const expected = (atMs: number, line: number, expectation: object) => ({
  atMs,
  line,
  do: 'expect',
  expectation,
});

/** Each action, with all that can be said of it. */
const EVERYTHING: Plan = {
  setting: {
    seed: 12,
    agents: [{ id: 'a1', slots: 3, rate: 0.9995, offsetMs: 1_500 }, { id: 'a2' }],
    settings: {
      periodMs: 2_500, delayMs: 500, timeoutMs: 10_000, drift: 0.01, killTimeMs: 100, sweepMs: 30_000,
      idleMs: 45_000, graceMs: 5_000, select: 'first', maxProcesses: 3, termLeaseMs: 8_000,
    }, // prettier-ignore
    controllerRate: 1.01,
    controllerOffsetMs: -86_400_000,
    syncMs: 0,
    sharedStore: true,
  },
  steps: [
    {
      atMs: 0,
      action: {
        do: 'submit', id: 'x', runsMs: Infinity, fails: 1, poisons: 2, result: 'a "quoted" # text',
        lines: 3, lineBytes: 70_000, abortMs: Infinity, killMs: 900, unkillable: true, maxRetries: 4,
        delayMs: 1, timeoutMs: 7_200_000, onUnknown: 'park', maxLosses: 0,
      }, // prettier-ignore
    },
    {
      atMs: 1,
      action: {
        do: 'job',
        name: 'nightly',
        items: [
          { id: 'i1', runsMs: 61_001 },
          { id: 'i2', result: null },
        ],
        batch: 1,
      },
    },
    { atMs: 17_001, action: { do: 'cancel', id: 'x' } },
    { atMs: 17_001, action: { do: 'retry', id: 'x' } },
    { atMs: 60_000, action: { do: 'accept', id: 'x' } },
    { atMs: 60_000, action: { do: 'giveUp', id: 'x' } },
    { atMs: 60_000, action: { do: 'stopJob', job: 'nightly' } },
    { atMs: 60_000, action: { do: 'drain', agent: 'a1' } },
    { atMs: 60_000, action: { do: 'drain', agent: 'a1', drain: false } },
    { atMs: 60_000, action: { do: 'leave', agent: 'a2' } },
    { atMs: 60_000, action: { do: 'handOver', timeoutMs: 600_000 } },
    { atMs: 60_000, action: { do: 'handOver', timeoutMs: null } },
    { atMs: 60_000, action: { do: 'start', seat: 'a2' } },
    { atMs: 60_000, action: { do: 'crash', seat: 'controller' } },
    {
      atMs: 60_000,
      action: { do: 'crash', seat: 'a1', phase: 'appending', keep: 1, lose: 2, forMs: 90_000 },
    },
    { atMs: 60_000, action: { do: 'pause', seat: 'a1', forMs: 62_001 } },
    { atMs: 60_000, action: { do: 'resume', seat: 'a1' } },
    { atMs: 60_000, action: { do: 'backup', seat: 'controller' } },
    { atMs: 60_000, action: { do: 'restore', seat: 'controller' } },
    { atMs: 60_000, action: { do: 'twin', agent: 'a1', forMs: 1 } },
    { atMs: 60_000, action: { do: 'rival', forMs: 1_000 } },
    { atMs: 60_000, action: { do: 'retime', settings: { timeoutMs: 30_000, select: 'next' } } },
    { atMs: 60_000, action: { do: 'cut', agent: '*', way: 'to' } },
    { atMs: 60_000, action: { do: 'offline', seat: 'controller', forMs: 500 } },
    {
      atMs: 60_000,
      action: {
        do: 'lossy', agent: 'a1', way: 'from', drop: 0.1, duplicate: 0.05, reorder: 1,
        delayMs: [0, 2_500], forMs: 60_000,
      }, // prettier-ignore
    },
    { atMs: 60_000, action: { do: 'echo', agent: 'a1', way: 'both', frames: 10, forMs: 70_000 } },
    { atMs: 60_000, action: { do: 'hold', agent: 'a1', way: 'to', forMs: 70_000 } },
    { atMs: 60_000, action: { do: 'disk', seat: 'a1', fault: 'slow', syncMs: 250, forMs: 1_000 } },
    {
      atMs: 60_000,
      action: { do: 'disk', seat: 'controller', fault: 'fail', times: 2, outcome: 'applied' },
    },
    { atMs: 60_000, action: { do: 'jump', seat: 'a1', byMs: -3_600_000 } },
    { atMs: 90_000, action: { do: 'mend', seat: 'a1' } },
    { atMs: 90_001, action: { do: 'heal' } },
  ],
};

/** What is wrong, the lines of a file behind its first two, the line that is named, and what is said. */
const WRONG: readonly (readonly [what: string, lines: string, line: number, says: string])[] = [
  ['an unknown word', '0s sumbit x', 3, 'There is no word "sumbit"; did you mean "submit"?'],
  ['an unknown word of the header', 'agen a1', 3, 'There is no word "agen"; did you mean "agent"?'],
  ['a step without a time', 'submit x', 3, 'submit needs a time before it, such as "5s submit".'],
  ['a time without a word', '5s', 3, 'A word is missing behind the time.'],
  ['a time that is none', '5x submit x', 3, '5x is no time: write it as 500ms, 5s or 2m.'],
  ['time going back', '5s submit x\n4.999s cancel x', 4, 'Time goes back here'],
  ['a time before the start', '-1s submit x', 3, 'Times count from the start'],
  ['an unknown field', '0s submit x run=5s', 3, 'no field of submit "run"; did you mean "runs"?'],
  ['a field where there is none', '0s heal for=5s', 3, 'heal has no fields: leave for= out.'],
  ['a field given twice', '0s submit x runs=5s runs=6s', 3, 'runs is given twice.'],
  ['a missing name', '0s submit', 3, 'submit needs an id: a name of 1 to 64'],
  ['a missing field', 'agent a1\n0s hold a1 to', 4, 'hold needs for=: a duration'],
  ['one value too many', '0s cancel x now', 3, 'cancel takes nothing like "now" here'],
  ['a value of another kind', '0s submit x runs=soon', 3, 'runs= must be a duration such as 10s, or "forever", not soon.'],
  ['an empty value', '0s submit x fails=', 3, 'fails= must be a whole number from 0 on, not nothing.'],
  ['a duration below zero', '0s submit x delay=-5s', 3, 'delay= must be a duration'],
  ['a chance above one', 'agent a1\n0s lossy a1 to drop=1.5', 4, 'drop= must be a chance from 0 to 1, not 1.5.'],
  ['a range the wrong way round', 'agent a1\n0s lossy a1 to delay=2s..1s', 4, 'delay= must be two durations'],
  ['a value outside the choice', 'agent a1\n0s cut a1 sideways', 4, 'What follows cut must be "to", "from" or "both"'],
  ['an id that is none', '0s submit a/b', 3, 'What follows submit must be a name of 1 to 64'],
  ['broken JSON', '0s submit x result={size:7}', 3, 'result= must be JSON'],
  ['an open quote', '0s submit x result="ok', 3, 'A quote or a bracket is not closed'],
  ['an unknown agent', 'agent a1\n0s cut a2 both', 4, 'There is no agent "a2"; did you mean "a1"?'],
  ['an unknown seat', 'agent a1\n0s crash contoller', 4, 'did you mean "controller"?'],
  ['an agent named twice', 'agent a1\nagent a1', 4, 'There is an agent a1 already.'],
  ['an agent called as a seat', 'agent twin', 3, 'An agent cannot be called twin'],
  ['an agent without a name', 'agent slots=2', 3, 'agent needs the name of one agent or more.'],
  ['one name for two things', 'agent a1\n0s submit a1', 4, 'a1 is the name of something else'],
  ['the header after the first step', '0s submit x\nwith seed=2', 4, 'with must stand before the first step.'],
  ['a setting given twice', 'with seed=2\nwith seed=3', 4, 'An earlier line says that already.'],
  ['a second title', 'title Again', 3, 'There is a "title" line already.'],
  ['an empty source', 'source', 3, 'source needs a text behind it.'],
  ['an item without its job', '0s submit x\nitem y', 4, 'An item must stand below its job.'],
  ['an expectation of nothing', '0s expect', 3, 'expect needs the name of what it looks at.'],
  ['an expectation of a stranger', '0s submit x1\n1s expect x2 done', 4, 'There is no name "x2"; did you mean "x1"?'],
  ['an expectation that says nothing', '0s submit x\n1s expect x', 4, 'Say what is expected of x.'],
  ['a state of something else', '0s submit x\n1s expect x suspect', 4, 'What follows expect x must be "unknown", "queued"'],
  ['two spans at once', '0s submit x\n1s expect x done within=1s for=1s', 4, 'Give within='],
  ['a step after all has converged', '5s converge within=1m\n6s heal', 4, 'converge must be the last step'],
  ['a span that is not over then', '0s submit x\n5s expect x done within=1m\n6s converge within=1m', 5, 'What is expected before must be over'],
  ['a period as long as the timeout', 'with period=60s timeout=60s', 3, 'must be'],
  ['a timeout that is no multiple of the period', 'with period=10s timeout=61s', 3, 'multiple'],
  ['such a timeout in between', 'with period=10s\n5s retime timeout=61s', 4, 'multiple'],
  ['text after the end', 'end\n5s heal', 4, 'Nothing may follow "end"'],
  ['a file cut off', '0s submit x\n5s heal\n', 5, 'The file ends without "end"'],
]; // prettier-ignore

describe('what is wrong in a scenario file', () => {
  it.each(WRONG)('is told with its line: %s', (_what, lines, line, says) => {
    const read = () => readScenario(`lifeline scenario 1\ntitle Wrong\n${lines}`, 'wrong.scenario');
    expect(read).toThrow(ScenarioError);
    expect(read).toThrow(says);
    expect(read).toThrow(new RegExp(`^wrong\\.scenario:${line}: \\w[^\n]*$`));
  });

  it.each([
    ['', 'This is no scenario: its first line must be "lifeline scenario 1".'],
    ['title No version', 'This is no scenario: its first line must be "lifeline scenario 1".'],
    [
      'lifeline scenario 2\nend',
      'This is a scenario of version 2, and version 1 is the one read here',
    ],
    ['lifeline scenario 1\nend\n', 'A scenario needs a "title" line.'],
  ])('is told of line 1 when the file begins with %j', (text, says) => {
    expect(() => readScenario(text, 'wrong.scenario')).toThrow(`wrong.scenario:1: ${says}`);
  });
});
