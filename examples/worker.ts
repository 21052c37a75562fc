/**
 * A worker on NATS: an agent as a process of its own, with its own handlers, for a controller on any machine.
 *
 *   lifeline controller --nats nats://broker:4222
 *   NATS_URL=nats://broker:4222 AGENT_ID=w1 npx tsx examples/worker.ts
 *   echo '{"handler":"words","input":{"text":"to be or not to be"}}' | lifeline run - --url nats://broker:4222
 *
 *   SIGTERM ─▶ takes nothing new ─▶ what runs may end (30 s) ─▶ handed over ─▶ goodbye ─▶ exit 0
 *   a lease that ends while a function will not stop ─▶ exit 1 (have a supervisor start it again)
 */
import { hostname } from 'node:os';
import { createAgent, defineHandler, natsStandIn, natsTransport, openStore } from 'lifeline';
import { pino, type Logger } from 'pino';

/** Counts words, slowly and in small steps, so that the loop turns and a signal is heard. */
export const words = defineHandler({
  name: 'words',
  timeoutMs: 600_000,
  onUnknown: 'retry',
  async run({ text }: { text: string }, task) {
    const counts: Record<string, number> = {};
    const all = text.split(/\s+/).filter((word) => word !== '');
    for (const [index, word] of all.entries()) {
      task.signal.throwIfAborted();
      counts[word] = (counts[word] ?? 0) + 1;
      if (index % 1_000 !== 0) continue;
      task.progress({ done: index, of: all.length });
      await new Promise(setImmediate);
    }
    task.log(`${all.length} words`);
    return counts;
  },
});

export interface WorkerOptions {
  /** `nats://host:4222`; several separated by commas. */
  readonly servers: string;
  /** The agent's id, which no other has. */
  readonly id: string;
  /** Directory of this worker alone. */
  readonly data: string;
  readonly logger: Logger;
  /** How long a close lets run what runs, in ms. Default 30,000. */
  readonly closeWithinMs?: number;
}

/** Resolves when the worker says hello; where there is no controller yet, it waits for one. */
export async function openWorker(options: WorkerOptions) {
  const { servers, id, data, logger, closeWithinMs = 30_000 } = options;
  const nats = { servers, name: `worker ${id}`, logger };
  const transport = await natsTransport(nats);
  // A thread that speaks for the worker while a function keeps its loop busy: blocked is not gone.
  const standIn = await natsStandIn(nats);
  const store = await openStore(data);
  const agent = await createAgent({
    id,
    handlers: [words],
    slots: 4,
    transport,
    standIn,
    store,
    logger,
    // Its work may be given to another worker now, so this one must not go on with it.
    unkillable: (handlers) => {
      logger.fatal({ handlers }, 'The lease is over and these do not stop.');
      process.exit(1);
    },
  });
  return {
    /** Resolves when the agent cannot go on: its store is held by another, or every boot fails. */
    ended: agent.ended,
    async close(): Promise<void> {
      await agent.leave({ withinMs: closeWithinMs });
      for (const opened of [agent, store, standIn, transport]) await opened.close();
    },
  };
}

async function main(): Promise<void> {
  const { NATS_URL = 'nats://127.0.0.1:4222', AGENT_ID = hostname().replaceAll('.', '-') } =
    process.env;
  const logger = pino();
  const data = process.env.DATA ?? `.worker-${AGENT_ID}`;
  const worker = await openWorker({ servers: NATS_URL, id: AGENT_ID, data, logger });
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => void worker.close().then(() => logger.info('goodbye')));
  void worker.ended.then((why) => {
    logger.fatal(why);
    process.exit(1);
  });
  console.log(`Worker ${AGENT_ID} is ready.`);
}

if (process.argv[1] === import.meta.filename) await main();
