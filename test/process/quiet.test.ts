/**
 * Where nothing goes wrong, at the default timings (10 s, 2 s, 60 s) and over a real NATS server: two
 * thousand tasks, with one that says nothing all the while, and nothing is sent again; and an agent whose
 * tasks take all they can get, which answers in time.
 *
 * The first lasts longer than a period and its delay, so that somebody silent would have been suspected.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
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
/** What an agent promises: to answer within that time, whatever its tasks do. */
const ANSWER_MS = 5_000;
const BUSY_MS = ANSWER_MS + 1_000;

let nodes: Nodes;

beforeEach(async () => {
  nodes = await openNodes();
});

afterEach(() => nodes.close());

/**
 * `moment` waits, long enough for the whole to outlast a suspicion; `busy` keeps its thread busy for a while.
 */
function handlersFile(): string {
  const built = new URL('../../dist/index.js', import.meta.url).href;
  const file = nodes.at('handlers.mjs');
  writeFileSync(
    nodes.at('busy.mjs'),
    `import { existsSync, writeFileSync } from 'node:fs';
export default (begun) => {
  writeFileSync(begun, '');
  for (const until = Date.now() + ${BUSY_MS}; Date.now() < until;);
  return null;
};
`,
  );
  const momentMs = Math.ceil((suspectAfterMs(defaultTiming) * AGENTS.length * SLOTS) / TASKS);
  writeFileSync(
    file,
    `import { defineHandler } from ${JSON.stringify(built)};
const run = () => new Promise((resolve) => setTimeout(resolve, ${momentMs}));
export default [
  defineHandler({ name: 'moment', run }),
  defineHandler({ name: 'busy', module: new URL('./busy.mjs', import.meta.url) }),
];
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
  const startedAt = systemClock.now();
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
    expect(await facts(nodes, `agent.${kind}`, startedAt)).toEqual([]);
});

it('answers in time although a thread spins and a command floods its output', async () => {
  const handlers = ['--handlers', handlersFile()];
  await Promise.all([
    nodes.controller(...handlers),
    nodes.agent('a1', '--allow-shell', '--slots', '4', ...handlers),
  ]);
  await connected(nodes, 'a1');
  const [spins, flooded] = [nodes.at('spins'), nodes.at('flooded')];
  const flood = 'echo > $1; head -c 40000000 /dev/zero | tr "\\0" "\\n"';
  await submitAgain(nodes, 'flood', flood, flooded);
  await nodes.post('sub-transactions', { handler: 'busy', input: spins, id: 'busy' });
  await nodes.until('both run', () => existsSync(spins) && existsSync(flooded));
  const asked = Array.from({ length: 10 }, (_, n) => `asked-${n}`);
  for (const id of asked) await submitAgain(nodes, id, ':');
  for (const id of [...asked, 'flood', 'busy']) {
    const { attempt, attempts } = await whenDone(nodes, id);
    expect(attempt).toBe(1);
    const { sentAt, receivedAt } = attempts[0]!;
    expect(Date.parse(receivedAt!) - Date.parse(sentAt)).toBeLessThan(ANSWER_MS);
  }
});
