/**
 * The machines alone: a fastify service that hands orders to a courier over somebody's web API. The statechart
 * knows when to ask again, when to try again and when to give up; the service only carries messages.
 *
 *   POST /orders {to}          ─▶ queued ─▶ sent: the courier is called with order and attempt
 *   POST /orders/7/pulses      ◀── the courier says received, inProgress, done or failed
 *   idleMs without a pulse     ─▶ idle: asked again with each sweep, same order, same attempt
 *   failed                     ─▶ waiting ─▶ queued ─▶ the next attempt, 1 + maxRetries at most
 *
 * Nothing of Lifeline is loaded but `lifeline/machines`, which needs XState only. What is known of an order is
 * plain JSON at any moment; it is saved at each change, and a restart goes on from there.
 *
 *   npx tsx examples/orders.ts        with a courier that is only pretended
 */
import Fastify, { type FastifyInstance } from 'fastify';
import {
  subTransaction,
  withDeadlines,
  type DeadlineClock,
  type SubTransactionEvent,
  type SubTransactionPolicy,
} from 'lifeline/machines';
import { createActor, type Actor, type Snapshot } from 'xstate';

/** Who carries the orders. The same order and attempt again is a question, and no second parcel. */
export interface Courier {
  carry(order: { readonly number: number; readonly attempt: number; readonly to: string }): void;
  callOff(order: { readonly number: number; readonly attempt: number }): void;
}

/** An order as it is kept: where it goes, and the whole state of its statechart. */
export interface Saved {
  readonly to: string;
  readonly chart: Snapshot<unknown>;
}

export interface OrdersOptions {
  readonly courier: Courier;
  readonly clock: DeadlineClock;
  /** Orders by number; in real life a table of your database. */
  readonly saved: Map<number, Saved>;
}

interface Pulse {
  readonly type: 'received' | 'inProgress' | 'done' | 'failed';
  readonly attempt: number;
}

const policy: SubTransactionPolicy = {
  maxRetries: 3,
  delaysMs: [30_000, 120_000],
  maxLosses: 4,
  onUnknown: 'park',
  idleMs: 120_000,
};
const SWEEP_MS = 60_000;

/** All orders, each with its statechart. */
function openOrderBook({ courier, clock, saved }: OrdersOptions) {
  const orders = new Map<number, { readonly to: string; readonly actor: Actor<typeof machine> }>();
  const endings: (() => void)[] = [];
  const actorOf = (number: number) => orders.get(number)?.actor;

  const send = (number: number, event: SubTransactionEvent) => {
    const actor = actorOf(number);
    if (actor?.getSnapshot().status === 'active') actor.send(event);
  };

  const carry = (number: number, attempt: number) =>
    courier.carry({ number, attempt, to: orders.get(number)!.to });
  const handOut = (number: number) => {
    const actor = actorOf(number)!;
    actor.send({ type: 'assign', agent: 'courier', boot: 1, at: clock.now() });
    carry(number, actor.getSnapshot().context.attempt);
  };
  // `birth` is a number that never comes again: here that of the order.
  const machine = subTransaction.provide({
    actions: {
      askAgent: ({ context }) => carry(context.birth, context.attempt),
      killAttempt: ({ context: { birth, attempt } }) => courier.callOff({ number: birth, attempt }),
      putInQueue: ({ context }) => queueMicrotask(() => handOut(context.birth)),
    },
  });
  const open = (number: number, to: string, chart?: Snapshot<unknown>) => {
    const input = { birth: number, policy, at: clock.now() };
    const actor = createActor(machine, chart ? { input, snapshot: chart } : { input });
    orders.set(number, { to, actor });
    actor.subscribe(() => saved.set(number, { to, chart: actor.getPersistedSnapshot() }));
    // The machines have no timers: they say when they want to be woken, and this wakes them.
    endings.push(withDeadlines(actor, clock));
    if (actor.start().getSnapshot().matches('queued')) handOut(number);
  };
  /** Asks the courier about each order of which he says nothing. */
  const sweep = () => {
    endSweep = clock.after(SWEEP_MS, sweep);
    for (const { actor } of orders.values())
      if (actor.getSnapshot().matches('idle')) actor.send({ type: 'ask', at: clock.now() });
  };
  let endSweep = clock.after(SWEEP_MS, sweep);
  for (const [number, { to, chart }] of saved) open(number, to, chart);

  return {
    place(to: string): number {
      const number = orders.size + 1;
      open(number, to);
      return number;
    },
    /** What is said of another attempt than the present one changes nothing: the statechart sees to that. */
    hear(number: number, { type, attempt }: Pulse) {
      const heard = { attempt, at: clock.now() };
      send(number, type === 'failed' ? { type, cause: 'error', ...heard } : { type, ...heard });
    },
    cancel: (number: number) => send(number, { type: 'cancel', by: 'web', at: clock.now() }),
    show(number: number) {
      const snapshot = actorOf(number)?.getSnapshot();
      if (!snapshot) return undefined;
      const { attempt, retries, cause } = snapshot.context;
      return { order: number, state: snapshot.value, attempt, retries, cause };
    },
    close: () => [endSweep, ...endings].forEach((end) => end()),
  };
}

const placed = { type: 'object', required: ['to'], properties: { to: { type: 'string' } } };
const pulse = {
  type: 'object',
  required: ['type', 'attempt'],
  properties: {
    type: { enum: ['received', 'inProgress', 'done', 'failed'] },
    attempt: { type: 'integer' },
  },
};
type OfOrder = { Params: { number: string } };

/** The service, not yet listening. Its `close()` ends the timers, too. */
export function createOrders(options: OrdersOptions): FastifyInstance {
  const book = openOrderBook(options);
  const app = Fastify();
  app.post<{ Body: { to: string } }>('/orders', { schema: { body: placed } }, ({ body }, reply) =>
    reply.code(201).send(book.show(book.place(body.to))),
  );
  app.get<OfOrder>('/orders/:number', ({ params }, reply) => {
    const order = book.show(Number(params.number));
    return order ? reply.send(order) : reply.callNotFound();
  });
  app.post<OfOrder & { Body: Pulse }>(
    '/orders/:number/pulses',
    { schema: { body: pulse } },
    ({ params, body }, reply) => {
      book.hear(Number(params.number), body);
      return reply.send(book.show(Number(params.number)));
    },
  );
  app.delete<OfOrder>('/orders/:number', ({ params }, reply) => {
    book.cancel(Number(params.number));
    return reply.send(book.show(Number(params.number)));
  });
  app.addHook('onClose', (_app, done) => {
    book.close();
    done();
  });
  return app;
}

async function main(): Promise<void> {
  const clock: DeadlineClock = {
    now: () => Date.now(),
    after(ms, wake) {
      const timer = setTimeout(wake, ms);
      return () => clearTimeout(timer);
    },
  };
  const say = (order: number, said: Pulse) =>
    app.inject({ method: 'POST', url: `/orders/${order}/pulses`, payload: said });
  /** Pretended: a real one is called over the network, and calls back. */
  const courier: Courier = {
    carry({ number, attempt, to }) {
      console.log(`courier: order ${number} to ${to}, attempt ${attempt}`);
      void say(number, { type: 'inProgress', attempt });
      setTimeout(() => void say(number, { type: 'done', attempt }), 1_000).unref();
    },
    callOff: ({ number }) => console.log(`courier: order ${number} is called off`),
  };
  const app = createOrders({ courier, clock, saved: new Map() });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void app.close());
  console.log(`Orders at ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`);
}

if (process.argv[1] === import.meta.filename) await main();
