/** The server for inspectors: who may connect, what he is told, and that nobody makes it wait. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { createWebSocketInspector } from '@statelyai/inspect';
import { WebSocket } from 'ws';
import { createActor } from 'xstate';
import {
  openInspectorServer,
  type InspectorServer,
} from '../../../dashboard/inspector/inspector-server.ts';
import { createWriter, type Shown } from '../../../dashboard/inspector/message.ts';
import { lease } from '../../../machines/lease.ts';
import { defaultTiming } from '../../../machines/timing.ts';
import { receive } from './receiver.ts';

const root: Shown = {
  ...{ machine: 'controller', session: 'c/controller', name: 'controller', parent: null },
  ...{ state: 'active', context: {}, atMs: Date.UTC(2030, 0, 1) },
};
const { actor, event } = createWriter(root.session);

let server: InspectorServer;
let looks: boolean[];
afterEach(() => server.close());

const open = async () => {
  const own: boolean[] = (looks = []);
  const looking = (is: boolean) => void own.push(is);
  server = await openInspectorServer({ port: 0, present: () => [actor(root)], looking });
  return server.url;
};

const socketTo = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  new WebSocket(url.replace('http', 'ws'), { headers });

/** Status and headers of an answer. */
async function get(url: string, path: string, headers: Readonly<Record<string, string>> = {}) {
  const asked = request(new URL(path, url), { headers });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  return { status: response.statusCode, headers: response.headers };
}

describe('the server for inspectors', () => {
  it('listens at this machine only', async () => {
    const { port } = new URL(await open());
    const others = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of others) {
      const socket = socketTo(`http://${address}:${port}`);
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).toBe('ECONNREFUSED');
    }
  });

  it.each([
    ['a page of another origin', { origin: 'https://evil.example' }],
    ['a page of another port', { origin: 'http://127.0.0.1:1' }],
    ['a name that somebody has resolve to this machine', { host: 'evil.example:80' }],
    ['a sandboxed page', { origin: 'null' }],
  ])('lets %s not listen', async (_, headers) => {
    const socket = socketTo(await open(), headers);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('403');
    expect(looks).toEqual([]);
  });

  it('serves its page, which may frame stately.ai and ask nobody else', async () => {
    const url = await open();
    const { status, headers } = await get(url, '/');
    expect(status).toBe(200);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).toContain('frame-src https://stately.ai https://*.stately.ai;');
    expect((await get(url, '/other')).status).toBe(404);
    expect((await get(url, '/', { host: 'evil.example' })).status).toBe(403);
  });

  it('tells the receiver of Stately how everything is, and then what happens', async () => {
    const receiver = receive(await open());
    await receiver.until((actors) => actors.has(root.session));
    server.tell(event(root, 7, { type: 'drain' }, null));
    await receiver.until(() => receiver.messages.length === 2);
    expect(receiver.messages).toMatchObject([
      { type: '@xstate.actor', sessionId: 'c/controller' },
      { type: '@xstate.event', event: { type: 'drain' }, id: '7' },
    ]);
    expect(receiver.flaws).toEqual([]);
    expect(looks).toEqual([true]);
  });

  it('says when nobody looks any more', async () => {
    const url = await open();
    const sockets = [socketTo(url), socketTo(url)];
    for (const socket of sockets) await once(socket, 'message');
    for (const socket of sockets) {
      socket.close();
      await once(socket, 'close');
    }
    await expect.poll(() => looks).toEqual([true, false]);
  });

  it('cuts off who does not take what he is told', async () => {
    const slow = socketTo(await open());
    await once(slow, 'message');
    const closed = once(slow, 'close');
    slow.pause();
    const much = event(root, 1, { type: 'much', text: 'x'.repeat(100_000) }, null);
    for (let i = 0; i < 200; i++) server.tell(much);
    await expect.poll(() => looks).toEqual([true, false]);
    slow.resume();
    await closed;
  });

  it('passes on what a program tells of its own actors, for those who come later as well', async () => {
    const url = await open();
    const early = receive(url);
    await early.until((actors) => actors.size === 1);
    const inspector = createWebSocketInspector({ url: url.replace('http', 'ws') });
    const input = { stamp: 0, timing: defaultTiming, at: 0 };
    const own = createActor(lease, { input, inspect: inspector.inspect, id: 'mine' }).start();
    own.send({ type: 'timeout', at: 20_000 });
    await early.until((actors) => actors.get(own.sessionId)?.value === 'late');
    const later = receive(url);
    await later.until((actors) => actors.get(own.sessionId)?.value === 'late');
    expect(later.actors.get(own.sessionId)?.machine).toBe('lease');
    const stranger = socketTo(url);
    await once(stranger, 'message');
    stranger.send('{"type":"@xstate.actor"}');
    stranger.send('nonsense');
    inspector.stop();
  });

  it('says what to do when its port is taken', async () => {
    const { port } = new URL(await open());
    const again = openInspectorServer({ port: Number(port), present: () => [], looking: () => {} });
    await expect(again).rejects.toThrow(/is taken; choose another with --port/);
  });
});
