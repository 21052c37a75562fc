/**
 * A controller with agents in this process, for `run`, `ingest`, `demo` and `up`, or without, for the others.
 *
 *   DATA/controller/          the controller's store: one owner at a time
 *   DATA/agent-1/ agent-2/    the agents' stores (open-agent.ts)
 *   DATA/work/                what came by stdin, by its hash
 *   DATA/address.json token   where the controller answers, and what that costs (address.ts)
 */
import type { AgentNode } from '../actors/agent.ts';
import type { Controller } from '../actors/controller-api.ts';
import { openController } from '../actors/open-controller.ts';
import type { Tap } from '../actors/tap.ts';
import { findContainment } from '../handlers/containment.ts';
import type { Handler } from '../handlers/handler.ts';
import { ingest } from '../handlers/ingest.ts';
import { createShell } from '../handlers/shell.ts';
import { checkOf } from '../handlers/schema.ts';
import type { Store } from '../store/store.ts';
import { memoryTransport, type MemoryTransport } from '../transport/memory.ts';
import type { Transport } from '../transport/transport.ts';
import { openControllerStore } from './controller-store.ts';
import { configureAtStart } from './config-start.ts';
import { newId } from './new-id.ts';
import { openAgent, settleAgents } from './open-agent.ts';
import { aFreePort, serve, type Asked, type Served } from './serve.ts';
import type { Call } from './verb.ts';

/** A command that is over by then answers nobody. */
const SERVES_AFTER_MS = 1_000;

type Surroundings = Pick<
  Call,
  'values' | 'controllerSettings' | 'config' | 'screen' | 'clock' | 'logger' | 'hurry' | 'version'
>;

/** A controller of this process and its agents. */
export interface Nodes {
  readonly store: Store;
  readonly controller: Controller;
  /** Those that have joined. */
  readonly agents: readonly AgentNode[];
  /** Opens the agents: once it is certain that there is something to do for them. */
  readonly join: () => Promise<void>;
  /**
   * Agents take nothing new; resolves when what runs has ended and the controller has it all, logs
   * included, or, once nothing runs, after half a minute: with whether all could end by itself.
   */
  readonly settle: () => Promise<boolean>;
  /** Ends agents and controller; what still runs is killed. */
  readonly close: () => Promise<void>;
}

export interface Embedded extends Nodes {
  readonly transport: MemoryTransport;
}

/**
 * Nodes that speak in memory. What lasts longer than a moment also answers others, on a free port.
 *
 * @param handlers what the agents can do
 * @param agents how many; 0: the controller alone
 * @param options.serves answers others; default: when there are agents
 * @throws {CommandFailed} while another process holds the data directory
 */
export async function openEmbedded(
  call: Surroundings,
  handlers: readonly Handler[],
  agents: number,
  { serves = agents > 0 }: { readonly serves?: boolean } = {},
): Promise<Embedded> {
  const { clock } = call;
  const transport = memoryTransport({ after: (ms, wake) => clock.after(ms, wake) });
  const nodes = await openNodes(call, transport, handlers, agents);
  try {
    if (agents > 0) await configureAtStart(call, nodes.controller);
  } catch (error) {
    await nodes.close();
    throw error;
  }
  const stopServing = serves ? serveLater(call, { ...nodes, transport, handlers }) : undefined;
  return {
    ...nodes,
    transport,
    async close() {
      await stopServing?.();
      await nodes.close();
      await transport.close();
    },
  };
}

/** Loading the server takes longer than many a command lasts, and holds up what runs meanwhile. */
function serveLater(call: Surroundings, asked: Asked): () => Promise<void> {
  let served: Promise<Served | void> | undefined;
  const cancel = call.clock.after(SERVES_AFTER_MS, () => {
    served = serve(call, asked, aFreePort).catch((error: unknown) =>
      call.logger.warn({ err: error }, 'no other command can ask this one'),
    );
  });
  return async () => {
    cancel();
    await (await served)?.close();
  };
}

/**
 * A controller on the data directory, and agents on theirs, on a transport that stays open.
 *
 * @param tap hears all of them. Default: nobody does
 * @throws {CommandFailed} while another process holds the data directory
 * @throws {NamespaceInUse} while another controller is heard on the transport
 */
export async function openNodes(
  call: Surroundings,
  transport: Transport,
  handlers: readonly Handler[],
  agents: number,
  tap?: Tap,
): Promise<Nodes> {
  const { clock, logger, values } = call;
  const opened: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closeOne of opened.splice(0).reverse()) await closeOne();
  };
  try {
    const store = await openControllerStore(values.data);
    opened.push(() => store.close());
    const ports = { transport, store, clock, newId, logger, checkOf, tap };
    const controller = await openController(call.controllerSettings, ports);
    opened.push(() => controller.close());
    const nodes: AgentNode[] = [];
    const join = async () => {
      for (let number = 1; number <= agents; number++) {
        const agent = { id: `agent-${number}`, transport, handlers, tap };
        nodes.push(await openAgent(call, agent, opened));
      }
    };
    const settle = () => settleAgents(nodes, call);
    return { store, controller, agents: nodes, join, settle, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The handlers of this package, for agents and for those who only check work. */
export async function createHandlers(timer: Call['clock']): Promise<readonly Handler[]> {
  const containment = await findContainment();
  return [createShell({ containment, timer }), ingest] as readonly Handler[];
}
