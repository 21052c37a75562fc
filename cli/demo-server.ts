/**
 * The nats-server of the demo: the one that is here, else one that apt fetches, else none. It knows each
 * node by its key and lets it do what its part needs, as `lifeline nats-config` sets it up.
 *
 *   found ───────────────────┬─▶ starts ──▶ DemoServer
 *   fetched, in 20 s at most ┘      └─ not ─▶ a sentence: why the demo has to do without
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNkey } from '../transport/nats-keys.ts';
import { agentIds } from './demo-stage.ts';
import { CommandFailed, exitCodes, failureOf } from './failure.ts';
import { natsServerText, type NatsUser } from './nats-permissions.ts';
import { fetchNatsServer } from './nats-server-fetch.ts';
import { findNatsServer, startNatsServer, type NatsServer } from './nats-server.ts';
import type { Call } from './verb.ts';

/** Where the seeds lie, in the directory of the demo. */
export const KEYS = 'keys';

const FETCH_WITHIN_MS = 20_000;

/** A nats-server that is up. */
export interface DemoServer {
  readonly server: NatsServer;
  readonly version: string;
  /** The file with the seed of a node: `controller`, or the id of an agent. */
  readonly seedOf: (node: string) => string;
}

type Caller = Pick<Call, 'env' | 'clock' | 'screen' | 'values' | 'interruption'>;

/**
 * A nats-server that is up, or why there is none.
 *
 * @param directory takes its configuration and the keys
 * @throws {CommandFailed} `interrupted`, or `usage` when $NATS_SERVER names what is no program
 */
export async function openDemoServer(
  call: Caller,
  directory: string,
): Promise<DemoServer | string> {
  const { env, interruption } = call;
  try {
    const found = findNatsServer({ env }) ?? (await fetchInTime(call));
    return found === undefined
      ? `No nats-server could be fetched within ${FETCH_WITHIN_MS / 1_000} s.`
      : await start(call, directory, found);
  } catch (error) {
    if (interruption().aborted) throw new CommandFailed(exitCodes.interrupted, 'Interrupted.');
    const failure = failureOf(error);
    // What is wrong with $NATS_SERVER is for its owner to mend.
    if (failure.exitCode === exitCodes.usage) throw failure;
    return failure.message;
  }
}

/** The path of a nats-server that was fetched just now; undefined when that took too long. */
async function fetchInTime({
  env,
  clock,
  screen,
  interruption,
}: Caller): Promise<string | undefined> {
  screen.line(
    `There is no nats-server here: apt fetches one into the user's cache, for ${FETCH_WITHIN_MS / 1_000} s at most.`,
  );
  const late = new AbortController();
  const cancel = clock.after(FETCH_WITHIN_MS, () => late.abort());
  try {
    return await fetchNatsServer({ env, signal: AbortSignal.any([late.signal, interruption()]) });
  } catch (error) {
    if (late.signal.aborted) return undefined;
    throw error;
  } finally {
    cancel();
  }
}

async function start(
  { values }: Pick<Call, 'values'>,
  directory: string,
  binary: string,
): Promise<DemoServer> {
  const keys = join(directory, KEYS);
  mkdirSync(keys, { mode: 0o700 });
  const seedOf = (node: string) => join(keys, seedName(node));
  const user = (kind: NatsUser['kind'], name: string): NatsUser => {
    const { seed, publicKey } = createNkey();
    writeFileSync(seedOf(name), `${seed}\n`, { mode: 0o600 });
    return { kind, name, publicKey };
  };
  const agents = agentIds(values.agents).map((id) => user('agent', id));
  const users = [user('controller', 'controller'), ...agents];
  const { namespace } = values;
  const configText = natsServerText({ namespace, listen: '127.0.0.1:-1', users });
  const server = await startNatsServer({ binary, directory, configText });
  const version = /Version: +v?(\S+)/.exec(server.output())?.[1] ?? 'of an unknown version';
  return { server, version, seedOf };
}

/** As `lifeline nats-config` calls them. */
export const seedName = (node: string) =>
  node === 'controller' ? 'controller.nk' : `agent-${node}.nk`;
