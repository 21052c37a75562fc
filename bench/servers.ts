/**
 * The servers that the contenders stand on, each our own: a free port, a new directory, gone with us.
 *
 * Redis is set up for BullMQ as its documentation asks (append-only file, no eviction) and is spared what
 * would only cost it: no snapshots, and no rewriting of the file in the middle of a round.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { fetchNatsServer } from '../cli/nats-server-fetch.ts';
import { findNatsServer, startNatsServer } from '../cli/nats-server.ts';
import { findCommand } from '../handlers/containment.ts';
import { fetchRedisServer, findRedisServer } from './redis-server.ts';

/** When Redis writes through to the disk: before it answers, or once a second. */
export type Fsync = 'always' | 'everysec';

export interface Server {
  readonly port: number;
  /** As a URL. */
  readonly address: string;
  readonly pid: number;
  close(): Promise<void>;
}

export interface Binaries {
  readonly redis: string;
  readonly nats: string;
}

/** Finds both, and fetches what is missing where there is an apt. */
export async function findServers(env: NodeJS.ProcessEnv): Promise<Binaries> {
  return {
    redis: findRedisServer(env) ?? (await fetchRedisServer(env)),
    nats: findNatsServer({ env }) ?? (await fetchNatsServer({ env })),
  };
}

export async function startNats(binary: string, directory: string): Promise<Server> {
  mkdirSync(directory, { recursive: true });
  const server = await startNatsServer({ binary, directory });
  const { port, url: address, pid } = server;
  return { port, address, pid, close: () => server.stop() };
}

export async function startRedis(binary: string, directory: string, fsync: Fsync): Promise<Server> {
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: directory,
    appendonly: 'yes',
    appendfsync: fsync,
    save: '',
    'auto-aof-rewrite-percentage': '0',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const setpriv = findCommand('setpriv', process.env['PATH'], '/');
  const [command, ...before] =
    setpriv === undefined ? [binary] : [setpriv, '--pdeathsig', 'KILL', '--', binary];
  const child = spawn(command, [...before, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`The redis-server ${binary} does not start: ${said}`)));
    child.stdout.on('data', (piece: Buffer) => {
      said = (said + piece.toString()).slice(-4_000);
      if (said.includes('Ready to accept connections')) resolve();
    });
  });
  return {
    port,
    address: `redis://127.0.0.1:${port}`,
    pid: child.pid!,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill();
      await gone;
    },
  };
}

/** A port that was free a moment ago; Redis cannot choose one itself. */
async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}
