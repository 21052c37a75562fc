/**
 * Who comes second where there is room for one, or may not come at all, is told so and harms nobody. Most of it
 * is waiting for leases and probes, so the tests wait side by side, each with nodes of its own.
 */
import { describe, expect, it } from 'vitest';
import type { SubTransactionView } from '../../actors/views.ts';
import { linesOf, makeGate, openGate } from './gate.ts';
import { openNodesFor, PATIENT } from './nodes.ts';

describe.concurrent('a second controller', () => {
  it('on one namespace is refused, and the first goes on', async ({ onTestFinished }) => {
    const nodes = await openNodesFor(onTestFinished);
    await nodes.controller(...PATIENT);
    await nodes.agent('a1', '--allow-shell');
    const where = ['--nats', nodes.nats.url, '--data', nodes.at('other'), '--port', '0'];
    expect(await nodes.start(['controller', ...where]).ended).toMatchObject({
      code: 2,
      out: '',
      err: 'lifeline: The namespace "lifeline" has a controller already: stop that one first, or choose another with --namespace.\n',
    });
    await nodes.shell('after', 'exit 0');
    await nodes.until('the first goes on', async () => {
      const { state } = await nodes.get<SubTransactionView>('sub-transactions/after');
      return state === 'done';
    });
    const another = await nodes.node(['controller', ...where, '--namespace', 'another']);
    expect(another.ready.term).toBe(1);
  });
});

describe.concurrent('a second agent', () => {
  it('under one id is refused, and the first goes on', async ({ onTestFinished }) => {
    const nodes = await openNodesFor(onTestFinished);
    await nodes.controller(...PATIENT);
    const first = await nodes.agent('a1', '--allow-shell');
    const [gate, ledger] = [nodes.at('gate'), nodes.at('ledger')];
    makeGate(gate);
    await nodes.shell('held', `echo begin >> ${ledger}; read key < ${gate}; echo end >> ${ledger}`);
    await nodes.until('it runs', () => linesOf(ledger).length > 0);
    const second = await nodes.start([...nodes.agentArgv('a1', 'elsewhere'), '--allow-shell'])
      .ended;
    expect(second.code).toBe(2);
    expect(second.err.match(/waits to see whether that one lives/g)).toHaveLength(1);
    expect(second.err).toMatch(
      /^lifeline: The agent id "a1" is in use by another agent of "lifeline": .*--id\.$/m,
    );
    const close = openGate(gate, 1);
    await nodes.until('it has ended', () => linesOf(ledger).length > 1);
    close();
    await nodes.until('it is done', async () => {
      const { state, attempt } = await nodes.get<SubTransactionView>('sub-transactions/held');
      return state === 'done' && attempt === 1;
    });
    expect(linesOf(ledger)).toEqual(['begin', 'end']);
    expect(first.child.exitCode).toBe(null);
  });

  it('under the id of one that has just died is let in once its lease is over', async ({
    onTestFinished,
  }) => {
    const nodes = await openNodesFor(onTestFinished);
    // The dead one counts as heard until the second is there, and no late news of it passes for its life.
    await nodes.controller('--period', '3s', '--delay', '4s', '--timeout', '12s');
    const first = await nodes.agent('a1', '--allow-shell');
    await nodes.until('it is known', async () => (await nodes.agentView('a1')) !== undefined);
    first.child.kill('SIGKILL');
    const second = await nodes.node([...nodes.agentArgv('a1', 'elsewhere'), '--allow-shell']);
    const says = (text: string) => () => second.said().err.includes(text);
    await nodes.until('it waits', says('waits to see whether that one lives'));
    await nodes.until('it is let in', says('a1 has joined its controller.'));
    expect(second.child.exitCode).toBe(null);
  });

  it('on one data directory is refused', async ({ onTestFinished }) => {
    const nodes = await openNodesFor(onTestFinished);
    await nodes.agent('a1');
    const second = await nodes.start(nodes.agentArgv('a1')).ended;
    expect(second).toMatchObject({ code: 2, out: '' });
    expect(second.err).toMatch(/^lifeline: The data directory .* is in use by process \d+/);
  });
});

describe.concurrent('a node that NATS does not let in', () => {
  it.for(['controller', 'agent'])('is told so at once: %s', async (verb, { onTestFinished }) => {
    const nodes = await openNodesFor(onTestFinished);
    await nodes.nats.restart('authorization { user: "ada", password: "x" }');
    const own = verb === 'agent' ? ['--id', 'a1'] : ['--port', '0'];
    const argv = [verb, '--nats', nodes.nats.url, '--data', nodes.at('data'), ...own];
    const { code, err } = await nodes.start(argv).ended;
    expect(code).toBe(2);
    expect(err).toMatch(/^lifeline: The NATS server at nats:\/\/\S+ refuses this login/);
  });
});
