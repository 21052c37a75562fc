/** Process classes in YAML and JSON, and the ids of those agents that are named by their address. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completeClasses } from '../../../cli/classes/complete.ts';
import { parseConfig, readConfig, type ConfigFile } from '../../../cli/config-file.ts';
import { settingNames } from '../../../cli/settings.ts';
import type { ClassOptions } from '../../../machines/class-settings.ts';
import { defaultTiming } from '../../../machines/timing.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-classes-'));
  writeFileSync(join(directory, 'one.xml'), '<process_class remote_scheduler="http://h:1"/>');
  writeFileSync(
    join(directory, 'two.xml'),
    '<a><process_class name="a"/><process_class name="b"/></a>',
  );
  writeFileSync(join(directory, 'bad.xml'), '<process_class\nselect="x"/>');
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const completed = ({ classes = [], addresses }: ConfigFile): readonly ClassOptions[] =>
  completeClasses(classes, addresses, defaultTiming).map(({ options }) => options);

const classesOf = (text: string) => completed(parseConfig(text, 'lifeline.yaml', settingNames));

describe('process classes in YAML', () => {
  it('say as much as they like', () => {
    const text = `
period: 5s
process-classes:
  fast:
    select: next
    agents: [a1, http://host:4445, HTTP://Other:80/]
    max-processes: 10
    timeout: 60s
    delay: 1s
    rest: 5s
    wait: 5m
  long: { timeout: 7200, period: 120, agents: [a3] }
  open: { agents: all }
agent-addresses:
  http://HOST:4445: a2
`;
    expect(classesOf(text)).toEqual([
      {
        name: 'fast', select: 'next', agents: ['a1', 'a2', 'http://other'], maxProcesses: 10,
        timeoutMs: 60_000, periodMs: 30_000, delayMs: 1_000, restMs: 5_000, waitMs: 300_000,
      },
      { name: 'long', agents: ['a3'], timeoutMs: 7_200_000, periodMs: 120_000 },
      { name: 'open', agents: 'all' },
    ]); // prettier-ignore
  });

  it('are those of JSON', () => {
    const text = '{ "process-classes": { "a": { "agents": ["a1"], "max-processes": 0 } } }';
    expect(classesOf(text)).toEqual([{ name: 'a', agents: ['a1'], maxProcesses: 0 }]);
  });

  it('are not spoken of', () => {
    expect(parseConfig('period: 5s', 'lifeline.yaml', settingNames).classes).toBeUndefined();
  });

  it('may be in XML files beside them, under names of their own', () => {
    const file = join(directory, 'c.yaml');
    writeFileSync(file, 'process-classes:\n  mine: one.xml\n');
    expect(completed(readConfig(file, settingNames))).toEqual([
      { name: 'mine', agents: ['http://h:1'] },
    ]);
    expect(completed(readConfig(join(directory, 'one.xml'), settingNames))).toEqual([
      { name: 'one', agents: ['http://h:1'] },
    ]);
  });

  it.each([
    ['two.xml', 'c.yaml:1: two.xml has several process classes, and one is called for'],
    ['none.xml', 'c.yaml:1: The file'],
    ['bad.xml', `bad.xml:2: Attribute 'select' is not 'first' or 'next': "x".`],
  ])('refuse the file %s', (name, sentence) => {
    const file = join(directory, 'c.yaml');
    writeFileSync(file, `process-classes: { mine: ${name} }`);
    expect(() => completed(readConfig(file, settingNames))).toThrow(sentence);
  });

  it.each<readonly [string, string]>([
    ['process-classes: fast', '1: process-classes must be a map from names to classes'],
    ['process-classes:\n  a: 5', '2: The process class "a" must be a map, as { agents: [a1] }, or an XML file'],
    ['process-classes:\n  a:', '2: The process class "a" must be a map'],
    ['process-classes:\n  a b: {}', '2: The name of a process class "a b" is not allowed'],
    ['process-classes:\n  a: {}\n  a: {}', '3: Map keys must be unique.'],
    ['process-classes:\n  a:\n    agent: [a1]', '3: A process class has no "agent"; do you mean "agents"?'],
    ['process-classes:\n  a:\n    maxProcesses: 1', '3: A process class has no "maxProcesses"; do you mean "max-processes"?'],
    ['process-classes:\n  a:\n    select: [next]', '3: select needs a single value.'],
    ['process-classes:\n  a:\n    select: last', `3: Attribute 'select' is not 'first' or 'next': "last".`],
    ['process-classes:\n  a:\n    agents: a1', '3: agents must be a list of ids and addresses, or all.'],
    ['process-classes:\n  a:\n    agents: []', '3: A process class needs at least one agent'],
    ['process-classes:\n  a:\n    agents:\n      - a1\n      - {}', '5: An agent is named by its id'],
    ['process-classes:\n  a:\n    agents:\n      - a1\n      - a1', '5: The agent a1 is named twice'],
    ['process-classes:\n  a:\n    agents:\n      - a2\n      - http://h\nagent-addresses: { http://h: a2 }', '5: The agent http://h (a2) is named twice'],
    ['process-classes:\n  a:\n    agents: [a.1]', '3: The agent id "a.1" is not allowed'],
    ['process-classes:\n  a:\n    agents: ["h:1"]', '3: The address of an agent must be a URI'],
    ['process-classes:\n  a:\n    max-processes: -1', '3: max-processes must be a whole number from 0 to 1000000, not -1.'],
    ['process-classes:\n  a:\n    period: 10s', '3: period is of no use without a timeout'],
    ['process-classes:\n  a:\n    period: 10s\n    timeout: 61s\n    agents: [x]', '2: Process class a: The heartbeat timeout must be a multiple'],
    ['process-classes:\n  a:\n    rest: 500ms', '3: rest must be at least 1s, not 500ms.'],
    ['process-classes:\n  a:\n    wait: never', '3: wait is no duration: "never"'],
    ['process-classes:\n  a: { agents: [x], timeout: 20 }\n  b: { agents: [x], timeout: 40 }', '3: Agent x has one timing in process class a and another in b'],
    ['process-clases: {}', '1: There is no setting "process-clases"; do you mean "process-classes"?'],
    ['agent-addresses: a1', '1: agent-addresses must be a map from addresses to ids'],
    ['agent-addresses:\n  host: a1', '2: The address of an agent must be a URI'],
    ['agent-addresses:\n  http://h: a.1', '2: The agent id "a.1" is not allowed'],
    ['agent-addresses:\n  http://h: a1\n  HTTP://H/: a2', '3: The address http://h is there twice: map it once.'],
  ])('refuse %j with its line', (text, sentence) => {
    expect(() => classesOf(text)).toThrow(`lifeline.yaml:${sentence}`);
    expect(() => classesOf(text)).toThrow(/^[^\n]+[.?]$/);
  }); // prettier-ignore
});
