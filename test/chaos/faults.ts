/**
 * What each kind of fault does to the stage. A fault is over (`inflict` resolves) when its cause is: the
 * cable is whole, the process has been started again and is ready. Whether the nodes are well again is
 * for others to see.
 */
import { readFileSync } from 'node:fs';
import { systemClock as clock } from '../../actors/clock.ts';
import { readProcesses } from '../../handlers/process-table.ts';
import type { Cable, Flow } from './cable.ts';
import type { Fault, KindName } from './schedule.ts';
import type { Seat, Stage } from './stage.ts';
import type { Supervised } from './supervised.ts';

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => void clock.after(ms, resolve));

type Inflict = (stage: Stage, fault: Fault, agent: Seat) => Promise<void>;

/** @param fault its agent, where it has one, is on the stage */
export function inflict(stage: Stage, fault: Fault): Promise<void> {
  return how[fault.kind](stage, fault, stage.agent(fault.agent ?? stage.agents[0]!.id));
}

const how: Record<KindName, Inflict> = {
  'cut-short': (_, fault, { cable }) => cut(cable, fault),
  'cut-long': (_, fault, { cable }) => cut(cable, fault),
  'cut-controller': ({ controller }, fault) => cut(controller.cable, fault),
  'one-way-to': (_, fault, { cable }) => spoil(cable, { to: silence(fault) }, fault),
  'one-way-from': (_, fault, { cable }) => spoil(cable, { from: silence(fault) }, fault),
  'one-way-long': (_, fault, { cable }) =>
    spoil(cable, { [fault.variant % 4 < 2 ? 'to' : 'from']: silence(fault) }, fault),
  delay: (_, fault, { cable }) =>
    spoil(cable, bothWays({ delayMs: 30 + (fault.variant % 200) }), fault),
  throttle: (_, fault, { cable }) =>
    spoil(cable, bothWays({ bytesPerSecond: 8_000 + fault.variant * 32 }), fault),
  // The broker finds out after minutes; the agent is not to wait for that.
  'half-open': async (_, { variant }, { cable }) => {
    const givenUp = cable.halfOpen(variant % 4 === 0 ? 'server' : 'client');
    if (variant % 4 !== 0) await givenUp;
  },
  resets: async (_, { lastsMs, variant }, { cable }) => {
    for (const until = clock.elapsed() + lastsMs; clock.elapsed() < until;) {
      cable.reset();
      await pause(100 + (variant % 400));
    }
  },
  'pause-agent': (_, { lastsMs }, { node }) => stop(node, lastsMs),
  'pause-agent-long': (_, { lastsMs }, { node }) => stop(node, lastsMs),
  'pause-controller': ({ controller }, { lastsMs }) => stop(controller.node, lastsMs),
  'pause-broker': async ({ nats }, { lastsMs }) => {
    const { pid } = nats;
    process.kill(pid, 'SIGSTOP');
    await pause(lastsMs);
    process.kill(pid, 'SIGCONT');
  },
  'kill-agent': (_, { lastsMs }, { node }) => restart(node, 'SIGKILL', lastsMs),
  'kill-guard': (_, __, { node }) => Promise.resolve(killGuard(node)),
  'kill-agent-and-guard': (_, { lastsMs }, { node }) => {
    killGuard(node);
    return restart(node, 'SIGKILL', lastsMs);
  },
  'kill-controller': ({ controller }, { lastsMs }) => restart(controller.node, 'SIGKILL', lastsMs),
  'kill-broker': ({ nats }, { lastsMs }) => restartBroker(nats, lastsMs),
  'kill-everything': async ({ nats, controller, agents }, { lastsMs }) => {
    const nodes = [controller, ...agents].map(({ node }) => restart(node, 'SIGKILL', lastsMs));
    await Promise.all([restartBroker(nats, lastsMs), ...nodes]);
  },
  'leave-agent': (_, { lastsMs }, { node }) => restart(node, 'SIGTERM', lastsMs),
  'stop-controller': async ({ controller: { node } }, { lastsMs }) => {
    const ended = restart(node, 'SIGTERM', lastsMs);
    // The second one hurries it: it hands nothing over.
    node.signal('SIGTERM');
    await ended;
  },
  'hand-over': ({ controller }, { lastsMs }) => restart(controller.node, 'SIGTERM', lastsMs),
  'full-disk-agent': (stage, { lastsMs }, { data }) => fillDisk(stage, data, lastsMs),
  'full-disk-controller': (stage, { lastsMs }) => fillDisk(stage, stage.controller.data, lastsMs),
};

const silence = ({ variant }: Fault): Flow => (variant % 2 === 0 ? 'drop' : 'hold');
const bothWays = (flow: Flow) => ({ to: flow, from: flow });

async function cut(cable: Cable, fault: Fault): Promise<void> {
  if (fault.variant % 3 > 0) return spoil(cable, bothWays(silence(fault)), fault);
  cable.cut();
  await pause(fault.lastsMs);
  cable.heal();
}

async function spoil(cable: Cable, flows: Parameters<Cable['set']>[0], { lastsMs }: Fault) {
  cable.set(flows);
  await pause(lastsMs);
  cable.heal();
}

async function stop(node: Supervised, lastsMs: number): Promise<void> {
  const { pid } = node;
  node.signal('SIGSTOP');
  await pause(lastsMs);
  // Another one may have been started meanwhile, and be stopped by a fault of its own.
  if (node.pid === pid) node.signal('SIGCONT');
  await node.start();
}

async function restart(node: Supervised, signal: NodeJS.Signals, lastsMs: number): Promise<void> {
  await node.down(signal);
  await pause(lastsMs);
  await node.start();
}

async function restartBroker(nats: Stage['nats'], lastsMs: number): Promise<void> {
  await nats.kill();
  await pause(lastsMs);
  await nats.restart();
}

/** An agent with nothing to watch may have none. */
function killGuard({ pid }: Supervised): void {
  const isGuard = (one: number) =>
    readFileSync(`/proc/${one}/cmdline`, 'utf8').includes('guard-process');
  for (const row of readProcesses() ?? []) {
    if (row.parent === pid && !row.isZombie && isGuard(row.pid)) process.kill(row.pid, 'SIGKILL');
  }
}

async function fillDisk({ disks }: Stage, data: string, lastsMs: number): Promise<void> {
  await disks!.fill(data);
  await pause(lastsMs);
  await disks!.free(data);
}
