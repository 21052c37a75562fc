/**
 * A live system for the tests of the page: the production controller and agents of this process, the real
 * server in front of them, and a link that can be cut.
 *
 *   openSystem() ─▶ controller ═ transport ═ a1, a2 (cut, heal)      transport: memory, or a real nats-server
 *                       └─ http://127.0.0.1:… ◀── the page
 *
 *   restart(): the next term on the same store, at the same port      broker.stop(), broker.restart(): over NATS
 *
 * One for each test file: opening costs more than what is then done with it.
 */
import { silent } from '../../actors/logger.ts';
import { systemClock } from '../../actors/clock.ts';
import type { ApiAccess } from '../../dashboard/server/access.ts';
import { openSamples } from '../../dashboard/server/samples.ts';
import type { ScenarioPlayer } from '../../dashboard/server/scenario-player.ts';
import { createHttpServer, type HttpServer } from '../../dashboard/server/http-server.ts';
import {
  createAgent,
  createController,
  createMemoryDisk,
  memoryTransport,
  natsTransport,
  openMemoryStore,
  type Agent,
  type Controller,
  type ControllerSettings,
  type Handler,
  type MemoryDisk,
  type Transport,
} from '../../index.ts';
import { startTcpProxy, type TcpProxy } from '../../cli/tcp-proxy.ts';
import { startTestNats, type TestNats } from '../nats.ts';
import { fromAgent, toAgent } from '../../transport/subjects.ts';
import { createWork, type Work } from './work.ts';

export interface SystemOptions {
  /** Beside `TIMING`. */
  readonly settings?: ControllerSettings;
  /** Default a1 and a2. */
  readonly agents?: readonly string[];
  /** A real nats-server between them, which can be stopped. Default: memory. */
  readonly nats?: boolean;
  /** Who plays scenarios. Default: nobody. */
  readonly scenarios?: ScenarioPlayer;
}

export interface System extends AsyncDisposable {
  /** `http://127.0.0.1:…`, the same over restarts. */
  readonly url: string;
  readonly token: string;
  /** Of the present term. */
  readonly controller: Controller;
  readonly access: ApiAccess;
  readonly work: Work;
  /** The nats-server, with `nats: true`. */
  readonly broker: TestNats | undefined;
  /** From now on nothing passes between that agent and the controller. */
  readonly cut: (agent: string) => void;
  /** All links pass again. */
  readonly heal: () => void;
  /** Ends the controller and its server, and opens the next term at the same address. */
  restart(): Promise<void>;
  /** Ends the controller and its server. */
  down(): Promise<void>;
  /** The next term, after `down`. */
  up(): Promise<void>;
  /** One more agent, on a disk that can crash. It is closed with the system. */
  join(id: string, handlers: readonly Handler[], disk?: MemoryDisk): Promise<Agent>;
  get<T>(path: string): Promise<T>;
  close(): Promise<void>;
}

/** Short enough that an outage shows within seconds, long enough that nobody is lost on a busy machine. */
export const TIMING = { periodMs: 1_000, delayMs: 1_000, timeoutMs: 60_000 };

const NAMESPACE = 'lifeline';
const TOKEN = 'a'.repeat(64);

/** Opens it; resolves when all agents are connected. */
export async function openSystem({
  settings = {},
  agents: ids = ['a1', 'a2'],
  nats = false,
  scenarios,
}: SystemOptions = {}): Promise<System> {
  const links = nats ? await overNats() : inMemory();
  const work = createWork();
  const disk = createMemoryDisk();
  const agents: Agent[] = [];
  let present: Present | undefined;
  let port = 0;
  const up = async () => {
    present = await openController(links, disk, {
      ...{ settings: { ...TIMING, ...settings }, work, port },
      ...(scenarios ? { scenarios } : {}),
    });
    port = Number(new URL(present.server.url).port);
  };
  const down = async () => {
    await present?.close();
    present = undefined;
  };
  const close = async () => {
    work.finish();
    for (const agent of agents) await agent.close();
    await down();
    await links.close();
  };
  const now = () => {
    if (present === undefined) throw new Error('The controller of this system is down.');
    return present;
  };
  const join = async (id: string, handlers: readonly Handler[], disk = createMemoryDisk()) => {
    const [transport, store] = [await links.open(id), await openMemoryStore(disk)];
    const able = handlers as readonly Handler<never, unknown>[];
    const agent = await createAgent({ id, transport, store, handlers: able, slots: 4 });
    agents.push(agent);
    return agent;
  };
  await up();
  for (const id of ids) await join(id, work.handlers);
  const { url } = now().server;
  const system: System = {
    url,
    token: TOKEN,
    work,
    broker: links.broker,
    get controller() {
      return now().controller;
    },
    get access() {
      return now().access;
    },
    cut: links.cut,
    heal: links.heal,
    async restart() {
      await down();
      await up();
    },
    down,
    up,
    join,
    async get<T>(path: string) {
      const response = await fetch(`${url}/api/v1/${path}`);
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  await becomes(() => ids.every((id) => connectionOf(system, id) === 'connected'));
  return system;
}

/** Resolves once it is so; asked again whenever the event loop has gone round, for a minute at most. */
export async function becomes(condition: () => boolean): Promise<void> {
  const until = systemClock.elapsed() + 60_000;
  while (!condition()) {
    if (systemClock.elapsed() > until) throw new Error(`It never becomes so: ${String(condition)}`);
    await new Promise<void>((resolve) => systemClock.after(5, resolve));
  }
}

/** How the controller sees the connection of an agent; undefined: not at all. */
export const connectionOf = ({ controller }: System, id: string) =>
  controller.agents().find((agent) => agent.id === id)?.connection;

interface Present {
  readonly controller: Controller;
  readonly server: HttpServer;
  readonly access: ApiAccess;
  close(): Promise<void>;
}

async function openController(
  links: Links,
  disk: ReturnType<typeof createMemoryDisk>,
  {
    settings,
    work: { handlers },
    port,
    scenarios,
  }: {
    readonly settings: ControllerSettings;
    readonly work: Work;
    readonly port: number;
    readonly scenarios?: ScenarioPlayer;
  },
): Promise<Present> {
  const store = await openMemoryStore(disk);
  const transport = await links.open('controller');
  const controller = await createController({ transport, store, ...settings });
  const samples = openSamples({ controller, clock: systemClock, logger: silent });
  const access: ApiAccess = {
    store,
    samples,
    controller,
    clock: systemClock,
    logger: silent,
    about: { namespace: NAMESPACE, version: '1.2.3' },
    handlers: new Map(handlers.map((handler) => [handler.name, handler])),
    sources: new Map(),
    ...(scenarios ? { scenarios } : {}),
  };
  const server = await createHttpServer(access, { host: '127.0.0.1', port, token: TOKEN });
  return {
    controller,
    server,
    access,
    async close() {
      await server.close();
      samples.close();
      await controller.close();
      await store.close();
      await links.end('controller');
    },
  };
}

/** What nodes speak over, a transport each. */
interface Links {
  readonly broker: TestNats | undefined;
  open(node: string): Promise<Transport>;
  end(node: string): Promise<void>;
  readonly cut: (agent: string) => void;
  readonly heal: () => void;
  close(): Promise<void>;
}

function inMemory(): Links {
  const transport = memoryTransport({ after: (ms, wake) => systemClock.after(ms, wake) });
  const heals: (() => void)[] = [];
  return {
    broker: undefined,
    open: () => Promise.resolve(transport),
    end: () => Promise.resolve(),
    cut(agent) {
      for (const to of [toAgent, fromAgent]) {
        heals.push(transport.faults.add({ subject: to(NAMESPACE, agent), cut: true }));
      }
    },
    heal() {
      for (const heal of heals.splice(0)) heal();
    },
    close: () => transport.close(),
  };
}

/** Each node through a cable of its own, which can be pulled. */
async function overNats(): Promise<Links> {
  const broker = await startTestNats();
  const nodes = new Map<string, { readonly proxy: TcpProxy; readonly transport: Transport }>();
  const end = async (node: string) => {
    const known = nodes.get(node);
    nodes.delete(node);
    await known?.transport.close();
    await known?.proxy.close();
  };
  return {
    broker,
    async open(node) {
      const proxy = await startTcpProxy(broker.port);
      const transport = await natsTransport({ servers: `nats://127.0.0.1:${proxy.port}` });
      nodes.set(node, { proxy, transport });
      return transport;
    },
    end,
    cut: (agent) => nodes.get(agent)?.proxy.freeze(),
    heal() {
      for (const { proxy } of nodes.values()) proxy.release();
    },
    async close() {
      for (const node of [...nodes.keys()]) await end(node);
      await broker.close();
    },
  };
}
