/**
 * An agent whose loop is blocked by a function that computes: it is there all the same, and is seen to be,
 * for as long as its lease lasts. The function spins until a file is there, so that the test decides for how
 * long.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FactView, SubTransactionView } from '../../actors/views.ts';
import { linesOf } from './gate.ts';
import { openNodes, type Nodes } from './nodes.ts';

/** Far less than it is blocked for, but for the timeout. */
const SHORT = ['--period', '500ms', '--delay', '1s', '--timeout', '60s'];

let nodes: Nodes;

beforeEach(async () => {
  nodes = await openNodes();
});

afterEach(async () => {
  await nodes.close();
});

/** A lease that soon is over. */
const BRIEF = ['--period', '500ms', '--delay', '500ms', '--timeout', '3s'];

/**
 * A file of handlers: `spin` says that it has begun and then blocks its agent until it may end; `hog` does so
 * for ever in its first attempt, and each attempt writes lines of its number.
 */
function handlersFile(): string {
  const built = new URL('../../dist/index.js', import.meta.url).href;
  const file = nodes.at('handlers.mjs');
  writeFileSync(
    file,
    `import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { defineHandler } from ${JSON.stringify(built)};
export default [
  defineHandler({
    name: 'spin',
    run: () => {
      writeFileSync(${JSON.stringify(nodes.at('begun'))}, '');
      while (!existsSync(${JSON.stringify(nodes.at('enough'))}));
      return 'spun';
    },
  }),
  defineHandler({
    name: 'hog',
    run: (_, { fence }) => {
      do appendFileSync(${JSON.stringify(nodes.at('ledger'))}, fence.attempt + '\\n');
      while (fence.attempt === 1);
    },
  }),
];
`,
  );
  return file;
}

const isDone = (id: string) =>
  nodes.until(`${id} is done`, async () => {
    const { state } = await nodes.get<SubTransactionView>(`sub-transactions/${id}`);
    return state === 'done';
  });

const facts = async (kind: string) =>
  (await nodes.get<{ items: readonly FactView[] }>(`history?kind=${kind}`)).items;

describe('an agent whose loop is blocked', () => {
  it('stays connected, says for how long, and goes on where it was', async () => {
    await nodes.controller(...SHORT);
    await nodes.agent('a1', '--handlers', handlersFile());
    await nodes.until('it is there', async () => (await nodes.agentView('a1')) !== undefined);
    await nodes.post('sub-transactions', { handler: 'spin', input: null, id: 'x' });
    await nodes.until('it spins', () => existsSync(nodes.at('begun')));
    await nodes.until('it is seen to be blocked', async () => {
      const { connection, liveness, lagMs } = (await nodes.agentView('a1'))!;
      return connection === 'connected' && liveness === 'blocked' && (lagMs ?? 0) >= 3_000;
    });
    writeFileSync(nodes.at('enough'), '');
    await isDone('x');
    expect(await nodes.get('sub-transactions/x')).toMatchObject({ attempt: 1, result: 'spun' });
    expect(await facts('agent.suspect')).toEqual([]);
    await nodes.until('it is blocked no more', async () => {
      return (await nodes.agentView('a1'))?.liveness === 'alive';
    });
  });

  it('is gone when its lease is over, and its work is done elsewhere, never by two at once', async () => {
    await nodes.controller(...BRIEF);
    const handlers = handlersFile();
    await nodes.agent('a1', '--handlers', handlers);
    await nodes.until('it is there', async () => (await nodes.agentView('a1')) !== undefined);
    await nodes.post('sub-transactions', {
      ...{ handler: 'hog', input: null, id: 'x' },
      policy: { onUnknown: 'retry' },
    });
    await nodes.until('it spins', () => existsSync(nodes.at('ledger')));
    await nodes.agent('a2', '--handlers', handlers);
    await isDone('x');
    expect(await nodes.get('sub-transactions/x')).toMatchObject({ attempt: 2, agent: 'a2' });
    expect(linesOf(nodes.at('ledger')).slice(-2)).toEqual(['1', '2']);
  });
});
