/** Where the server listens, by which names it goes, and how it ends. */
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { createHttpServer } from '../../dashboard/server/http-server.ts';
import { InvalidSetting } from '../../machines/timing.ts';
import { createAuthority } from '../certificates.ts';
import { closeAll, keep } from '../index-world.ts';
import { send } from './raw-http.ts';
import { openWorld, TOKEN } from './world.ts';

const authority = createAuthority();
const { certificate: cert, key } = authority.issue('localhost', 'lifeline.test', '127.0.0.1');
const tls = { cert, key };
afterEach(closeAll);

async function listen(host: string, secure: boolean) {
  const { access } = await openWorld();
  const options = { host, port: 0, token: TOKEN, ...(secure ? { tls } : {}) };
  const server = keep(await createHttpServer(access, options));
  return { access, server, port: Number(new URL(server.url).port) };
}

describe('the HTTP server', () => {
  it.each(['127.0.0.1', 'localhost'])('listens at %s without TLS', async (host) => {
    const { server, port } = await listen(host, false);
    expect(server.url).toBe(`http://127.0.0.1:${port}`);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.com', '127.0.0.1.example.com'])(
    'does not listen at %s without TLS',
    async (host) => {
      const { access } = await openWorld();
      await expect(createHttpServer(access, { host, port: 0, token: TOKEN })).rejects.toThrow(
        new InvalidSetting(
          `Others can reach ${host}: give --tls-cert and --tls-key, or listen at 127.0.0.1.`,
        ),
      );
    },
  );

  it('tells others nothing without the token, and goes by the names of its certificate', async () => {
    const { server, port } = await listen('0.0.0.0', true);
    expect(server.url).toBe(`https://localhost:${port}`);
    const authorization = `Bearer ${TOKEN}`;
    const ask = (host: string, headers: object = { authorization }) =>
      send(port, {
        path: '/api/v1/jobs',
        headers: { host, ...headers },
        ca: authority.certificate,
      });
    for (const host of [`localhost:${port}`, `lifeline.test:${port}`, `127.0.0.1:${port}`]) {
      expect(await ask(host)).toMatchObject({ status: 200 });
      expect(await ask(host, {})).toMatchObject({ status: 401 });
    }
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost', `192.0.2.1:${port}`]) {
      expect(await ask(host)).toMatchObject({ status: 403 });
    }
    const health = { path: '/healthz', headers: { host: 'x' }, ca: authority.certificate };
    expect(await send(port, health)).toMatchObject({ status: 200 });
  });

  it('gives its page to whoever can reach it, and nothing else by another spelling', async () => {
    const { port } = await listen('0.0.0.0', true);
    const ask = async (path: string, headers: object = {}, method = 'GET') => {
      const host = `localhost:${port}`;
      const sent = { path, method, headers: { host, ...headers }, ca: authority.certificate };
      return (await send(port, sent)).status;
    };
    // 404 where the page is not built.
    for (const path of ['/', '/jobs/thumbs?x=1', '/assets/main.js']) {
      expect([200, 404]).toContain(await ask(path, { accept: 'text/html' }));
    }
    for (const path of ['/api/v1/jobs', '/%61pi/v1/jobs', '/api/v1/%6Aobs']) {
      expect(await ask(path, { accept: 'text/html' }), path).toBe(401);
    }
    expect(await ask('/', {}, 'POST')).toBe(401);
    const link = {
      accept: 'text/html',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
    };
    expect([200, 404]).toContain(await ask('/jobs', link));
    expect(await ask('/api/v1/jobs', link)).toBe(403);
    expect(await ask('/icon.svg', { 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await ask('/', { host: 'evil.example' })).toBe(403);
  });

  it.each([
    ['no certificate', () => ({ ...tls, cert: 'x' }), '--tls-cert holds no PEM certificate'],
    ['no key', () => ({ ...tls, key: 'x' }), 'do not belong together, or hold no PEM'],
  ])('refuses %s', async (_what, pair, sentence) => {
    const { access } = await openWorld();
    const options = { host: '127.0.0.1', port: 0, token: TOKEN, tls: pair() };
    await expect(createHttpServer(access, options)).rejects.toThrow(sentence);
  });

  it('says that its port is taken, and that an address is not of this machine', async () => {
    const { access, port } = await listen('127.0.0.1', false);
    const options = { host: '127.0.0.1', port, token: TOKEN };
    await expect(createHttpServer(access, options)).rejects.toThrow(
      new InvalidSetting(`Port ${port} at 127.0.0.1 is taken; choose another with --port.`),
    );
    await expect(createHttpServer(access, { ...options, host: '192.0.2.1', tls })).rejects.toThrow(
      'this machine has no such address',
    );
  });

  it.each([
    ['asks nothing', ''],
    ['has not asked to the end', 'GET /healthz HT'],
    ['never sends its body', `POST /api/v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n`],
  ])('does not wait for a connection that %s', async (_what, text) => {
    for (const secure of [false, true]) {
      const { server, port } = await listen('127.0.0.1', secure);
      const socket = connect(port, '127.0.0.1');
      const isClosed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
      await new Promise<void>((resolve) => socket.on('connect', resolve));
      socket.on('error', () => {});
      socket.resume();
      socket.write(text);
      // Once another one is answered, this one is known to the server.
      const host = `localhost:${port}`;
      await send(port, {
        path: '/healthz',
        headers: { host },
        ...(secure ? { ca: authority.certificate } : {}),
      });
      await server.close();
      await isClosed;
    }
  });

  it('answers what it has been asked before it ends', async () => {
    const { access, server, port } = await listen('127.0.0.1', false);
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      access.controller!.obstacles = () => {
        resolve();
        return new Promise((go) => (answer = () => go(new Map())));
      };
    });
    const headers = { host: `127.0.0.1:${port}` };
    const answered = send(port, { path: '/api/v1/jobs', headers });
    await asked;
    const closed = server.close();
    answer();
    expect(await answered).toMatchObject({ status: 200 });
    await closed;
  });

  it('does not wait for connections that are kept alive', async () => {
    const { server } = await listen('127.0.0.1', false);
    const agent = new Agent({ keepAlive: true });
    await new Promise<void>((resolve, reject) => {
      get(`${server.url}/healthz`, { agent }, (response) => {
        response.resume();
        response.on('end', resolve);
      }).on('error', reject);
    });
    const startedAt = systemClock.elapsed();
    await server.close();
    expect(systemClock.elapsed() - startedAt).toBeLessThan(4_000);
    agent.destroy();
  });

  it('tells the log of what nobody foresaw, and whoever asked nothing of it', async () => {
    const lines: { readonly fields: object; readonly message: string }[] = [];
    const error = (fields: object, message: string) => void lines.push({ fields, message });
    const { access } = await openWorld({ logger: { info: error, warn: error, error } });
    const options = { host: '127.0.0.1', port: 0, token: TOKEN };
    const server = keep(await createHttpServer(access, options));
    const body = JSON.stringify({ source: { kind: 'pictures' } });
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const response = await fetch(`${server.url}/api/v1/jobs`, { method: 'POST', headers, body });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('never told');
    expect(lines).toMatchObject([
      { fields: { err: { message: 'never told' }, method: 'POST' }, message: 'a request failed' },
    ]);
  });
});
