/** Controller and agents as processes: what they offer, what they keep to themselves, how they leave. */
import { readFileSync, statSync, writeFileSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentView, FactView, SubTransactionView } from '../../actors/views.ts';
import { createNkey } from '../../transport/nats-keys.ts';
import { linesOf, makeGate, openGate, processesWith } from './gate.ts';
import { lifeline, lifelineJson } from './lifeline.ts';
import { end, openNodes, PATIENT, type Nodes } from './nodes.ts';

let nodes: Nodes;

beforeEach(async () => {
  nodes = await openNodes();
});

afterEach(async () => {
  await nodes.close();
});

const view = (id: string) => nodes.get<SubTransactionView>(`sub-transactions/${id}`);
const isDone = (id: string) =>
  nodes.until(`${id} is done`, async () => (await view(id)).state === 'done');

/** A task that waits at a gate, and what tells that it runs and lets it through. */
async function held(id: string) {
  const [gate, ledger] = [nodes.at(`gate-${id}`), nodes.at(`ledger-${id}`)];
  makeGate(gate);
  await nodes.shell(id, `echo begun >> ${ledger}; read key < ${gate}; echo ended >> ${ledger}`, id);
  return {
    begun: () => nodes.until(`${id} runs`, () => linesOf(ledger).length > 0),
    letThrough: () => openGate(gate, 1),
    lines: () => linesOf(ledger),
  };
}

const handlersFile = (): string => {
  const work = nodes.at('work.mjs');
  writeFileSync(work, 'export default () => Object.keys(process.env);\n');
  const built = new URL('../../dist/index.js', import.meta.url).href;
  const file = nodes.at('handlers.mjs');
  writeFileSync(
    file,
    `import { defineHandler } from ${JSON.stringify(built)};
export const names = defineHandler({ name: 'names', module: new URL('./work.mjs', import.meta.url) });
export default [defineHandler({ name: 'deaf', run: () => new Promise(() => {}) })];
`,
  );
  return file;
};

describe('an agent', () => {
  it('offers shell only where that is allowed', async () => {
    await nodes.controller(...PATIENT);
    await nodes.agent('a1');
    await nodes.shell('one', 'exit 0');
    await nodes.until('a1 has joined', async () => (await nodes.agentView('a1')) !== undefined);
    expect((await nodes.agentView('a1'))?.handlers).toEqual(['ingest']);
    await nodes.agent('a2', '--allow-shell');
    await isDone('one');
    expect((await view('one')).agent).toBe('a2');
    const shown = async (id: string) => (await nodes.get<AgentView>(`agents/${id}`)).containment;
    expect(await shown('a1')).toBeNull();
    expect(await shown('a2')).toMatch(/^a PID namespace|^process group only/);
  });

  it('offers the handlers of a file, and keeps its keys from all that it runs', async () => {
    const seed = nodes.at('agent.nk');
    writeFileSync(seed, createNkey().seed, { mode: 0o600 });
    await nodes.controller(...PATIENT);
    const argv = [...nodes.agentArgv('a1'), '--allow-shell', '--handlers', handlersFile()];
    await nodes.node(argv, {
      LIFELINE_NATS_NKEY: seed,
      CANARY: 'canary',
    });
    await nodes.until('a1 has joined', async () => (await nodes.agentView('a1')) !== undefined);
    await nodes.post('sub-transactions', { handler: 'names', input: null, id: 'thread' });
    const ledger = nodes.at('environment');
    await nodes.shell('process', `env > ${ledger}`);
    await isDone('thread');
    await isDone('process');
    const ofThread = (await view('thread')).result as readonly string[];
    expect(ofThread).toContain('CANARY');
    expect(ofThread.filter((name) => name.startsWith('LIFELINE_'))).toEqual([]);
    const ofProcess = linesOf(ledger).map((line) => line.split('=')[0]!);
    expect(ofProcess).toEqual(expect.arrayContaining(['PATH', 'LIFELINE_FENCE']));
    expect(ofProcess).not.toContain('CANARY');
    expect(ofProcess).not.toContain('LIFELINE_NATS_NKEY');
  });

  it('lets end what runs at the first signal', async () => {
    await nodes.controller(...PATIENT);
    const agent = await nodes.agent('a1', '--allow-shell');
    const task = await held('calm');
    await task.begun();
    agent.child.kill('SIGTERM');
    await nodes.until('it leaves', () => agent.said().err.includes('Leaving: what runs may end'));
    await nodes.until(
      'the controller knows it',
      async () => (await nodes.agentView('a1'))?.leaving === true,
    );
    await nodes.shell('next', 'exit 0');
    const close = task.letThrough();
    const { code } = await agent.ended;
    close();
    expect(code).toBe(0);
    expect(await view('calm')).toMatchObject({ state: 'done', attempt: 1 });
    expect((await view('next')).attempt).toBe(0);
  });

  it('kills what runs at the second', async () => {
    await nodes.controller(...PATIENT);
    const agent = await nodes.agent('a1', '--allow-shell');
    const task = await held('hasty');
    await task.begun();
    agent.child.kill('SIGTERM');
    await nodes.until('it leaves', () => agent.said().err.includes('Leaving: what runs may end'));
    expect((await end(agent)).code).toBe(130);
    expect(processesWith('ledger-hasty')).toEqual([]);
    expect(task.lines()).toEqual(['begun']);
  });

  it('ends itself when its lease is over and a handler does not stop', async () => {
    const controller = await nodes.controller(
      '--period',
      '1s',
      '--delay',
      '200ms',
      '--timeout',
      '2s',
    );
    const agent = await nodes.agent('a1', '--handlers', handlersFile());
    await nodes.until('a1 has joined', async () => (await nodes.agentView('a1')) !== undefined);
    await nodes.post('sub-transactions', { handler: 'deaf', input: null, id: 'deaf' });
    await nodes.until('it runs', async () => (await nodes.agentView('a1'))?.running === 1);
    await end(controller, 'SIGKILL');
    const { signal, err } = await agent.ended;
    expect(signal).toBe('SIGKILL');
    expect(err).toContain('The lease is over and this handler cannot be stopped: deaf');
  });

  it('waits for NATS and for a controller, and says so once', async () => {
    await nodes.nats.stop();
    const agent = nodes.start(nodes.agentArgv('a1'));
    const said = (text: string) => agent.said().err.split(text).length - 1;
    await nodes.until('it has found no NATS', () => said('No NATS server answers') > 0);
    expect(agent.said().out).toBe('');
    await nodes.nats.restart();
    await nodes.until('it is ready', () => agent.said().out.includes('"ready":true'));
    expect(said('a1 has joined')).toBe(0);
    await nodes.controller(...PATIENT);
    await nodes.until('it has joined', () => said('a1 has joined its controller') > 0);
    expect([said('No NATS server answers'), said('NATS answers again')]).toEqual([1, 1]);
  });
});

describe('a controller', () => {
  it('says where it answers, to its owner only, and takes that back', async () => {
    const controller = await nodes.controller(...PATIENT);
    const [address, token] = [nodes.at('data/address.json'), nodes.at('data/token')];
    expect(JSON.parse(readFileSync(address, 'utf8'))).toMatchObject({
      url: controller.ready.url,
      pid: controller.child.pid,
    });
    expect([address, token].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
    expect((await end(controller, 'SIGINT')).code).toBe(0);
    expect(existsSync(address)).toBe(false);
    expect(existsSync(token)).toBe(true);
  });

  it('goes on with an ingest that was cut short', async () => {
    const source = fileURLToPath(new URL('../../machines', import.meta.url));
    const first = await nodes.controller(...PATIENT);
    await nodes.post('jobs', {
      name: 'copy',
      source: { kind: 'ingest', source, target: nodes.at('copy') },
    });
    await end(first, 'SIGKILL');
    const second = await nodes.controller(...PATIENT);
    expect(second.ready).toMatchObject({ resumed: ['copy'], term: 2 });
    await nodes.agent('a1');
    await nodes.until('it is done', async () => (await nodes.job('copy')).state === 'finished');
    const { items } = await nodes.get<{ items: readonly FactView[] }>('history?kind=done&job=copy');
    expect(items.length).toBe((await nodes.job('copy')).total);
  });
});

describe('lifeline up', () => {
  it('is a controller with agents that run commands', async () => {
    const data = ['--data', nodes.at('data')];
    const up = await nodes.node(['up', ...data, '--port', '0', '--slots', '1']);
    expect(up.ready).toMatchObject({ agents: 2, term: 1 });
    const ran = await lifelineJson(['list', ...data]);
    expect(ran).toMatchObject({ finished: [] });
    expect((await end(up)).code).toBe(0);
  });

  it('lets others join over NATS', async () => {
    const flags = ['--nats', nodes.nats.url, '--agents', '1', '--port', '0'];
    await nodes.node(['up', '--data', nodes.at('data'), ...flags]);
    await nodes.agent('guest', '--handlers', handlersFile());
    await nodes.until('both are there', async () => {
      const there = await Promise.all(['agent-1', 'guest'].map((id) => nodes.agentView(id)));
      return there.every((one) => one !== undefined);
    });
    await nodes.post('sub-transactions', { handler: 'names', input: null, id: 'for-guest' });
    await isDone('for-guest');
    expect((await view('for-guest')).agent).toBe('guest');
  });

  it('refuses a data directory that is held, and says where its holder answers', async () => {
    const data = ['--data', nodes.at('data')];
    const up = await nodes.node(['up', ...data, '--port', '0']);
    const second = await lifeline(['up', ...data, '--port', '0']);
    expect(second).toMatchObject({ code: 2, out: '' });
    expect(second.err).toContain(`which answers at ${up.ready.url}: wait for its end`);
  });

  it('refuses a port that is taken', async () => {
    const up = await nodes.node(['up', '--data', nodes.at('data'), '--port', '0']);
    const { port } = new URL(up.ready.url ?? '');
    const second = await lifeline(['up', '--data', nodes.at('other'), '--port', port]);
    expect(second).toMatchObject({ code: 2, out: '' });
    expect(second.err).toMatch(/^lifeline: Port \d+ .*is taken.*--port/m);
  });
});
