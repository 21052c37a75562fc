/** What was said between the nodes about one sub-transaction, in histories brought about under virtual time. */
import { describe, expect, it } from 'vitest';
import { lanesOf, messagesOf, type Message } from '../../actors/messages.ts';
import { Cluster, endless } from './cluster.ts';
import { HandMade } from './hand-made.ts';

const arrow = ({ from, to, text }: Message) =>
  from === to ? `${from}: ${text}` : `${from} ▶ ${to}: ${text}`;

const arrows = (cluster: Cluster, id = 'x') =>
  messagesOf(cluster.controller.store, id, { limit: 1_000 }).items.map(arrow);

/** Each of the parts is found, in this order. */
function expectInOrder(said: readonly string[], parts: readonly string[]): void {
  let from = 0;
  for (const part of parts) {
    const found = said.findIndex((text, index) => index >= from && text === part);
    expect(found, `${part}\n  is missing in\n${said.slice(from).join('\n')}`).not.toBe(-1);
    from = found + 1;
  }
}

describe('the messages about a sub-transaction', () => {
  it('go from who handed it in to the controller, to the agent and back', async () => {
    const cluster = await Cluster.start(['a1']);
    const birth = await cluster.submit('x');
    await cluster.until(() => cluster.row(birth).state === 'done', 60_000);
    const { lanes, items, next } = messagesOf(cluster.controller.store, 'x');
    expect(lanes.map(({ id }) => id)).toEqual(['by:test', 'controller', 'agent:a1']);
    expect(next).toBeNull();
    expectInOrder(items.map(arrow), [
      'by:test ▶ controller: handed in',
      'controller ▶ agent:a1: assign attempt 1',
      'agent:a1 ▶ controller: attempt 1 done',
    ]);
    expect(items.map(({ n }) => n)).toEqual([...items].map(({ n }) => n).sort((a, b) => a - b));
  });

  it('show an outage: what was sent again, the silence, and how notes were compared', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => ({ ...endless, afterMs: 60_000 });
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    const heal = cluster.cut('a1');
    await cluster.advance(40_000);
    heal();
    await cluster.until(() => cluster.row(birth).state === 'done', 60_000);
    expectInOrder(arrows(cluster), [
      'controller: 12.001 s without a word of a1',
      'agent:a1 ▶ controller: speaks again',
      'controller ▶ agent:a1: what do you hold?',
      'agent:a1 ▶ controller: reports attempt 1',
      'controller ▶ agent:a1: verdict: continue',
      'controller: link of a1 reconciled',
      'agent:a1 ▶ controller: attempt 1 done',
    ]);
    const { items } = messagesOf(cluster.controller.store, 'x', { limit: 1_000 });
    const repeats = items.filter(({ kind }) => kind === 'agent.repeat');
    // What was sent again and again is told of once.
    expect(repeats).toHaveLength(1);
    expect(repeats[0]!.sends).toBeGreaterThan(2);
    expect(repeats[0]!.text).toMatch(/^request \d+ \(\w+\) again, sent \d+ times by now$/);
  });

  it('have a lane for each agent that had an attempt, and tell of one that was lost', async () => {
    const cluster = await Cluster.start(['a1', 'a2']);
    cluster.behave = () => ({ ...endless, afterMs: 500_000 });
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    const first = cluster.row(birth).context.agent!;
    const second = first === 'a1' ? 'a2' : 'a1';
    cluster.cut(first);
    await cluster.until(() => cluster.row(birth).state === 'done', 900_000);
    expectInOrder(arrows(cluster), [
      `controller ▶ agent:${first}: assign attempt 1`,
      `controller: attempt 1 lost with ${first}: another attempt follows`,
      `controller ▶ agent:${second}: assign attempt 2`,
      `agent:${second} ▶ controller: attempt 2 done`,
    ]);
  });

  it('tell of a cancel that the agent is told to kill it', async () => {
    const cluster = await Cluster.start(['a1']);
    cluster.behave = () => endless;
    const birth = await cluster.submit('x');
    await cluster.advance(1_000);
    const asked = cluster.controller.command({ kind: 'cancel', id: 'x', by: 'ada' });
    await cluster.until(() => cluster.row(birth).state === 'cancelled', 60_000);
    await asked;
    expectInOrder(arrows(cluster), [
      'by:ada ▶ controller: cancel',
      'controller ▶ agent:a1: kill',
      'agent:a1 ▶ controller: attempt 1 killed: cancelled',
    ]);
  });

  it('come in pages that go on after one another', async () => {
    const made = await HandMade.open();
    const given = { agent: 'a1', boot: 1, attempt: 1 };
    await made.sub('x', [
      [0, { kind: 'assign', ...given, state: 'sent' }],
      [1, { kind: 'received', ...given, state: 'received' }],
      [2, { kind: 'done', ...given, state: 'done' }],
    ]);
    const kinds: string[][] = [];
    for (let after: number | null = 0; after !== null;) {
      const page = messagesOf(made.store, 'x', { after, limit: 2 });
      kinds.push(page.items.map(({ kind }) => kind));
      after = page.next;
    }
    expect(kinds).toEqual([
      ['accepted', 'assign'],
      ['received', 'done'],
    ]);
  });

  it('are those of the end of the story when asked for', async () => {
    const made = await HandMade.open();
    const given = { agent: 'a1', boot: 1, attempt: 1 };
    await made.sub('x', [
      [0, { kind: 'assign', ...given, state: 'sent' }],
      [1, { kind: 'received', ...given, state: 'received' }],
      [2, { kind: 'done', ...given, state: 'done' }],
    ]);
    const page = messagesOf(made.store, 'x', { limit: 2, newest: true });
    expect(page.items.map(({ kind }) => kind)).toEqual(['received', 'done']);
    expect(page).toMatchObject({ before: 2, next: null });
    expect(messagesOf(made.store, 'x', { limit: 9, newest: true })).toMatchObject({ before: 0 });
  });

  it('of something that does not exist are refused', async () => {
    const made = await HandMade.open();
    expect(() => messagesOf(made.store, 'x')).toThrow('There is no sub-transaction "x"');
  });
});

it('lanes are people first, then the controller, then agents', () => {
  const items = [
    { from: 'controller', to: 'agent:a2' },
    { from: 'agent:a1', to: 'controller' },
    { from: 'by:cli: ada', to: 'controller' },
  ];
  expect(lanesOf(items)).toEqual([
    { id: 'by:cli: ada', kind: 'person', name: 'cli: ada' },
    { id: 'controller', kind: 'controller', name: 'controller' },
    { id: 'agent:a2', kind: 'agent', name: 'a2' },
    { id: 'agent:a1', kind: 'agent', name: 'a1' },
  ]);
});
