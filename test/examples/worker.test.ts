/** The example of a worker on NATS: it works for a controller elsewhere, and lets end what runs when it is told to go. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createController, createMemoryDisk, natsTransport, openMemoryStore } from 'lifeline';
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import { openWorker, words } from '../../examples/worker.ts';
import { startTestNats } from '../nats.ts';
import { stateOf, until } from '../index-world.ts';

const opened: (() => unknown)[] = [];
const keep = <T extends { close(): Promise<void> }>(thing: T): T => {
  opened.push(() => thing.close());
  return thing;
};
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

it('does the work of a controller on the same broker, and says goodbye', async () => {
  const data = mkdtempSync(join(tmpdir(), 'lifeline-worker-'));
  opened.push(() => rmSync(data, { recursive: true }));
  const nats = keep(await startTestNats());
  const logger = pino({ level: 'silent' });
  const transport = keep(await natsTransport({ servers: nats.url }));
  const store = keep(await openMemoryStore(createMemoryDisk()));
  const controller = keep(await createController({ transport, store, logger }));

  const worker = await openWorker({ servers: nats.url, id: 'w1', data, logger });
  expect(await controller.submit(words, { text: 'to be or not to be' })).toEqual({
    to: 2, be: 2, or: 1, not: 1,
  }); // prettier-ignore

  const text = 'and '.repeat(60_000);
  const { id, outcome } = await controller.accept(words, { text });
  await until(() => ['inProgress', 'done'].includes(stateOf(controller, id)!));
  await worker.close();
  expect(await outcome).toMatchObject({ state: 'done', result: { and: 60_000 } });
  expect(controller.agents()).toMatchObject([{ id: 'w1', connection: 'left' }]);
});
