/**
 * Opens one agent of this process on its directory, for the commands that have some of their own and for
 * `lifeline agent`, which is nothing else.
 *
 *   DATA/<id>/          its store: one owner at a time
 *   DATA/<id>/spool/    output of tasks until the controller has it, what runs (kill-list.ts), and
 *                       whether a lease was over (guard.ts)
 */
import { writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AgentNode, type AgentPorts } from '../actors/agent.ts';
import { settleAgents as settle } from '../actors/settling.ts';
import type { Handler, Runner } from '../handlers/handler.ts';
import { openKillList } from '../handlers/kill-list.ts';
import { createRunner } from '../handlers/runner.ts';
import { openSpool } from '../handlers/spool.ts';
import { openLmdbStore } from '../store/lmdb.ts';
import type { Transport } from '../transport/transport.ts';
import { newId } from './new-id.ts';
import type { Values } from './settings.ts';
import { shownDuration } from './shown.ts';
import type { Call } from './verb.ts';

const STDERR = 2;

export interface AgentToOpen extends Pick<AgentPorts, 'idTaken' | 'standIn' | 'tap'> {
  readonly id: string;
  readonly transport: Transport;
  readonly handlers: readonly Handler[];
  /** This process is the agent and nothing else: its guard ends it with its lease. Default false. */
  readonly ownsProcess?: boolean;
  /** Called with each echo of the controller: what runs may live so long from now. */
  readonly leased?: (ms: number) => void;
}

/**
 * When the lease is over and there is code of a handler that cannot be killed, the process ends itself.
 *
 * @param opened is given what closes the agent, in order
 * @throws {StoreInUse} {ProcessesLeft} {InvalidHandler} one sentence
 */
export async function openAgent(
  { values, clock, logger }: Pick<Call, 'values' | 'clock' | 'logger'>,
  { id, transport, handlers, leased, ownsProcess = false, ...hooks }: AgentToOpen,
  opened: (() => Promise<void>)[],
): Promise<AgentNode> {
  const directory = join(resolve(values.data), id);
  const { slots, namespace, address, 'log-cap': attemptBytes, 'spool-cap': totalBytes } = values;
  const store = await openLmdbStore(directory);
  opened.push(() => store.close());
  const spool = join(directory, 'spool');
  const logs = openSpool(spool, { attemptBytes, totalBytes });
  const killList = await openKillList(spool, clock, slots);
  const runner = createRunner({
    handlers,
    logs,
    killList,
    clock,
    idleThreads: slots,
    endsAgent: ownsProcess
      ? { killTimeMs: values['kill-time'], mark: join(spool, 'lease-over') }
      : undefined,
    onLeftRunning: endProcess,
  });
  const heard: Runner = {
    ...runner,
    leaseFor(ms) {
      leased?.(ms);
      runner.leaseFor(ms);
    },
  };
  const world = { transport, store, clock, newId, logger, runner: heard };
  const ports = { ...world, ...hooks, unkillable: endProcess };
  const agent = await AgentNode.open(
    { id, namespace, slots, ...(address === undefined ? {} : { address }) },
    ports,
  );
  // One that ends with its controller leaves what is cut short to the next command, which goes on with it.
  opened.push(() => agent.close({ handsOver: ownsProcess }));
  return agent;
}

/** What `--drain-time` says of those that leave at a signal; a second one hurries. @returns whether all could end by itself */
export const settleAgents = (
  agents: readonly AgentNode[],
  { values, clock, hurry }: Pick<Call, 'values' | 'clock' | 'hurry'>,
): Promise<boolean> => settle(agents, { clock, withinMs: values['drain-time'], hurried: hurry() });

/** How long a signal lets tasks run, as a part of a sentence. */
export const withinOf = ({ 'drain-time': drainMs }: Values): string =>
  drainMs === undefined ? '' : `, for at most ${shownDuration(drainMs)}`;

/** Nothing else ends code that runs in this process; and what it does may soon be done by another agent. */
function endProcess(handlers: readonly string[]): void {
  const which = handlers.join(', ');
  writeSync(
    STDERR,
    `lifeline: The lease is over and this handler cannot be stopped: ${which}; so this process ends itself. Give it a module instead of a function, and it can.\n`,
  );
  process.kill(process.pid, 'SIGKILL');
}
