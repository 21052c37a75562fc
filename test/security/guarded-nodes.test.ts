/**
 * Real nodes under the printed configuration: what is allowed is enough. A controller, an agent and a
 * client work together, a second controller hears that the namespace is taken, and the server has nothing
 * to deny; an agent with the key of another one is denied, and says so.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { createApi } from '../../dashboard/server/api.ts';
import { answerOverTransport } from '../../dashboard/server/control-server.ts';
import { createAgent, createController, createMemoryDisk, natsTransport, openMemoryStore, type NatsTransport } from '../../index.ts'; // prettier-ignore
import { createControlClient } from '../../transport/control.ts';
import { resize } from '../index-world.ts';
import { GuardedServer, type Name } from './guarded-server.ts';

const namespace = 'acme';
let server: GuardedServer;
let denied: string[];
const opened: { close(): Promise<void> }[] = [];
const keep = <T extends { close(): Promise<void> }>(thing: T): T => {
  opened.push(thing);
  return thing;
};

beforeEach(async () => {
  server = await GuardedServer.start();
  denied = [];
});
afterEach(async () => {
  for (const thing of opened.splice(0).reverse()) await thing.close();
  await server.close();
});

const note = (_fields: object, message: string) => void denied.push(message);
const transportOf = async (name: Name): Promise<NatsTransport> =>
  keep(
    await natsTransport({
      servers: server.nats.url,
      nkeyFile: server.seedFileOf(name),
      logger: { info: () => {}, warn: note, error: note },
    }),
  );
const logger = { info: () => {}, warn: () => {}, error: () => {} };
const memory = () => openMemoryStore(createMemoryDisk());

async function openController() {
  const transport = await transportOf('controller');
  const store = await memory();
  return {
    store,
    transport,
    controller: keep(await createController({ namespace, transport, store })),
  };
}

async function openAgent(id: string, as: Name) {
  const transport = await transportOf(as);
  return keep(
    await createAgent({ id, namespace, transport, store: await memory(), handlers: [resize] }),
  );
}

describe('under the printed configuration', () => {
  it('a controller, an agent and a client do a job', async () => {
    const { controller, store, transport } = await openController();
    await openAgent('a1', 'a1');
    const paths = Array.from({ length: 200 }, (_, i) => ({ path: `${i}.jpg` }));
    const job = await controller.startJob({ name: 'thumbs', handler: resize, items: paths });
    expect(await job.ended).toMatchObject({ done: 200, failed: 0 });
    const about = { namespace, version: '0' };
    const access = { store, clock: systemClock, logger, controller, about };
    const api = createApi({ ...access, handlers: new Map(), sources: new Map() });
    const stop = answerOverTransport({ api, transport, clock: systemClock, namespace, logger });
    let ids = 0;
    const client = createControlClient({
      transport: await transportOf('ops'),
      clock: systemClock,
      namespace,
      client: 'ops',
      newId: () => `r${++ids}`,
    });
    const call = { method: 'GET', path: '/api/v1/jobs/thumbs' } as const;
    const answer = await client.request(call, { timeoutMs: 10_000 });
    expect([answer.status, Buffer.from(answer.body).toString()]).toEqual([
      200,
      expect.stringContaining('"name":"thumbs"'),
    ]);
    client.close();
    await stop();
    await api.close();
    expect(denied).toEqual([]);
  });

  it('a second controller hears that the namespace is taken', async () => {
    await openController();
    await expect(openController()).rejects.toThrow('The namespace "acme" has a controller already');
    expect(denied).toEqual([]);
  });

  it('an agent under the id of another one is denied by the server', async () => {
    const { controller } = await openController();
    await openAgent('a2', 'a1');
    const job = await controller.startJob({
      name: 'thumbs',
      handler: resize,
      items: [{ path: 'x' }],
    });
    await openAgent('a1', 'a1');
    expect(await job.ended).toMatchObject({ done: 1 });
    expect(controller.agents().map(({ id }) => id)).toEqual(['a1']);
    expect(denied.join('\n')).toMatch(/acme\.(to|from)\.a2/);
  });
});
