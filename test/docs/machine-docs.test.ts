/** The documents of the statecharts say what the charts are, and Stately's format and Mermaid can be read. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { machineNames } from '../../machines/definitions.ts';
import { stateDiagram } from '../../machines/diagram.ts';
import { machineDocs } from './machine-docs.ts';

const folder = new URL('../../docs/machines/', import.meta.url);
const docs = machineDocs();

describe('docs/machines', () => {
  it('is what the charts give: `npm run docs:machines` writes it anew', () => {
    const written = readdirSync(folder).map((name) => [
      name,
      readFileSync(new URL(name, folder), 'utf8'),
    ]);
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(docs));
  });

  it('has a definition of each machine that XState reads, all states reached from its first', () => {
    const definitions = [...docs].filter(([name]) => name.endsWith('.json'));
    expect(definitions).toHaveLength(machineNames.length);
    for (const [, text] of definitions) {
      const machine = createMachine(JSON.parse(text) as Parameters<typeof createMachine>[0]);
      const reached = new Set<string>([machine.root.initial.target[0]!.key]);
      for (const state of reached) {
        for (const branches of machine.root.states[state]!.transitions.values())
          for (const { target } of branches) if (target) reached.add(target[0]!.key);
      }
      expect([...reached].sort()).toEqual(Object.keys(machine.root.states).sort());
    }
  });
});

describe('a state diagram', () => {
  it('is one arrow for all events between two states, without those that lead nowhere', () => {
    const to = (target?: string) => ({ ...(target !== undefined && { target }), description: '' });
    const text = stateDiagram({
      id: 'task',
      description: '',
      initial: 'a',
      states: {
        a: { description: '', on: { go: [to('b')], stay: [to(), to('a')], fail: [to('b')] } },
        b: { description: '', type: 'final' },
      },
    });
    expect(text.split('\n').map((line) => line.trim())).toEqual([
      ...['stateDiagram-v2', '[*] --> a', 'a --> b : go, fail', 'b --> [*]', ''],
    ]);
  });

  it('draws what several states share once, from a box around them', () => {
    const to = (target: string) => [{ target, description: '' }];
    const shared = { end: to('x'), stop: to('y'), drop: to('z') };
    const text = stateDiagram({
      id: 'task',
      description: '',
      initial: 'a',
      states: {
        a: { description: '', on: { go: to('b'), ...shared } },
        b: { description: '', on: { go: to('c'), ...shared } },
        c: { description: '', on: shared },
        ...{ x: { description: '' }, y: { description: '' }, z: { description: '' } },
      },
    });
    const lines = text.split('\n').map((line) => line.trim());
    expect(lines.filter((line) => line.includes('-->'))).toEqual([
      ...['[*] --> a', 'a --> b : go', 'b --> c : go'],
      ...['together --> x : end', 'together --> y : stop', 'together --> z : drop'],
    ]);
    expect(lines.slice(1, 6)).toEqual(['state "any of these" as together {', 'a', 'b', 'c', '}']);
  });
});
