/**
 * What it costs a controller to be looked at with Stately's inspector (`--inspect`): the same work while nobody
 * looks and while one does, in turns; and a look at a controller at rest.
 *
 *   node bench/dist/bench/inspect.js [rounds] [tasks]
 *
 *   one process: controller, agent, bridge ── WebSocket ──▶ inspect-viewer.js, a process of its own, not counted
 *
 * The bridge reads the journal twice a second and no more than it can show, so a ratio near 1 is to be expected at
 * any load; what is left out is counted by the viewer.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock as clock } from '../actors/clock.ts';
import { silent } from '../actors/logger.ts';
import { createApiClient } from '../cli/api-client.ts';
import { askWithin } from '../cli/api-within.ts';
import { bridgeController } from '../cli/inspector-bridge.ts';
import { createController, memoryTransport, openStore } from '../index.ts';
import { noop, openBenchAgent } from './lifeline-agent.ts';
import { payloads } from './role.ts';
import { ratiosOf, spreadOf, type Spread } from './statistics.ts';
import { elapsedMs } from './stopwatch.ts';

const [rounds = 10, tasks = 10_000] = process.argv.slice(2).map(Number);
const SLOTS = 100;
const PAYLOAD_BYTES = 200;
const REST_MS = 10_000;

interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const startedAt = elapsedMs();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { ms: elapsedMs() - startedAt, cpuMs: (user + system) / 1000 };
}

const shown = ({ median, min, max }: Spread, digits = 2) =>
  `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
const say = (text: string) => void process.stdout.write(`${text}\n`);

const directory = mkdtempSync(join(tmpdir(), 'lifeline-inspect-'));
const transport = memoryTransport();
const store = await openStore(join(directory, 'controller'));
const controller = await createController({ transport, store });
const place = { product: 'lifeline', directory, nats: null, thread: false, submits: true } as const;
const agent = await openBenchAgent({ ...place, agentId: 'a1', works: SLOTS }, transport);
const about = { namespace: 'lifeline', version: '' };
const access = { store, controller, clock, logger: silent, about, handlers: new Map(), sources: new Map() }; // prettier-ignore
const within = askWithin(access, 'bench');
const here = { where: 'here', isLive: true, close: within.close };
const screen = { line: say } as never;
const bridge = await bridgeController({ clock, screen }, createApiClient(within.ask, here), {
  ...{ port: 0, showsValues: false },
});
const viewer = fork(new URL('./inspect-viewer.js', import.meta.url), [bridge.url]);

/** Has the viewer look, or look away; resolves with how many messages and facts left out it has heard of. */
async function look(is: boolean): Promise<{ readonly messages: number; readonly leftOut: number }> {
  viewer.send(is);
  const [told] = (await once(viewer, 'message')) as [{ messages: number; leftOut: number }];
  return told;
}

let runs = 0;
const burst = () =>
  costOf(async () => {
    const items = payloads(tasks, PAYLOAD_BYTES);
    const job = await controller.startJob({ name: `burst-${++runs}`, handler: noop, items });
    const { done } = await job.ended;
    if (done !== tasks) throw new Error(`Of ${tasks} tasks ${done} are done.`);
  });
const rest = () => costOf(() => new Promise<void>((resolve) => clock.after(REST_MS, resolve)));

try {
  const pairs: (readonly [Cost, Cost])[] = [];
  for (let round = 0; round <= rounds; round++) {
    const alone = await burst();
    await look(true);
    const looked = await burst();
    await look(false);
    if (round > 0) pairs.push([alone, looked]);
  }
  const quiet = await rest();
  await look(true);
  const lookedAt = await rest();
  const { messages, leftOut } = await look(false);
  const part = (of: 0 | 1, what: keyof Cost) => pairs.map((pair) => pair[of][what]);
  const perSecond = (of: 0 | 1) => spreadOf(part(of, 'ms').map((ms) => (tasks * 1000) / ms));
  const cpuPerSecond = ({ ms, cpuMs }: Cost) => ((cpuMs * 1000) / ms).toFixed(1);
  say(`Node ${process.version}; ${rounds} pairs of ${tasks} no-op tasks, every turn flushed; median (least–most)`); // prettier-ignore
  say(`  tasks/s, nobody looks   ${shown(perSecond(0), 0)}`);
  say(`  tasks/s, one looks      ${shown(perSecond(1), 0)}`);
  say(`  time  looked at ÷ not, pair by pair  ${shown(ratiosOf(part(1, 'ms'), part(0, 'ms')))}`);
  say(`  CPU   looked at ÷ not, pair by pair  ${shown(ratiosOf(part(1, 'cpuMs'), part(0, 'cpuMs')))}`); // prettier-ignore
  say(`  at rest: ${cpuPerSecond(lookedAt)} ms of CPU a second looked at, ${cpuPerSecond(quiet)} not`); // prettier-ignore
  say(`  ${messages} messages were sent, ${leftOut} facts left out`);
} finally {
  viewer.kill();
  await bridge.close();
  await within.close();
  await agent.close();
  await controller.close();
  await store.close();
  await transport.close();
  rmSync(directory, { recursive: true, force: true });
}
