/**
 * A controller and an agent in one service, with handlers of its own: what is accepted is on disk before the
 * answer goes out, and a restart goes on with it.
 *
 *   POST /invoices {customer, cents}   ─▶ 202 {id}          one piece of work
 *   POST /batches/:name [{…}, …]       ─▶ 202 {name}        a job of many
 *   GET  /status/:name                 ─▶ where it is, or its result
 *   GET  /batches/:name/progress       ─▶ a line of JSON per change, until it has ended
 *   GET  /healthz                      ─▶ 200, or 503 while the controller gives no work out
 *   the dashboard                      ─▶ a port of its own, on this machine only
 *
 * Its own log and that of the nodes are one. A signal ends it in order: what runs may finish, what waits stays
 * on disk.
 *
 *   npx tsx examples/invoices.ts
 */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import Fastify, { type FastifyInstance } from 'fastify';
import {
  createAgent,
  createController,
  defineHandler,
  memoryTransport,
  openStore,
  Refused,
  type JobHandle,
} from 'lifeline';
import { openDashboard } from 'lifeline/dashboard';
import { Type } from 'typebox';

const Order = Type.Object({ customer: Type.String(), cents: Type.Integer({ minimum: 1 }) });
const Invoice = Type.Object({ number: Type.Integer(), text: Type.String() });

/** What an invoice needs of the world; a test gives others. */
export interface Desk {
  /** A number that is given once. */
  takeNumber(): Promise<number>;
  /** Hands the text over; the same number again must be harmless, since an attempt may be lost half-way. */
  send(number: number, text: string): Promise<void>;
}

/** Types of input and result follow from the schemas; what does not fit is refused before it is recorded. */
export const createInvoice = (desk: Desk) =>
  defineHandler({
    name: 'invoice',
    input: Order,
    result: Invoice,
    maxRetries: 3,
    delay: (retry) => 1_000 * 2 ** retry,
    timeoutMs: 60_000,
    onUnknown: 'retry',
    async run({ customer, cents }, task) {
      // At most once over all attempts: a later one gets the number that the first one took.
      const number = await task.once('number', () => desk.takeNumber());
      if (number === undefined) throw new Error('Nobody knows the number that was taken.');
      const text = `Invoice ${number} for ${customer}: ${(cents / 100).toFixed(2)} €`;
      task.log(text);
      await desk.send(number, text);
      return { number, text };
    },
  });

export interface InvoicesOptions {
  readonly desk: Desk;
  /** Directory for all that is to be kept. */
  readonly data: string;
  /** How long a close lets run what runs, in ms. Default 10,000. */
  readonly closeWithinMs?: number;
  readonly log?: boolean;
}

/** The service, not yet listening. Its `close()` ends the nodes in order. */
export async function createInvoices(options: InvoicesOptions): Promise<FastifyInstance> {
  const { desk, data, closeWithinMs = 10_000, log = false } = options;
  const app = Fastify({ logger: log });
  const invoice = createInvoice(desk);
  const transport = memoryTransport();
  const common = { transport, logger: app.log };
  const agentStore = await openStore(join(data, 'agent'));
  const agent = await createAgent({ id: 'own', handlers: [invoice], store: agentStore, ...common });
  const store = await openStore(join(data, 'controller'));
  const controller = await createController({ store, ...common });
  const dashboard = await openDashboard({ controller, store, handlers: [invoice], port: 0 });
  app.log.info(`The dashboard is at ${dashboard.address}`);

  const batches = new Map<string, JobHandle>();
  app.post<{ Body: { customer: string; cents: number } }>('/invoices', async ({ body }, reply) => {
    const { id } = await controller.accept(invoice, body);
    return reply.code(202).send({ id });
  });
  app.post<{ Params: { name: string }; Body: { customer: string; cents: number }[] }>(
    '/batches/:name',
    async ({ params: { name }, body }, reply) => {
      batches.set(name, await controller.startJob({ name, handler: invoice, items: body }));
      return reply.code(202).send({ name });
    },
  );
  app.get<{ Params: { name: string } }>('/status/:name', ({ params }) =>
    controller.show(params.name),
  );
  app.get<{ Params: { name: string } }>('/batches/:name/progress', ({ params }, reply) => {
    const batch = batches.get(params.name);
    if (!batch) return reply.callNotFound();
    return reply.type('application/x-ndjson').send(Readable.from(linesOf(batch)));
  });

  app.get('/healthz', (_call, reply) => {
    const { phase } = controller.status();
    return reply.code(phase === 'active' ? 200 : 503).send({ phase });
  });
  app.setErrorHandler((error, _call, reply) => {
    const isRefused = error instanceof Refused || (error as Error).name.startsWith('Invalid');
    if (!isRefused) app.log.error(error);
    return reply.code(isRefused ? 400 : 500).send({ error: (error as Error).message });
  });
  app.addHook('onClose', async () => {
    await dashboard.close();
    await controller.leave();
    await agent.leave({ withinMs: closeWithinMs });
    for (const opened of [agent, controller, agentStore, store, transport]) await opened.close();
  });
  return app;
}

async function* linesOf(batch: JobHandle): AsyncGenerator<string> {
  for await (const { state, done, failed, total } of batch.progress())
    yield `${JSON.stringify({ state, done, failed, total })}\n`;
}

async function main(): Promise<void> {
  let last = Date.now();
  const desk: Desk = {
    takeNumber: () => Promise.resolve(++last),
    send: (_number, text) => Promise.resolve(console.log(text)),
  };
  const app = await createInvoices({ desk, data: process.env.DATA ?? '.invoices', log: true });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void app.close());
  console.log(`Invoices at ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`);
}

if (process.argv[1] === import.meta.filename) await main();
