/**
 * A task that writes more than the agent's disk holds: its log has a gap, and nothing else happens to it, its
 * neighbours or the agent. The disk is a small tmpfs that only the agent sees, which takes root or a kernel
 * that lets ordinary users have namespaces of their own.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SubTransactionView } from '../../actors/views.ts';
import type { LogPage } from '../../dashboard/server/log-page.ts';
import { linesOf, makeGate, openGate } from './gate.ts';
import { CLI, lifeline } from './lifeline.ts';
import { openNodes, PATIENT, type Nodes } from './nodes.ts';

const DISK = '40m';
const WRITTEN = 50_000_000;
/** Small pieces find the last room that a large one does not fit into. */
const CRUMBS = 200;
const LARGE = 200_000;

let nodes: Nodes;
let agent: ChildProcess | undefined;
beforeEach(async () => {
  agent = undefined;
  nodes = await openNodes();
});
afterEach(async () => {
  if (agent?.kill('SIGKILL') === true) await once(agent, 'close');
  await nodes.close();
});

/** What gives a process mounts of its own; undefined where this user may not have them. */
function ownMounts(): readonly string[] | undefined {
  const ways = [['--mount'], ['--user', '--map-root-user', '--mount']];
  return ways.find((way) => {
    try {
      const tried = [...way, 'sh', '-c', 'mount -t tmpfs tmpfs "$1"', 'sh', nodes.at('agents')];
      execFileSync('unshare', tried, { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** A handler whose results take room in the agent's store. */
function handlersFile(): string {
  const file = nodes.at('handlers.mjs');
  const built = new URL('../../dist/index.js', import.meta.url).href;
  const source = `import { defineHandler } from ${JSON.stringify(built)};
export default [defineHandler({ name: 'large', run: () => 'x'.repeat(${LARGE}) })];
`;
  writeFileSync(file, source);
  return file;
}

function startAgent(unshare: readonly string[]): ChildProcess {
  const disk = `mount -t tmpfs -o size=${DISK} tmpfs "$0" && exec "$@"`;
  const argv = nodes.agentArgv('a1').map((word) => (word === '2' ? '4' : word));
  const node = [
    process.execPath,
    CLI,
    ...argv,
    '--allow-shell',
    '--handlers',
    handlersFile(),
    '--log-cap',
    '1GB',
  ];
  const words = [...unshare, 'sh', '-c', disk, nodes.at('agents'), ...node];
  return spawn('unshare', words, { stdio: ['ignore', 'ignore', 'inherit'] });
}

const view = (id: string) => nodes.get<SubTransactionView>(`sub-transactions/${id}`);
const areDone = (ids: readonly string[]) =>
  nodes.until(`${ids.join(', ')} are done`, async () => {
    const views = await Promise.all(ids.map(view));
    return views.every(({ state }) => state === 'done');
  });

it('costs a log its middle, and no task anything', async (ctx) => {
  mkdirSync(nodes.at('agents'));
  const unshare = ownMounts();
  if (unshare === undefined)
    return ctx.skip('It cannot be shown here: mounts need root, or namespaces for ordinary users.');
  await nodes.controller(...PATIENT);
  agent = startAgent(unshare);
  await nodes.until('a1 has joined', async () => (await nodes.agentView('a1')) !== undefined);
  const before = await nodes.agentView('a1');

  const gate = nodes.at('gate');
  makeGate(gate);
  const ledger = nodes.at('ledger');
  const waits = `echo $1 >> ${ledger}; read key < ${gate}`;
  await nodes.shell('neighbour', waits, 'neighbour');
  const crumbs = `for n in $(seq ${CRUMBS}); do printf %01000d 0; done`;
  await nodes.shell('chatty', `yes | head -c ${WRITTEN}; ${crumbs}; ${waits}; echo end`, 'chatty');
  await nodes.until('the disk is full', () => linesOf(ledger).includes('chatty'));

  const others = Array.from({ length: 8 }, (_, n) => `other-${n}`);
  for (const id of others)
    await nodes.post('sub-transactions', { handler: 'large', input: null, id });
  await areDone(others);
  const close = openGate(gate, 2);
  await areDone(['neighbour', 'chatty']);
  close();

  const attempts = await Promise.all(['neighbour', 'chatty', ...others].map(view));
  expect(attempts.map(({ attempt }) => attempt)).toEqual(attempts.map(() => 1));
  expect((await nodes.agentView('a1'))?.boot).toBe(before?.boot);

  await nodes.until('its log is here', async () => {
    const page = await nodes.get<LogPage>('sub-transactions/chatty/log?from=100000000');
    return page.complete;
  });
  const { out, err } = await lifeline(['log', 'chatty', '--data', nodes.at('data')]);
  const missing = [...err.matchAll(/(\d+) bytes of output are missing here: the agent's disk/g)];
  expect(missing.length).toBeGreaterThan(0);
  const lost = missing.reduce((sum, [, bytes]) => sum + Number(bytes), 0);
  expect(out.length + lost).toBe(WRITTEN + CRUMBS * 1_000 + 'end\n'.length);
  expect(out.length).toBeGreaterThan(1_000_000);
});
