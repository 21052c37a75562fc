/**
 * A controller with agents in this process, for `run`, `ingest` and `demo`, or without, for the others.
 *
 *   DATA/controller/          the controller's store: one owner at a time
 *   DATA/agent-1/ agent-2/    the agents' stores
 *   DATA/agent-1/spool/       output of tasks until the controller has it, and what runs (kill-list.ts)
 *   DATA/work/                what came by stdin, by its hash
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AgentNode } from '../actors/agent.ts';
import { openController, type Controller } from '../actors/controller-api.ts';
import { under } from '../actors/records.ts';
import { findContainment } from '../handlers/containment.ts';
import type { Handler } from '../handlers/handler.ts';
import { ingest } from '../handlers/ingest.ts';
import { openKillList } from '../handlers/kill-list.ts';
import { createRunner } from '../handlers/runner.ts';
import { createShell } from '../handlers/shell.ts';
import { checkOf } from '../handlers/schema.ts';
import { openSpool } from '../handlers/spool.ts';
import { openLmdbStore } from '../store/lmdb.ts';
import { OwnerUnknown } from '../store/owner.ts';
import { StoreFailed, StoreInUse, type Store } from '../store/store.ts';
import { memoryTransport, type MemoryTransport } from '../transport/memory.ts';
import { CommandFailed, exitCodes, usage } from './failure.ts';
import type { Call } from './verb.ts';

/** How often it is looked whether the agents have handed everything over. */
const LOOK_EVERY_MS = 10;
/** An agent that cannot hand over what it has keeps it on its disk until the next time. */
const HAND_OVER_WITHIN_MS = 30_000;

type Surroundings = Pick<Call, 'values' | 'controllerSettings' | 'clock' | 'logger' | 'hurry'>;

export interface Embedded {
  readonly store: Store;
  readonly controller: Controller;
  readonly transport: MemoryTransport;
  /** Those that have joined. */
  readonly agents: readonly AgentNode[];
  /** Opens the agents: once it is certain that there is something to do for them. */
  readonly join: () => Promise<void>;
  /**
   * Agents take nothing new; resolves when what runs has ended and the controller has it all, logs
   * included, or, once nothing runs, after half a minute.
   */
  readonly settle: () => Promise<void>;
  /** Ends agents and controller; what still runs is killed. */
  readonly close: () => Promise<void>;
}

export const controllerDirectory = (data: string) => join(resolve(data), 'controller');

/**
 * @param handlers what the agents can do
 * @param agents how many; 0: the controller alone
 * @throws {CommandFailed} while another process holds the data directory
 */
export async function openEmbedded(
  call: Surroundings,
  handlers: readonly Handler[],
  agents: number,
): Promise<Embedded> {
  const { clock, values } = call;
  const opened: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne();
  };
  try {
    const store = await openControllerStore(values.data);
    opened.push(() => store.close());
    const transport = memoryTransport({ after: (ms, wake) => clock.after(ms, wake) });
    opened.push(() => transport.close());
    const { logger } = call;
    const ports = { transport, store, clock, newId, logger, checkOf };
    const controller = await openController(call.controllerSettings, ports);
    opened.push(() => controller.close());
    const nodes: AgentNode[] = [];
    const join = async () => {
      for (let number = 1; number <= agents; number++) {
        nodes.push(await openAgent(call, `agent-${number}`, transport, handlers, opened));
      }
    };
    const settle = () => settled(nodes, store, clock, call.hurry());
    return { store, controller, transport, agents: nodes, join, settle, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens the store of a data directory that was used before. @throws {CommandFailed} when there is none */
export async function openIdle(data: string): Promise<Store> {
  const directory = controllerDirectory(data);
  try {
    readdirSync(existsSync(data) ? data : '.');
  } catch (error) {
    const reason = (error as Error).message;
    throw usage(
      `The data directory ${data} cannot be read (${reason}); choose another with --data.`,
      error,
    );
  }
  if (!existsSync(join(directory, 'data.mdb'))) {
    throw new CommandFailed(
      exitCodes.noController,
      `There is no controller, and nothing was ever run in ${data}: name another directory with --data, or begin with \`lifeline run\` or \`lifeline ingest\`.`,
    );
  }
  return openControllerStore(data);
}

async function openControllerStore(data: string): Promise<Store> {
  try {
    return await openLmdbStore(controllerDirectory(data));
  } catch (error) {
    if (error instanceof StoreFailed || error instanceof OwnerUnknown) {
      throw usage(error.message, error);
    }
    if (!(error instanceof StoreInUse)) throw error;
    throw new CommandFailed(
      exitCodes.usage,
      `The data directory ${data} is in use by another lifeline command: wait for its end, or choose another with --data.`,
      { cause: error },
    );
  }
}

/** The handlers of this package, for agents and for those who only check work. */
export async function createHandlers(timer: Call['clock']): Promise<readonly Handler[]> {
  const containment = await findContainment();
  return [createShell({ containment, timer }), ingest] as readonly Handler[];
}

async function openAgent(
  { values, clock, logger }: Surroundings,
  id: string,
  transport: MemoryTransport,
  handlers: readonly Handler[],
  opened: (() => Promise<void>)[],
): Promise<AgentNode> {
  const directory = join(resolve(values.data), id);
  const { slots, namespace } = values;
  const store = await openLmdbStore(directory);
  opened.push(() => store.close());
  const spool = join(directory, 'spool');
  const logs = openSpool(spool);
  const killList = await openKillList(spool, clock);
  const runner = createRunner({ handlers, logs, killList, clock, idleThreads: slots });
  const ports = { transport, store, clock, newId, logger, runner };
  const agent = await AgentNode.open({ id, namespace, slots }, ports);
  opened.push(() => agent.close());
  return agent;
}

async function settled(
  agents: readonly AgentNode[],
  store: Store,
  clock: Call['clock'],
  hurry: AbortSignal,
): Promise<void> {
  for (const agent of agents) agent.leave();
  let idleSince: number | null = null;
  const isOver = () => {
    if (hurry.aborted || agents.every(({ isSettled }) => isSettled)) return true;
    const [inFlight] = store.range(under('flight'));
    if (inFlight) idleSince = null;
    else idleSince ??= clock.elapsed();
    return idleSince !== null && clock.elapsed() - idleSince > HAND_OVER_WITHIN_MS;
  };
  while (!isOver()) await new Promise<void>((resolve) => clock.after(LOOK_EVERY_MS, resolve));
}

/** 128 bits of chance, as letters and digits. */
const newId = () => randomBytes(16).toString('hex');
