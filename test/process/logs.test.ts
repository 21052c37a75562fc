/**
 * `log --follow` where everything between the task and whoever follows goes away for a while: the cable of the
 * agent, then the controller. What is printed is what the task has written, byte for byte.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SubTransactionView } from '../../actors/views.ts';
import { startTcpProxy, type TcpProxy } from '../../cli/tcp-proxy.ts';
import { start, type Started } from './lifeline.ts';
import { end, openNodes, type Nodes } from './nodes.ts';

/** Nobody is to be lost. */
const TIMING = ['--period', '1s', '--delay', '200ms', '--timeout', '120s'];
/** Written between two looks: bytes that are no text among them. */
const SCRIPT = `
  while [ ! -e "$2" ]; do
    date +%s.%N; head -c 3000 /dev/urandom; printf 'half a line'; sleep 0.05
  done | tee "$1"`;

let nodes: Nodes;
let cable: TcpProxy;
let follower: Started | undefined;
beforeEach(async () => {
  nodes = await openNodes();
  cable = await startTcpProxy(Number(new URL(nodes.nats.url).port));
  follower = undefined;
});
afterEach(async () => {
  follower?.child.kill('SIGKILL');
  await follower?.ended;
  await nodes.close();
  await cable.close();
});

function startAgent() {
  const direct = nodes.agentArgv('a1');
  const argv = direct.map((word) =>
    word === nodes.nats.url ? `nats://127.0.0.1:${cable.port}` : word,
  );
  return nodes.node([...argv, '--allow-shell']);
}

/** What a process has printed so far. */
function printedBy({ child }: Started): () => Buffer {
  const pieces: Buffer[] = [];
  child.stdout!.on('data', (piece: Buffer) => pieces.push(piece));
  return () => Buffer.concat(pieces);
}

it('prints each byte once while the agent is cut off and the controller is killed', async () => {
  const controller = await nodes.controller(...TIMING);
  await startAgent();
  const [written, stop] = [nodes.at('written'), nodes.at('stop')];
  await nodes.shell('t', SCRIPT, written, stop);
  const following = start(['log', 't', '--follow', '--data', nodes.at('data')]);
  follower = following;
  const printed = printedBy(following);
  const says = (text: string) =>
    nodes.until(`it says: ${text}`, () => following.said().err.includes(text));
  const size = () => (existsSync(written) ? statSync(written).size : 0);
  const grows = async () => {
    const before = size();
    await nodes.until('the task writes on', () => size() > before + 50_000);
  };
  const catchesUp = async () => {
    const before = size();
    await nodes.until('it has printed that', () => printed().length >= before);
  };
  await grows();
  await catchesUp();

  cable.freeze();
  await says('The agent a1 is suspect: what it writes meanwhile is kept there');
  await end(controller, 'SIGKILL');
  await says('No controller answers');
  await grows();
  await nodes.controller(...TIMING);
  await says('answers again');
  cable.release();
  await catchesUp();
  await grows();
  writeFileSync(stop, '');

  expect(await following.ended).toMatchObject({ code: 0 });
  expect(printed().equals(readFileSync(written))).toBe(true);
  const view = await nodes.get<SubTransactionView>('sub-transactions/t');
  expect(view).toMatchObject({ state: 'done', attempt: 1 });
});
