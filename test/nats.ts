/**
 * A nats-server for one test file, on a free port, in a directory of its own.
 *
 *   const nats = await startTestNats();            // or startTestNats('max_payload: 2MB')
 *   … natsTransport({ servers: nats.url }) …
 *   await nats.close();
 *
 * Tests need a real server and fail without one, with a sentence that says how to get it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { findNatsServer, startNatsServer, type NatsServer } from '../cli/nats-server.ts';

export interface TestNats extends NatsServer {
  /** Its own directory, for certificates and key files; gone after `close`. */
  readonly directory: string;
  /** Stops the server and removes its directory. */
  close(): Promise<void>;
}

/** @param configText a nats-server configuration without host and port */
export async function startTestNats(configText?: string): Promise<TestNats> {
  const directory = await mkdtemp(join(tmpdir(), 'lifeline-nats-'));
  try {
    return await startTestNatsIn(directory, configText);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/** As `startTestNats`, for a configuration that names files of a directory, which `close` removes. */
export async function startTestNatsIn(directory: string, configText?: string): Promise<TestNats> {
  const binary = findNatsServer({ env: process.env });
  if (binary === undefined) {
    throw new Error('This test needs a nats-server and there is none: run "npm run setup" once.');
  }
  const server = await startNatsServer({
    binary,
    directory,
    ...(configText === undefined ? {} : { configText }),
  });
  return Object.assign(server, {
    directory,
    async close() {
      await server.kill();
      await rm(directory, { recursive: true, force: true });
    },
  });
}
