/**
 * A nats-server of our own, for the demo and the tests: finds the binary, starts it, and takes it down.
 *
 *   $NATS_SERVER ──▶ PATH ──▶ the user's cache (nats-server-fetch.ts fills it)
 *
 *   starting ──"Server is ready"──▶ up ──stop, kill or by itself──▶ down ──restart, same port──▶ starting
 *
 * It dies with the process that started it where the system can see to that (setpriv), and elsewhere at its
 * next word, since its output has no reader any more.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findCommand } from '../handlers/containment.ts';
import type { FetchOptions } from './debian-package.ts';
import { CommandFailed, exitCodes, usage } from './failure.ts';
import { cachedNatsServer } from './nats-server-fetch.ts';

export interface NatsServerOptions {
  /** The nats-server to run, as `findNatsServer` gives it. */
  readonly binary: string;
  /** Where its configuration is written and what it runs in. Must exist. */
  readonly directory: string;
  /** Default: one that is free. */
  readonly port?: number;
  /** What it listens on. Default: 127.0.0.1 */
  readonly host?: string;
  /** Its configuration; host, port and where it logs are set by us. Default: none. */
  readonly configText?: string;
}

export interface NatsServer {
  /** `nats://host:port`, the same after each restart. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Resolves when the process that runs now is gone, whoever ended it. */
  readonly ended: Promise<void>;
  /** What it has said, at most the last 64 KB. */
  output(): string;
  /** Lets it end in order. Harmless when it is down. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /**
   * Starts it again on the same port, after stopping it if it is up; with another configuration if one is
   * given. Resolves when it accepts connections.
   */
  restart(configText?: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const OUTPUT_KEPT = 64 * 1024;
const STOP_PATIENCE_MS = 5000;

/**
 * The path of a nats-server on this machine, or undefined.
 *
 * @throws {CommandFailed} when $NATS_SERVER names what is no program
 */
export function findNatsServer(options: FetchOptions): string | undefined {
  const { NATS_SERVER: named, PATH: path = '' } = options.env;
  if (named !== undefined && named !== '') {
    const found = findCommand(named, path, process.cwd());
    if (found !== undefined) return found;
    throw usage(`$NATS_SERVER is ${named}, which is no program; name the binary of a nats-server.`);
  }
  const onPath = path === '' ? undefined : findCommand('nats-server', path, process.cwd());
  return onPath ?? findCommand(cachedNatsServer(options), undefined, '/');
}

/**
 * Starts a nats-server. Resolves when it accepts connections.
 *
 * @throws {CommandFailed} when it ends instead; the sentence holds its last words
 */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const { host = '127.0.0.1' } = options;
  let { configText } = options;
  let running = await launch({ ...options, host, port: options.port ?? 0, configText });
  const { port } = running;
  const end = (signal: NodeJS.Signals) => endOf(running.child, signal);
  const stop = () => end('SIGTERM');
  return {
    url: `nats://${host.includes(':') ? `[${host}]` : host}:${port}`,
    host,
    port,
    get pid() {
      return running.child.pid!;
    },
    get ended() {
      return running.ended;
    },
    output: () => running.output(),
    stop,
    kill: () => end('SIGKILL'),
    async restart(text = configText) {
      configText = text;
      await stop();
      running = await launch({ ...options, host, port, configText });
    },
    [Symbol.asyncDispose]: stop,
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
  readonly ended: Promise<void>;
  output(): string;
}

async function launch(options: {
  readonly binary: string;
  readonly directory: string;
  readonly host: string;
  readonly port: number;
  readonly configText: string | undefined;
}): Promise<Running> {
  const { binary, directory, host, port, configText } = options;
  // nats-server takes 0 for its usual port, and -1 for any that is free.
  const args = ['--addr', host, '--port', String(port === 0 ? -1 : port)];
  if (configText !== undefined) {
    const file = join(directory, 'nats-server.conf');
    await writeFile(file, configText, { mode: 0o600 });
    args.push('--config', file);
  }
  const setpriv = findCommand('setpriv', process.env['PATH'], '/');
  const [command, ...before] =
    setpriv === undefined ? [binary] : [setpriv, '--pdeathsig', 'KILL', '--', binary];
  const child = spawn(command, [...before, ...args], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  return new Promise((resolve, reject) => {
    let said = '';
    const output = () => said;
    const fail = (why: string, cause?: unknown) =>
      reject(
        new CommandFailed(
          exitCodes.someFailed,
          `The nats-server ${binary} does not start on ${host}:${port === 0 ? 'a free port' : port} (${why}).`,
          { cause },
        ),
      );
    child.on('error', (error) => fail(error.message, error));
    child.on('close', () => fail(lastWords(said)));
    child.stderr?.on('data', (piece: Buffer) => {
      said = (said + piece.toString()).slice(-OUTPUT_KEPT);
      const listening = /Listening for client connections on \S+:(\d+)/.exec(said);
      if (listening && said.includes('Server is ready')) {
        resolve({ child, port: Number(listening[1]), ended, output });
      }
    });
  });
}

/** What it said last, without the time and its own number. */
function lastWords(said: string): string {
  const last = said.trim().split('\n').at(-1) ?? '';
  return (
    last.replace(/^\[\d+\] [\d/]+ [\d:.]+ /, '').replace(/^nats-server: /, '') || 'it says nothing'
  );
}

async function endOf(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'close');
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
  child.kill(signal);
  await gone;
  clearTimeout(impatience);
}
