/**
 * Who is measured, and with which processes:
 *
 *                        Lifeline                               BullMQ
 *   embedded    1 process: controller, agent (thread)  1 process: Queue and Worker + redis-server
 *               the same on one loop
 *   over NATS   1 controller + N agents + nats-server  1 producer + N workers      + redis-server
 *
 * Each keeps its processes over all rounds. Lifeline is durable at both ends before it acts; BullMQ is
 * as durable as its Redis.
 */
import { join } from 'node:path';
import type { ProfileSummary } from './profile.ts';
import { RoleClient } from './role-client.ts';
import type { Burst, Calls, RoleSettings, Steady } from './role.ts';
import { startNats, startRedis, type Binaries, type Fsync, type Server } from './servers.ts';

export interface Surroundings {
  /** The Node binary that runs what is measured. */
  readonly node: string;
  readonly binaries: Binaries;
  /** Everything that is written lies below it. */
  readonly directory: string;
  /** Tasks that are worked on at once, over all processes. */
  readonly concurrency: number;
  /** Processes that work, where they are processes of their own. */
  readonly workers: number;
}

export interface Contender {
  readonly name: string;
  readonly durability: string;
  /** What it consists of, for people: "1 controller, 2 agents, nats-server". */
  readonly processes: string;
  readonly pids: readonly number[];
  throughput(burst: Burst): Promise<number>;
  latency(load: Steady): Promise<number[]>;
  /** Profiles its own processes while `work` is going on; by name of the process. */
  profiled(work: () => Promise<unknown>, top: number): Promise<Record<string, ProfileSummary>>;
  close(): Promise<void>;
}

export async function openLifeline(
  { node, binaries, directory, concurrency, workers }: Surroundings,
  mode: 'embedded' | 'oneLoop' | 'nats',
): Promise<Contender> {
  const thread = mode === 'embedded';
  const place = { directory: join(directory, `lifeline-${mode}`), thread };
  const base = { product: 'lifeline', ...place } as const;
  const durability = 'LMDB, flushed before it acts, at both ends';
  const about = { name: mode === 'oneLoop' ? 'Lifeline, one loop' : 'Lifeline', durability };
  if (mode !== 'nats') {
    const role = { ...base, nats: null, submits: true, works: concurrency, agentId: 'agent-1' };
    const processes = thread ? '1 process, the agent in a thread' : '1 process';
    return open(node, { ...about, processes }, undefined, { process: role });
  }
  const server = await startNats(binaries.nats, base.directory);
  const roles: Record<string, RoleSettings> = {};
  for (const [index, works] of shares(concurrency, workers).entries()) {
    const agentId = `agent-${index + 1}`;
    roles[agentId] = { ...base, nats: server.address, submits: false, works, agentId };
  }
  roles.controller = { ...base, nats: server.address, submits: true, works: 0, agentId: '' };
  const processes = `1 controller, ${workers} agents, nats-server`;
  return open(node, { ...about, processes }, server, roles);
}

export async function openBullMq(
  { node, binaries, directory, concurrency, workers }: Surroundings,
  mode: 'embedded' | 'nats',
  fsync: Fsync,
): Promise<Contender> {
  const server = await startRedis(binaries.redis, join(directory, `redis-${mode}-${fsync}`), fsync);
  const base = { product: 'bullmq', port: server.port } as const;
  const about = {
    name: `BullMQ, fsync ${fsync}`,
    durability: fsync === 'always' ? 'AOF, flushed before each answer' : 'AOF, flushed each second',
  };
  if (mode === 'embedded') {
    const role = { ...base, submits: true, works: concurrency };
    return open(node, { ...about, processes: '1 process, redis-server' }, server, {
      process: role,
    });
  }
  const roles: Record<string, RoleSettings> = {};
  for (const [index, works] of shares(concurrency, workers).entries()) {
    roles[`worker-${index + 1}`] = { ...base, submits: false, works };
  }
  roles.producer = { ...base, submits: true, works: 0 };
  const processes = `1 producer, ${workers} workers, redis-server`;
  return open(node, { ...about, processes }, server, roles);
}

/** Opens the processes of a contender. What has opened is closed again when one of them does not. */
async function open(
  node: string,
  about: Pick<Contender, 'name' | 'durability' | 'processes'>,
  server: Server | undefined,
  roles: Record<string, RoleSettings>,
): Promise<Contender> {
  const clients = new Map<string, RoleClient>();
  const close = async () => {
    for (const client of [...clients.values()].reverse()) await client.close();
    await server?.close();
  };
  try {
    for (const [name, settings] of Object.entries(roles)) {
      clients.set(name, await RoleClient.open(node, settings));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const submitter = [...clients.values()].at(-1)!;
  for (const client of clients.values()) {
    if (client !== submitter) client.onCompleted = (count) => submitter.tellCompleted(count);
  }
  const each = <K extends keyof Calls>(call: K, given: Calls[K][0]) =>
    Promise.all([...clients].map(async ([name, c]) => [name, await c.call(call, given)] as const));
  return {
    ...about,
    pids: [...[...clients.values()].map(({ pid }) => pid), ...(server ? [server.pid] : [])],
    throughput: (burst) => submitter.call('throughput', burst),
    latency: (load) => submitter.call('latency', load),
    async profiled(work, top) {
      await each('startProfile', null);
      await work();
      return Object.fromEntries(await each('stopProfile', { top }));
    },
    close,
  };
}

/** Slots for each of the processes that work; the first ones take what does not divide. */
function shares(concurrency: number, workers: number): number[] {
  return Array.from({ length: workers }, (_, index) =>
    Math.floor((concurrency + workers - 1 - index) / workers),
  );
}
