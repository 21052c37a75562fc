/**
 * An agent whose loop is blocked by a function that computes: it is there all the same, and is seen to be.
 * The function spins until a file is there, so that the test decides for how long.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FactView, SubTransactionView } from '../../actors/views.ts';
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

/** A file of handlers with `spin`, which says that it has begun and then blocks its agent. */
function handlersFile(): string {
  const built = new URL('../../dist/index.js', import.meta.url).href;
  const file = nodes.at('handlers.mjs');
  writeFileSync(
    file,
    `import { existsSync, writeFileSync } from 'node:fs';
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
];
`,
  );
  return file;
}

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
      const { connection, lagMs } = (await nodes.agentView('a1'))!;
      return connection === 'connected' && (lagMs ?? 0) >= 3_000;
    });
    writeFileSync(nodes.at('enough'), '');
    await nodes.until('x is done', async () => {
      const { state } = await nodes.get<SubTransactionView>('sub-transactions/x');
      return state === 'done';
    });
    expect(await nodes.get('sub-transactions/x')).toMatchObject({ attempt: 1, result: 'spun' });
    expect(await facts('agent.suspect')).toEqual([]);
    await nodes.until('it is blocked no more', async () => {
      return ((await nodes.agentView('a1'))?.lagMs ?? Infinity) < 500;
    });
  });
});
