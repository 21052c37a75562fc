/** What Mermaid is given to draw: statecharts, and messages between lanes that may say anything. */
import { describe, expect, it } from 'vitest';
import { chartText, isDense } from '../../../dashboard/page/parts/chart-text.ts';
import { lanesText, sinceText } from '../../../dashboard/page/parts/lanes-text.ts';
import { machineDefinitions } from '../../../machines/definitions.ts';

describe('the text of a statechart', () => {
  it('has each state, and an arrow for each pair of states with all events that lead there', () => {
    const { text, arrows } = chartText(machineDefinitions.agentConnection, false);
    for (const state of Object.keys(machineDefinitions.agentConnection.states))
      expect(text).toContain(`state "${state}" as ${state}`);
    expect(text).toContain('connected --> suspect : word, timeout');
    expect(text.match(/-->/g)).toHaveLength(arrows.length + 1);
  });

  it('leaves the names of the arrows out where these are many', () => {
    const { text } = chartText(machineDefinitions.subTransaction, true);
    expect(isDense(machineDefinitions.subTransaction)).toBe(true);
    expect(isDense(machineDefinitions.job)).toBe(false);
    expect(text).toContain('queued --> sent\n');
    expect(text).not.toMatch(/--> \w+ :/);
  });
});

describe('the text of lanes', () => {
  const lanes = [
    { id: 'by:eve', kind: 'person', name: 'eve; %% x <b>#1</b>' },
    { id: 'controller', kind: 'controller', name: 'controller' },
    { id: 'agent:a1', kind: 'agent', name: 'a1' },
  ] as const;
  const at = (ms: number) => new Date(Date.UTC(2030, 0, 1) + ms).toISOString();

  it('counts the time from the first message, or from where it is told to', () => {
    const items = [
      { at: at(0), from: 'controller', to: 'agent:a1', text: 'assign' },
      { at: at(1_210), from: 'agent:a1', to: 'controller', text: 'received' },
      { at: at(12_000), from: 'controller', to: 'controller', text: 'silence' },
      { at: at(13_000), from: 'controller', to: 'agent:a1', text: 'probe', isLost: true },
    ];
    expect(lanesText(lanes, items).split('\n').slice(4)).toEqual([
      'l1->>l2 : +0.00 s · assign',
      'l2-->>l1 : +1.21 s · received',
      'Note over l1 : +12.0 s · silence',
      'l1-xl2 : +13.0 s · probe',
    ]);
    expect(lanesText(lanes, items.slice(1), at(0))).toContain('+1.21 s · received');
  });

  it('gives nothing to Mermaid that it would take for its own', () => {
    const text = lanesText(lanes, [
      { at: at(0), from: 'by:eve', to: 'controller', text: 'one; two %% three\nend <script> {a}' },
    ]);
    const [, participant] = text.split('\n');
    expect(participant).toBe('participant l0 as eve#59; #37;#37; x #60;b#62;#35;1#60;/b#62;');
    expect(text.split('\n')).toHaveLength(5);
    expect(text).toContain('one#59; two #37;#37; three end #60;script#62; #123;a#125;');
  });

  it.each([
    [0, '+0.00 s'],
    [59_940, '+59.9 s'],
    [185_000, '+3 min 5 s'],
    [7_260_000, '+2 h 1 min'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(sinceText(ms)).toBe(text);
  });
});
