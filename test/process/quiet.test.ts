/**
 * Where nothing goes wrong nothing is sent again: two thousand tasks at the default timings (10 s, 2 s,
 * 60 s), over a real NATS server, with a task that says nothing all the while.
 *
 * It lasts longer than a period and its delay, so that somebody silent would have been suspected.
 */
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JobView } from '../../actors/views.ts';
import { defaultTiming, suspectAfterMs } from '../../machines/timing.ts';
import { makeGate, openGate } from './gate.ts';
import { openNodes, type Nodes } from './nodes.ts';
import { connected, facts, submitAgain, whenDone } from './told.ts';

const AGENTS = ['a1', 'a2'];
const SLOTS = 4;
const TASKS = 2_000;
const BATCH = 500;
/** One in so many is a process, the others are functions that wait a moment. */
const PROCESS_EVERY = 20;

let nodes: Nodes;

beforeEach(async () => {
  nodes = await openNodes();
});

afterEach(() => nodes.close());

/** A handler that waits for a moment, long enough for the whole to outlast a suspicion. */
function handlersFile(): string {
  const built = new URL('../../dist/index.js', import.meta.url).href;
  const file = nodes.at('handlers.mjs');
  const momentMs = Math.ceil((suspectAfterMs(defaultTiming) * AGENTS.length * SLOTS) / TASKS);
  writeFileSync(
    file,
    `import { defineHandler } from ${JSON.stringify(built)};
const run = () => new Promise((resolve) => setTimeout(resolve, ${momentMs}));
export default [defineHandler({ name: 'moment', run })];
`,
  );
  return file;
}

const items = Array.from({ length: TASKS }, (_, n) =>
  n % PROCESS_EVERY === 0
    ? { handler: 'shell', input: { command: 'true' } }
    : { handler: 'moment', input: n },
);

it('sends nothing again, suspects nobody and tries nothing twice where there is no fault', async () => {
  const handlers = ['--handlers', handlersFile()];
  const slots = ['--slots', String(SLOTS + 1), '--allow-shell'];
  await Promise.all([
    nodes.controller(...handlers),
    ...AGENTS.map((id) => nodes.agent(id, ...slots, ...handlers)),
    // It has nothing to do, and beats.
    nodes.agent('idle'),
  ]);
  await connected(nodes, ...AGENTS, 'idle');
  const gate = nodes.at('gate');
  makeGate(gate);
  await submitAgain(nodes, 'still', 'read key < $1', gate);
  const { generation } = await nodes.post<JobView>('jobs', {
    name: 'load',
    source: { kind: 'items', id: 'quiet' },
  });
  for (let after = 0; after < TASKS; after += BATCH) {
    const batch = items.slice(after, after + BATCH);
    const ended = after + BATCH === TASKS;
    await nodes.post('jobs/load/items', { generation, after, items: batch, ended });
  }
  await nodes.until(
    'the job is finished',
    async () => (await nodes.job('load')).state === 'finished',
  );
  const close = openGate(gate, 1);
  expect((await whenDone(nodes, 'still')).attempt).toBe(1);
  close();

  expect(await nodes.job('load')).toMatchObject({ total: TASKS, done: TASKS, retried: 0, lost: 0 });
  expect((await nodes.work('load')).filter(({ attempt }) => attempt !== 1)).toEqual([]);
  expect((await nodes.agentView('idle'))?.connection).toBe('connected');
  for (const kind of ['repeat', 'suspect', 'lost', 'reconciled'])
    expect(await facts(nodes, `agent.${kind}`)).toEqual([]);
});
