/**
 * Nodes that are ended on purpose, as processes: an agent lets end what runs for as long as it may, a controller
 * gives nothing out, keeps what is handed in, and has agents keep their tasks until the next one. The tests wait side
 * by side, each with nodes of its own.
 */
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import type { SubTransactionView } from '../../actors/views.ts';
import { linesOf, makeGate, openGate, processesWith } from './gate.ts';
import { end, openNodesFor, PATIENT, type Node, type Nodes } from './nodes.ts';

/** An agent is lost after 4 s, and its work given out again after 5.3 s. */
const SHORT = ['--period', '1s', '--delay', '300ms', '--timeout', '4s'];

/** Nodes, and the tasks of one test. */
async function openStage(onTestFinished: Parameters<typeof openNodesFor>[0]) {
  const nodes = await openNodesFor(onTestFinished);
  const begin = async (id: string, script: string) => {
    const ledger = nodes.at(`ledger-${id}`);
    await nodes.shell(id, script, ledger, nodes.at(`gate-${id}`));
    await nodes.until(`${id} runs`, () => linesOf(ledger).length > 0);
  };
  return {
    nodes,
    view: (id: string) => nodes.get<SubTransactionView>(`sub-transactions/${id}`),
    /** A task that waits at a gate, once it runs; and what lets it through. */
    held: async (id: string): Promise<{ letThrough: () => () => void }> => {
      const gate = nodes.at(`gate-${id}`);
      makeGate(gate);
      await begin(id, 'echo begun >> $1; read key < $2; echo ended >> $1');
      return { letThrough: () => openGate(gate, 1) };
    },
    /** A task that does not end when it is asked to. */
    deaf: (id: string) => begin(id, 'trap "" TERM; echo begun >> $1; while :; do sleep 0.1; done'),
  };
}

const says = (nodes: Nodes, node: Node, text: string) =>
  nodes.until(`it says "${text}"`, () => node.said().err.includes(text));

describe.concurrent('an agent that leaves', () => {
  it('stops what runs for longer than it may, has that recorded, and goes', async ({
    onTestFinished,
  }) => {
    const { nodes, view, deaf } = await openStage(onTestFinished);
    await nodes.controller(...PATIENT, '--grace', '500ms');
    const agent = await nodes.agent('a1', '--allow-shell', '--drain-time', '500ms');
    await deaf('deaf');
    agent.child.kill('SIGTERM');
    await says(
      nodes,
      agent,
      'Leaving: what runs may end first, for at most 500 ms; a second signal',
    );
    const { code } = await agent.ended;
    expect(code).toBe(1);
    expect(processesWith(nodes.at('ledger-deaf'))).toEqual([]);
    expect(await view('deaf')).toMatchObject({ state: 'parked', attempt: 1 });
    expect((await view('deaf')).history).toContainEqual(
      expect.objectContaining({
        kind: 'killed',
        detail: expect.objectContaining({ reason: 'the agent leaves' }) as unknown,
      }),
    );
  });
});

describe.concurrent('a controller that leaves', () => {
  it('lets tasks live through a longer absence than the timeout, when it grants that', async ({
    onTestFinished,
  }) => {
    const { nodes, view, held } = await openStage(onTestFinished);
    const first = await nodes.controller(...SHORT, '--handover', '2m');
    const agent = await nodes.agent('a1', '--allow-shell');
    const task = await held('patient');
    const { code, err } = await end(first);
    const leftAt = systemClock.elapsed();
    expect(code).toBe(0);
    expect(err).toMatch(
      /^a1 keeps its 1 task until \d\d:\d\d:\d\d\.\d{3}, another (1 min 5\d|2 min 00) s\.$/m,
    );
    expect(err).toContain('Start the next controller on this data directory before');
    await nodes.until(
      'the ordinary timeout and its guard are over',
      () => systemClock.elapsed() - leftAt > 6_000,
    );
    await nodes.controller(...SHORT);
    await nodes.until('a1 is back', async () =>
      /connected|reconciled/.test((await nodes.agentView('a1'))?.connection ?? ''),
    );
    const close = task.letThrough();
    await nodes.until('it is done', async () => (await view('patient')).state === 'done');
    close();
    expect(await view('patient')).toMatchObject({ attempt: 1 });
    expect(await nodes.agentView('a1')).toMatchObject({ boot: agent.ready.boot });
    expect(linesOf(nodes.at('ledger-patient'))).toEqual(['begun', 'ended']);
  });

  it('waits for nobody after a second signal', async ({ onTestFinished }) => {
    const { nodes, held } = await openStage(onTestFinished);
    const controller = await nodes.controller(...PATIENT, '--handover', '2m');
    const agent = await nodes.agent('a1', '--allow-shell');
    await held('stopped');
    agent.child.kill('SIGSTOP');
    controller.child.kill('SIGTERM');
    await says(nodes, controller, 'Leaving: nothing new is given out');
    const { code, err } = await end(controller);
    expect(code).toBe(0);
    expect(err).not.toMatch(/a1 (keeps|has not confirmed|is not heard)/);
  });

  it('keeps what is handed in while its own agents let end what runs', async ({
    onTestFinished,
  }) => {
    const { nodes, view, held } = await openStage(onTestFinished);
    const up = ['up', '--data', nodes.at('data'), '--port', '0', '--agents', '1'];
    const first = await nodes.node(up);
    const task = await held('last');
    first.child.kill('SIGTERM');
    await says(nodes, first, 'Leaving: nothing new is given out; what runs here may end first.');
    await nodes.shell('next', 'exit 0');
    const close = task.letThrough();
    const { code } = await first.ended;
    close();
    expect(code).toBe(0);
    await nodes.node(up);
    await nodes.until('next is done', async () => (await view('next')).state === 'done');
    expect([(await view('last')).attempt, (await view('next')).attempt]).toEqual([1, 1]);
  });
});
