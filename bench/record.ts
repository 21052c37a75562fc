/**
 * What recording costs: the same work with it and without, in turns, and what a task takes in the file.
 *
 *   node bench/dist/bench/record.js [rounds] [tasks]
 *
 *   plain, recorded, plain, recorded, …      embedded: one process, one loop      over NATS: the same, by a server
 *
 * Both clusters are open all the time, each on stores of its own; the first pair is a warm-up. A ratio compares
 * rounds that lie side by side.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentNode } from '../actors/agent.ts';
import { systemClock as clock } from '../actors/clock.ts';
import type { Controller } from '../actors/controller-api.ts';
import { openController } from '../actors/open-controller.ts';
import { newId } from '../cli/new-id.ts';
import type { Handler } from '../handlers/handler.ts';
import { createRunner } from '../handlers/runner.ts';
import { checkOf } from '../handlers/schema.ts';
import { openSpool } from '../handlers/spool.ts';
import { openRecording, type Recording } from '../scenarios/tape/recording.ts';
import { openLmdbStore } from '../store/lmdb.ts';
import { memoryTransport } from '../transport/memory.ts';
import { natsTransport } from '../transport/nats.ts';
import type { Transport } from '../transport/transport.ts';
import { noop } from './lifeline-agent.ts';
import { payloads } from './role.ts';
import { findServers, startNats, type Server } from './servers.ts';
import { ratiosOf, spreadOf, type Spread } from './statistics.ts';
import { elapsedMs } from './stopwatch.ts';

const SLOTS = 100;
const PAYLOAD_BYTES = 200;
const logger = { debug() {}, info() {}, warn() {}, error() {} };

const say = (text: string) => void process.stdout.write(`${text}\n`);

interface Cluster {
  readonly controller: Controller;
  readonly directory: string;
  close(): Promise<void>;
}

interface Burst {
  readonly ms: number;
  readonly cpuMs: number;
}

async function openCluster(
  directory: string,
  transport: Transport,
  isRecorded: boolean,
): Promise<Cluster> {
  mkdirSync(directory);
  const recording: Recording | undefined = isRecorded
    ? openRecording({
        file: join(directory, 'recording.scenario'),
        capBytes: 2 ** 40,
        redaction: 'values',
        key: Buffer.from(newId()),
        id: newId(),
        version: '',
        clock,
        refused: (error) => {
          throw error;
        },
      })
    : undefined;
  const namespace = isRecorded ? 'recorded' : 'plain';
  const world = { transport, clock, newId, logger, tap: recording?.tap };
  const stores = [
    await openLmdbStore(join(directory, 'controller')),
    await openLmdbStore(join(directory, 'a1')),
  ] as const;
  const controller = await openController({ namespace }, { ...world, store: stores[0], checkOf });
  const runner = createRunner({
    handlers: [noop as Handler],
    logs: openSpool(join(directory, 'spool')),
    killList: undefined,
    clock,
    idleThreads: 0,
    closeWithinMs: undefined,
    onLeftRunning() {},
  });
  const agent = await AgentNode.open(
    { id: 'a1', namespace, slots: SLOTS },
    { ...world, store: stores[1], runner },
  );
  return {
    controller,
    directory,
    async close() {
      await agent.close();
      await controller.close();
      for (const store of stores) await store.close();
      recording?.close();
    },
  };
}

let runs = 0;

async function burst({ controller }: Cluster, tasks: number): Promise<Burst> {
  const cpu = process.cpuUsage();
  const startedAt = elapsedMs();
  const items = payloads(tasks, PAYLOAD_BYTES);
  const job = await controller.startJob({ name: `burst-${++runs}`, handler: noop, items });
  const { done } = await job.ended;
  if (done !== tasks) throw new Error(`Of ${tasks} tasks ${done} are done.`);
  const { user, system } = process.cpuUsage(cpu);
  return { ms: elapsedMs() - startedAt, cpuMs: (user + system) / 1000 };
}

const shown = ({ median, min, max }: Spread, digits = 2) =>
  `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;

async function measure(
  mode: string,
  place: string,
  open: () => Promise<Transport>,
  [rounds, tasks]: readonly [number, number],
): Promise<void> {
  const transports = [await open(), await open()] as const;
  const plain = await openCluster(join(place, `${mode}-plain`), transports[0], false);
  const recorded = await openCluster(join(place, `${mode}-recorded`), transports[1], true);
  const pairs: (readonly [Burst, Burst])[] = [];
  for (let round = 0; round <= rounds; round++) {
    const pair = [await burst(plain, tasks), await burst(recorded, tasks)] as const;
    if (round > 0) pairs.push(pair);
  }
  for (const cluster of [recorded, plain]) await cluster.close();
  for (const transport of transports) await transport.close();
  const part = (of: 0 | 1, what: keyof Burst) => pairs.map((pair) => pair[of][what]);
  const perSecond = (of: 0 | 1) => spreadOf(part(of, 'ms').map((ms) => (tasks * 1000) / ms));
  const files = readdirSync(recorded.directory).filter((name) => name.startsWith('recording'));
  const bytes = files.reduce((sum, name) => sum + statSync(join(recorded.directory, name)).size, 0);
  say(
    [
      `${mode}: ${rounds} pairs of ${tasks} no-op tasks, ${PAYLOAD_BYTES} bytes each; median (least–most)`,
      `  tasks/s without  ${shown(perSecond(0), 0)}`,
      `  tasks/s with     ${shown(perSecond(1), 0)}`,
      `  time  with ÷ without, pair by pair  ${shown(ratiosOf(part(1, 'ms'), part(0, 'ms')))}`,
      `  CPU   with ÷ without, pair by pair  ${shown(ratiosOf(part(1, 'cpuMs'), part(0, 'cpuMs')))}`,
      `  recorded per task: ${(bytes / (tasks * (rounds + 1))).toFixed(0)} bytes`,
    ].join('\n'),
  );
}

const [rounds = 10, tasks = 5_000] = process.argv.slice(2).map(Number);
const place = mkdtempSync(join(tmpdir(), 'lifeline-record-'));
let server: Server | undefined;
try {
  say(`Node ${process.version}; durable: every turn is flushed`);
  const embedded = () =>
    Promise.resolve(memoryTransport({ after: (ms, wake) => clock.after(ms, wake) }));
  await measure('embedded', place, embedded, [rounds, tasks]);
  const { nats } = await findServers(process.env);
  const { address } = (server = await startNats(nats, place));
  await measure('over NATS', place, () => natsTransport({ servers: address }), [rounds, tasks]);
} finally {
  await server?.close();
  rmSync(place, { recursive: true, force: true });
}
