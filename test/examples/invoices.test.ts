/** The example of a controller and an agent in one service: its routes, its restart, and its handler under virtual time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTestWorld } from 'lifeline/testing';
import { createInvoice, createInvoices, type Desk } from '../../examples/invoices.ts';
import { stateOf, until } from '../index-world.ts';

let data: string;
let app: FastifyInstance | undefined;
beforeEach(() => (data = mkdtempSync(join(tmpdir(), 'lifeline-invoices-'))));
afterEach(async () => {
  await app?.close();
  rmSync(data, { recursive: true });
});

function createDesk(): Desk & { readonly sent: string[]; taken: number } {
  const sent: string[] = [];
  return {
    sent,
    taken: 0,
    takeNumber() {
      return Promise.resolve(++this.taken);
    },
    send: (number, text) => Promise.resolve(void sent.push(`${number} ${text}`)),
  };
}

const get = async (url: string) => (await app!.inject({ url })).json<Record<string, unknown>>();
const post = (url: string, payload: object) => app!.inject({ method: 'POST', url, payload });
async function shown(name: string): Promise<Record<string, unknown>> {
  let last: Record<string, unknown> = {};
  let isAsking = false;
  const ask = async () => {
    isAsking = true;
    last = await get(`/status/${name}`);
    isAsking = false;
  };
  await until(() => {
    if (!isAsking && last.endedAt == null) void ask();
    return last.endedAt != null;
  });
  return last;
}

describe('the service', () => {
  it('takes an invoice, does it, and shows its result', async () => {
    const desk = createDesk();
    app = await createInvoices({ desk, data });
    const answer = await post('/invoices', { customer: 'Ada', cents: 1250 });
    expect(answer.statusCode).toBe(202);
    expect(await shown(answer.json<{ id: string }>().id)).toMatchObject({
      state: 'done',
      result: { number: 1, text: 'Invoice 1 for Ada: 12.50 €' },
    });
    expect(desk.sent).toEqual(['1 Invoice 1 for Ada: 12.50 €']);
    expect(await get('/healthz')).toEqual({ phase: 'active' });
  });

  it('takes a batch and tells its progress line by line', async () => {
    app = await createInvoices({ desk: createDesk(), data });
    const items = ['Ada', 'Bob', 'Cleo'].map((customer) => ({ customer, cents: 100 }));
    expect((await post('/batches/may', items)).statusCode).toBe(202);
    const { body } = await app.inject({ url: '/batches/may/progress' });
    const lines = body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines.at(-1)).toEqual({ state: 'finished', done: 3, failed: 0, total: 3 });
  });

  it('refuses what does not fit, in one sentence', async () => {
    app = await createInvoices({ desk: createDesk(), data });
    const answer = await post('/invoices', { customer: 'Ada', cents: 0 });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ error: expect.stringContaining('/cents') as string });
    expect((await app.inject({ url: '/status/nothing' })).statusCode).toBe(400);
  });

  it('lets end what runs when it is closed, and shows it after a restart', async () => {
    const desk = createDesk();
    let deliver = () => {};
    const begun = new Promise<void>((isBegun) => {
      desk.send = (number, text) =>
        new Promise((resolve) => {
          deliver = () => resolve(void desk.sent.push(`${number} ${text}`));
          isBegun();
        });
    });
    app = await createInvoices({ desk, data });
    const { id } = (await post('/invoices', { customer: 'Ada', cents: 5 })).json<{ id: string }>();
    await begun;
    const closing = app.close();
    deliver();
    await closing;
    expect(desk.sent).toHaveLength(1);
    app = await createInvoices({ desk: createDesk(), data });
    expect(await get(`/status/${id}`)).toMatchObject({ state: 'done' });
  });
});

it('takes one number for an invoice, although its first attempt fails and its agent dies', async () => {
  const desk = createDesk();
  let calls = 0;
  desk.send = () =>
    ++calls === 1 ? Promise.reject(new Error('the post is closed')) : Promise.resolve();
  await using world = await openTestWorld({ agents: { a1: [createInvoice(desk)] } });
  const invoice = createInvoice(desk);
  const { id, outcome } = await world.until(
    world.controller.accept(invoice, { customer: 'Ada', cents: 5 }),
  );
  await world.until(() => stateOf(world.controller, id) === 'waiting');
  world.crash('a1');
  await world.start('a1');
  expect(await world.until(outcome)).toMatchObject({
    state: 'done',
    result: { number: 1, text: 'Invoice 1 for Ada: 0.05 €' },
  });
  expect(desk.taken).toBe(1);
  expect(world.tasks.map(({ attempt, exit }) => [attempt, exit])).toEqual([
    [1, 'failed'],
    [2, 'done'],
  ]);
});
