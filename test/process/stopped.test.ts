/**
 * Agents whose process is stopped (SIGSTOP) while they hold work, and tasks that do not stop when they are
 * told to: real processes, the guard of `lifeline agent`, and the kill ladder.
 *
 *   SIGSTOP ── lease over ─▶ guard: trees killed, agent killed if it holds a thread or a function
 *                                   └─▶ only then attempt 2 elsewhere ── SIGCONT ─▶ nothing of attempt 1
 *
 * Tasks append their attempt's number to a ledger all the time, so the order of the lines is the order of
 * what ran.
 */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SubTransactionView } from '../../actors/views.ts';
import { linesOf } from './gate.ts';
import { lifelineJson } from './lifeline.ts';
import { openNodes, PATIENT, type Node, type Nodes } from './nodes.ts';

/** A lease that is over in seconds, and work that is given out again a second later. */
const BRISK = ['--period', '1s', '--delay', '500ms', '--timeout', '5s'];

/** Lines that are waited for, to see that nothing of another attempt is among them. */
const SOME = 25;

/** A tree that writes its attempt's number, with a child that has called setsid. */
const LOOP = 'while :; do echo "$LIFELINE_ATTEMPT" >> "$0"; sleep 0.05; done';
const TREE = `setsid sh -c '${LOOP}' "$1" & sh -c '${LOOP}' "$1"`;

/** Nodes of one test; they end with it, since the tests wait side by side. */
async function openStage(onTestFinished: (close: () => Promise<void>) => void) {
  const nodes = await openNodes();
  onTestFinished(() => nodes.close());
  const ledger = (id: string) => nodes.at(`ledger-${id}`);
  const linesAt = (id: string, attempt: number) =>
    linesOf(ledger(id)).filter((line) => line === String(attempt)).length;
  const submit = async (handler: string, id: string, input: unknown, policy: object = {}) => {
    const given = { onUnknown: 'retry', ...policy };
    await nodes.post('sub-transactions', { handler, input, id, policy: given });
  };
  return {
    nodes,
    ledger,
    linesAt,
    view: (id: string) => nodes.get<SubTransactionView>(`sub-transactions/${id}`),
    runs: (id: string, attempt: number, lines = 1) =>
      nodes.until(`${id} runs in attempt ${attempt}`, () => linesAt(id, attempt) >= lines),
    submit,
    /** Starts an agent; resolves when its handlers are known. */
    agent: async (id: string, ...flags: readonly string[]) => {
      const agent = await nodes.agent(id, ...flags);
      await nodes.until(`${id} has joined`, async () => (await nodes.agentView(id)) !== undefined);
      return agent;
    },
    shell: (id: string, script: string, policy?: object) =>
      submit('shell', id, { command: 'sh', args: ['-c', script, 'sh', ledger(id)] }, policy),
    /** `thread` and `function` write their attempt's number every 20 ms, and never end. */
    tickers: () => writeTickers(nodes),
  };
}

function writeTickers(nodes: Nodes): string {
  const built = new URL('../../dist/index.js', import.meta.url).href;
  writeFileSync(
    nodes.at('tick.mjs'),
    `import { appendFileSync } from 'node:fs';
export default (file, task) =>
  new Promise(() => setInterval(() => appendFileSync(file, task.fence.attempt + '\\n'), 20));
`,
  );
  const file = nodes.at('handlers.mjs');
  writeFileSync(
    file,
    `import { defineHandler } from ${JSON.stringify(built)};
import tick from './tick.mjs';
export default [
  defineHandler({ name: 'thread', module: new URL('./tick.mjs', import.meta.url) }),
  defineHandler({ name: 'function', run: tick }),
];
`,
  );
  return file;
}

const isOver = ({ child }: Node) => child.exitCode !== null || child.signalCode !== null;

describe.concurrent('an agent that is stopped', () => {
  it('runs nothing any more when its work has begun elsewhere', async ({ onTestFinished }) => {
    const { nodes, agent, ledger, linesAt, runs, shell, submit, tickers, view } =
      await openStage(onTestFinished);
    await nodes.controller(...BRISK);
    const flags = ['--allow-shell', '--handlers', tickers(), '--slots', '4'];
    const stopped = await agent('a1', ...flags);
    const ids = ['tree', 'thread', 'function'];
    await shell('tree', TREE);
    for (const id of ['thread', 'function']) await submit(id, id, ledger(id));
    for (const id of ids) await runs(id, 1);
    await agent('a2', ...flags);
    stopped.child.kill('SIGSTOP');
    for (const id of ids) await runs(id, 2);
    stopped.child.kill('SIGCONT');
    for (const id of ids) await runs(id, 2, SOME + linesAt(id, 2));
    for (const id of ids) {
      const lines = linesOf(ledger(id));
      expect(lines.slice(lines.indexOf('2')).filter((line) => line === '1')).toEqual([]);
      expect(await view(id)).toMatchObject({ attempt: 2, agent: 'a2' });
    }
    expect((await stopped.ended).signal).toBe('SIGKILL');
  });

  it('goes on in the same attempt when its lease is still held', async ({ onTestFinished }) => {
    const { nodes, agent, ledger, linesAt, runs, shell, submit, tickers, view } =
      await openStage(onTestFinished);
    await nodes.controller(...PATIENT);
    const one = await agent('a1', '--handlers', tickers(), '--allow-shell', '--slots', '4');
    await shell('tree', TREE);
    await submit('thread', 'thread', ledger('thread'));
    for (const id of ['tree', 'thread']) await runs(id, 1);
    one.child.kill('SIGSTOP');
    const state = async () => (await nodes.agentView('a1'))?.connection;
    await nodes.until('it is suspect', async () => (await state()) === 'suspect');
    one.child.kill('SIGCONT');
    await nodes.until('it is back', async () => (await state()) === 'reconciled');
    for (const id of ['tree', 'thread']) {
      await runs(id, 1, SOME + linesAt(id, 1));
      expect(await view(id)).toMatchObject({ attempt: 1, state: 'inProgress' });
    }
    expect(isOver(one)).toBe(false);
  });

  it('loses its work twice with its lease, and that is no poison', async ({ onTestFinished }) => {
    const { nodes, agent, ledger, runs, submit, tickers, view } = await openStage(onTestFinished);
    await nodes.controller(...BRISK);
    const flags = ['--handlers', tickers()];
    let one = await agent('a1', ...flags);
    await submit('thread', 'thread', ledger('thread'));
    for (const attempt of [1, 2]) {
      await runs('thread', attempt);
      one.child.kill('SIGSTOP');
      expect((await one.ended).signal).toBe('SIGKILL');
      one = await agent('a1', ...flags);
      const { said } = one;
      await nodes.until('it says why', () => said().err.includes('its lease was over'));
    }
    await runs('thread', 3);
    const { attempts } = await view('thread');
    expect(attempts.map(({ ending }) => ending)).toEqual(['lost', 'lost', null]);
  });
});

describe.concurrent('a task that does not stop when it is told to', () => {
  it('is killed after its grace, and each step is told', async ({ onTestFinished }) => {
    const { nodes, agent, runs, shell, view } = await openStage(onTestFinished);
    const { ready } = await nodes.controller(...PATIENT);
    await agent('a1', '--allow-shell');
    const script = 'trap "" TERM; echo "$LIFELINE_ATTEMPT" >> "$1"; while :; do sleep 0.05; done';
    await shell('cancelled', script);
    await shell('late', script, { timeoutMs: 1_000 });
    for (const id of ['cancelled', 'late']) await runs(id, 1);
    await nodes.post('sub-transactions/cancelled/cancel');
    expect((await view('cancelled')).state).toBe('cancelling');
    const shown = async (id: string) => {
      const one = await lifelineJson<SubTransactionView>(['show', id, '--url', ready.url!]);
      const { state, cause, attempts } = one;
      const { steps } = attempts[0]!;
      const [abort, kill, gone] = steps.map(({ at }) => Date.parse(at)) as [number, number, number];
      expect(steps.map(({ step }) => step)).toEqual(['abort', 'kill', 'gone']);
      expect(kill - abort).toBeGreaterThanOrEqual(5_000);
      expect(gone).toBeGreaterThanOrEqual(kill);
      return { state, cause };
    };
    for (const id of ['cancelled', 'late'])
      await nodes.until(`${id} has ended`, async () => (await view(id)).endedAt !== null);
    expect(await shown('cancelled')).toMatchObject({ state: 'cancelled' });
    expect(await shown('late')).toMatchObject({ state: 'failed', cause: 'timedOut' });
  });
});
