/** What a controller answers over a transport that loses, repeats and is abused. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import Fastify, { type FastifyInstance } from 'fastify';
import { answerOverTransport } from '../../dashboard/server/control-server.ts';
import { createApi } from '../../dashboard/server/api.ts';
import {
  controlAnswers,
  controlRequests,
  createControlClient,
  LONGEST_REQUEST_MS,
  type ControlAnswer,
  type ControlRequest,
} from '../../transport/control.ts';
import { memoryTransport } from '../../transport/memory.ts';
import { control } from '../../transport/subjects.ts';
import { KEPT_MS, ROOM_OF_CLIENT_BYTES } from '../../dashboard/server/kept-answers.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';
import { closeAll, keep, until } from '../index-world.ts';
import { newIds, openWorld } from './world.ts';

afterEach(closeAll);

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const textOf = ({ body }: { readonly body: Uint8Array }) => new TextDecoder().decode(body);

/** An interface that counts, behind a transport that is heard by the test. */
async function open(answer: (n: number) => unknown = (n) => ({ n })) {
  let asked = 0;
  const parked: (() => void)[] = [];
  const release = () => {
    for (const go of parked.splice(0)) go();
  };
  const api: FastifyInstance = Fastify();
  const by: unknown[] = [];
  api.route({
    method: ['GET', 'POST'],
    url: '/count',
    handler: ({ headers }, reply) => {
      by.push(headers['lifeline-by']);
      return reply.send(answer(++asked));
    },
  });
  api.route({
    method: ['GET', 'POST'],
    url: '/slow',
    handler: async () => {
      asked++;
      await new Promise<void>((resolve) => void parked.push(resolve));
      return {};
    },
  });
  await api.ready();
  const transport = keep(memoryTransport());
  const clock = createVirtualClock();
  const lines: object[] = [];
  const line = (fields: object) => void lines.push(fields);
  const stop = answerOverTransport({
    api,
    transport,
    clock,
    namespace: 'lab',
    logger: { info: line, warn: line, error: line },
  });
  keep({
    async close() {
      release();
      await stop();
      await api.close();
    },
  });
  const heard: { readonly client: string; readonly answer: ControlAnswer }[] = [];
  transport.subscribe('lab.reply.*', (frame, subject) => {
    const decoded = controlAnswers.decode(frame);
    if (!decoded.ok) throw new Error(decoded.why);
    heard.push({ client: subject.split('.').at(-1)!, answer: decoded.frame });
  });
  const send = (change: Partial<ControlRequest> = {}, client = 'eve') => {
    const request: ControlRequest = {
      v: 1, id: 'x1', method: 'POST', path: '/count', by: null, body: json({}), ...change,
    }; // prettier-ignore
    transport.publish(control('lab', client), controlRequests.encode(request));
  };
  return { transport, clock, heard, send, lines, by, asked: () => asked, stop, release };
}

describe('the interface over the transport', () => {
  it('carries a POST out once, however often it comes', async () => {
    const { send, heard, asked } = await open();
    for (let n = 0; n < 5; n++) send();
    await until(() => heard.length === 1);
    for (let n = 0; n < 5; n++) send();
    await until(() => heard.length === 6);
    expect(asked()).toBe(1);
    expect(new Set(heard.map(({ answer }) => textOf(answer)))).toEqual(new Set(['{"n":1}']));
  });

  it('keeps apart what clients ask under the same id', async () => {
    const { send, heard, asked } = await open();
    send({}, 'eve');
    send({}, 'bob');
    await until(() => heard.length === 2);
    expect(asked()).toBe(2);
    expect(heard.map(({ client }) => client).sort()).toEqual(['bob', 'eve']);
  });

  it('keeps every answer of a client for longer than a client asks', async () => {
    const { send, heard, asked, clock } = await open();
    for (let n = 1; n <= 150; n++) {
      send({ id: `a${n}` });
      await until(() => heard.length === n);
    }
    await clock.advance(KEPT_MS - 1);
    expect(KEPT_MS).toBeGreaterThan(LONGEST_REQUEST_MS);
    for (const id of ['a1', 'a150']) send({ id });
    await until(() => heard.length === 152);
    expect(asked()).toBe(150);
    await clock.advance(1);
    send({ id: 'a1' });
    await until(() => heard.length === 153);
    expect(asked()).toBe(151);
  });

  it('has nothing more done for a client whose answers take too much room, and forgets none', async () => {
    const noise = createHash('shake256', { outputLength: 600_000 }).digest('base64');
    const { send, heard, asked, clock } = await open(() => ({ noise }));
    const most = Math.ceil(ROOM_OF_CLIENT_BYTES / noise.length);
    for (let n = 1; n <= most; n++) {
      send({ id: `a${n}` });
      await until(() => heard.length === n);
    }
    send({ id: 'more' });
    await until(() => heard.length === most + 1);
    expect(heard.at(-1)!.answer.status).toBe(503);
    expect(JSON.parse(textOf(heard.at(-1)!.answer))).toMatchObject({ code: 'busy' });
    expect(asked()).toBe(most);
    send({ id: 'a1' });
    send({ id: 'look', method: 'GET', body: null });
    send({ id: 'bobs' }, 'bob');
    await until(() => heard.length === most + 4);
    expect(heard.slice(-3).map(({ answer }) => answer.status)).toEqual([200, 200, 200]);
    expect(asked()).toBe(most + 2);
    await clock.advance(KEPT_MS);
    send({ id: 'more' });
    await until(() => heard.length === most + 5);
    expect(heard.at(-1)!.answer.status).toBe(200);
  });

  it('records who asks: the name of the subject, whatever else is claimed', async () => {
    const { send, by } = await open();
    send({ id: '1', by: null });
    send({ id: '2', by: 'root via admin' });
    await until(() => by.length === 2);
    expect(by).toEqual(['eve', 'root via admin via eve']);
  });

  it.each(['GET', 'POST'] as const)(
    'hears no more at once than it may by %s, and the rest when it is asked again',
    async (method) => {
      const { send, heard, asked, release } = await open();
      const body = method === 'GET' ? null : json({});
      const slow = (from: number, client: string) => {
        for (let n = from; n < from + 30; n++)
          send({ id: `${n}`, method, path: '/slow', body }, client);
      };
      slow(0, 'eve');
      slow(0, 'bob');
      await until(() => asked() === 32);
      const other = method === 'GET' ? 'POST' : 'GET';
      send({ id: 'look', method: other, body: other === 'GET' ? null : json({}) });
      await until(() => heard.length === 1);
      expect(heard[0]!.answer.id).toBe('look');
      expect(asked()).toBe(33);
      release();
      await until(() => heard.length === 33);
      send({ id: 'again', method, body });
      await until(() => heard.length === 34);
    },
  );

  it('drops what is no request, and tells it now and then', async () => {
    const { transport, heard, send, asked, lines } = await open();
    const subject = control('lab', 'eve');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (garbage) => {
        transport.publish(subject, garbage);
        transport.publish(subject, Uint8Array.from([1, ...garbage]));
        await Promise.resolve();
      }),
      { numRuns: 500 },
    );
    send();
    await until(() => heard.length === 1);
    expect(asked()).toBe(1);
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.length).toBeLessThan(20);
    expect(lines.at(-1)).toMatchObject({ client: 'eve', why: expect.any(String) as unknown });
  });

  it('compresses an answer that does not fit into a frame', async () => {
    const { send, heard } = await open(() => ({ text: 'x'.repeat(2_000_000) }));
    send();
    await until(() => heard.length === 1);
    expect(heard[0]!.answer).toMatchObject({ status: 200, gzip: true });
  });

  it('says of an answer that does not fit at all that it is too large', async () => {
    const noise = createHash('shake256', { outputLength: 1_500_000 }).digest('base64');
    const { send, heard } = await open(() => ({ noise }));
    send();
    await until(() => heard.length === 1);
    const { status, type } = heard[0]!.answer;
    expect({ status, type }).toEqual({ status: 413, type: 'application/problem+json' });
    expect(textOf(heard[0]!.answer)).toContain('too much for a message');
  });

  it('answers what it has heard before it ends, and hears nothing more', async () => {
    const { send, heard, asked, stop, release } = await open();
    send({ id: 'slow', path: '/slow' });
    await until(() => asked() === 1);
    let isOver = false;
    const over = stop().then(() => (isOver = true));
    send({ id: 'late' });
    await turns();
    expect({ isOver, heard, asked: asked() }).toEqual({ isOver: false, heard: [], asked: 1 });
    release();
    await over;
    await until(() => heard.length === 1);
    expect(heard[0]!.answer.id).toBe('slow');
  });

  it('ends after two seconds whatever hangs, and says nothing more', async () => {
    const { send, heard, asked, clock, stop, release } = await open();
    send({ id: 'slow', path: '/slow' });
    await until(() => asked() === 1);
    let isOver = false;
    const over = stop().then(() => (isOver = true));
    await clock.advance(1_999);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await over;
    release();
    await turns();
    expect(heard).toEqual([]);
  });
});

/** Longer than an answer takes to get here. */
async function turns(): Promise<void> {
  for (let n = 0; n < 20; n++) await new Promise<void>((go) => systemClock.after(0, go));
}

describe('work that is asked for over a transport that loses every other message', () => {
  it('is taken over once', async () => {
    let coin = 0;
    const lossy = keep(
      memoryTransport({
        after: (ms, wake) => systemClock.after(ms, wake),
        chance: () => (coin++ % 2 === 0 ? 0 : 0.9),
      }),
    );
    const { access, controller, settled } = await openWorld();
    const api = createApi(access);
    const stop = answerOverTransport({
      api,
      transport: lossy,
      clock: systemClock,
      namespace: 'lab',
      logger: access.logger,
    });
    lossy.faults.add({ subject: 'lab.reply.*', drop: 0.5 });
    lossy.faults.add({ subject: 'lab.control.*', duplicate: 1 });
    // A second here is the next round of the event loop.
    const clock = {
      elapsed: () => systemClock.elapsed(),
      after: (ms: number, wake: () => void) => systemClock.after(ms === 1_000 ? 1 : ms, wake),
    };
    const client = createControlClient({
      transport: lossy, clock, namespace: 'lab', client: 'eve', newId: newIds(),
    }); // prettier-ignore
    const post = async (path: string, value: unknown) => {
      const answer = await client.request(
        { method: 'POST', path: `/api/v1/${path}`, body: json(value), by: 'ada' },
        { timeoutMs: 30_000 },
      );
      return { status: answer.status, body: JSON.parse(textOf(answer)) as Record<string, unknown> };
    };
    const work = { handler: 'resize', input: { path: 'a.jpg' } };
    const source = { kind: 'items', id: 'sha256:1' };
    const { body: job } = await post('jobs', { name: 'fed', source });
    const { generation } = job;
    for (let after = 0; after < 20; after += 2) {
      const batch = { generation, after, items: [work, work], ended: after === 18 };
      expect(await post('jobs/fed/items', batch)).toEqual({
        status: 200,
        body: { taken: after + 2 },
      });
    }
    for (let n = 0; n < 10; n++)
      expect(await post('sub-transactions', work)).toMatchObject({ status: 201 });
    await settled();
    const accepted = controller.history({ kinds: ['accepted'], limit: 1_000 }).items;
    expect(accepted.filter(({ by }) => by === 'ada via eve')).toHaveLength(30);
    expect(lossy.faults.counts.dropped).toBeGreaterThan(10);
    client.close();
    await stop();
    await api.close();
  });
});
