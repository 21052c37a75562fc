/**
 * Who is not let in over HTTP. Every row is a request that would have work done, but for one thing; it is
 * refused, and nothing of it is on record.
 */
import type { OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpServer } from '../../dashboard/server/http-server.ts';
import { closeAll, keep } from '../index-world.ts';
import { send, write, type Sent } from './raw-http.ts';
import { openWorld, TOKEN, type World } from './world.ts';

let world: World;
let port: number;
beforeAll(async () => {
  world = await openWorld();
  const options = { host: '127.0.0.1', port: 0, token: TOKEN };
  const server = keep(await createHttpServer(world.access, options));
  port = Number(new URL(server.url).port);
});
afterAll(closeAll);

const PATH = '/api/v1/sub-transactions';
const facts = () => [...world.store.read(1)].length;

/** A request that is let in, with what is changed about it; a header that is undefined is left out. */
function sneak({ headers = {}, ...rest }: Sent = {}) {
  const good: OutgoingHttpHeaders = {
    host: `127.0.0.1:${port}`,
    authorization: `Bearer ${TOKEN}`,
    'content-type': 'application/json',
  };
  const all = Object.entries({ ...good, ...headers }).filter(([, value]) => value !== undefined);
  const body = JSON.stringify({ handler: 'resize', input: { path: 'sneaky' } });
  return send(port, {
    method: 'POST',
    path: PATH,
    body,
    headers: Object.fromEntries(all),
    ...rest,
  });
}

/** `PORT` stands for the port. */
const REFUSED: readonly (readonly [string, Sent, number])[] = [
  ['the Host of another site', { headers: { host: 'evil.example:PORT' } }, 403],
  ['a Host that only begins like ours', { headers: { host: '127.0.0.1.evil.example:PORT' } }, 403],
  ['a Host that only ends like ours', { headers: { host: 'evil-localhost:PORT' } }, 403],
  ['the Host of another port', { headers: { host: '127.0.0.1:1' } }, 403],
  ['a Host without the port', { headers: { host: '127.0.0.1' } }, 403],
  ['a Host with a user', { headers: { host: 'evil@127.0.0.1:PORT' } }, 403],
  ['a Host with a path', { headers: { host: '127.0.0.1:PORT/x' } }, 403],
  ['an empty Host', { headers: { host: '' } }, 403],
  ['the Origin of another site', { headers: { origin: 'http://evil.example' } }, 403],
  ['the Origin of another port', { headers: { origin: 'http://127.0.0.1:1' } }, 403],
  ['the Origin of another name of ours', { headers: { origin: 'http://localhost:PORT' } }, 403],
  ['the Origin of another scheme', { headers: { origin: 'https://127.0.0.1:PORT' } }, 403],
  ['the Origin of a sandboxed page', { headers: { origin: 'null' } }, 403],
  ['a browser that says cross-site', { headers: { 'sec-fetch-site': 'cross-site' } }, 403],
  ['a browser that says same-site', { headers: { 'sec-fetch-site': 'same-site' } }, 403],
  ['no token', { headers: { authorization: undefined } }, 401],
  ['an empty token', { headers: { authorization: 'Bearer ' } }, 401],
  ['a wrong token', { headers: { authorization: `Bearer ${'b'.repeat(64)}` } }, 401],
  ['half of the token', { headers: { authorization: `Bearer ${TOKEN.slice(0, 32)}` } }, 401],
  ['more than the token', { headers: { authorization: `Bearer ${TOKEN}a` } }, 401],
  ['the bare token', { headers: { authorization: TOKEN } }, 401],
  ['the token as a password', { headers: { authorization: `Basic ${TOKEN}` } }, 401],
  ['the token in a cookie', { headers: { authorization: undefined, cookie: `token=${TOKEN}` } }, 401],
  ['the token in the query', { headers: { authorization: undefined }, path: `${PATH}?token=${TOKEN}` }, 401],
  ['no content type', { headers: { 'content-type': undefined } }, 415],
  ['text', { headers: { 'content-type': 'text/plain' } }, 415],
  ['text that is called JSON too', { headers: { 'content-type': 'text/plain; application/json' } }, 415],
  ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
  ['a form of parts', { headers: { 'content-type': 'multipart/form-data; boundary=x' } }, 415],
  ['something like JSON', { headers: { 'content-type': 'application/jsonp' } }, 415],
  ['PUT', { method: 'PUT' }, 405],
  ['PATCH', { method: 'PATCH' }, 405],
  ['DELETE', { method: 'DELETE' }, 405],
  ['GET that is overridden', { method: 'GET', headers: { 'x-http-method-override': 'POST' } }, 200],
  ['the question of a browser for leave', { method: 'OPTIONS', headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' } }, 403],
  ['the question of our own page for leave', { method: 'OPTIONS', headers: { origin: 'http://127.0.0.1:PORT' } }, 405],
  ['a method that nobody knows', { method: 'PROPFIND' }, 404],
  ['who asks in more than one line', { headers: { 'lifeline-by': 'ada\tbob' } }, 400],
  ['who asks without a name', { headers: { 'lifeline-by': '' } }, 400],
  ['half of a body', { body: '{"handler":"resize","input":{"path":"sneaky"}' }, 400],
  ['a body that is no text', { body: Buffer.from('{"handler":"resize","input":{"path":"\xff"}}', 'latin1') }, 400],
  ['a prototype in the body', { body: '{"handler":"resize","input":{},"__proto__":{"id":"x"}}' }, 400],
  ['a body that is too large', { body: `{"handler":"resize","input":"${'x'.repeat(2_000_000)}"}` }, 413],
]; // prettier-ignore

const withPort = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value).replaceAll('PORT', String(port))) as T;

describe('a request over HTTP', () => {
  it('is let in with everything right', async () => {
    const before = facts();
    expect(await sneak()).toMatchObject({ status: 201 });
    expect(facts()).toBeGreaterThan(before);
    await world.settled();
  });

  it.each([
    ['another name of ours', { host: 'localhost:PORT' }],
    ['a name of ours in capitals', { host: 'LOCALHOST:PORT' }],
    ['an address of ours', { host: '[::1]:PORT' }],
    ['our own page', { origin: 'http://127.0.0.1:PORT', 'sec-fetch-site': 'same-origin' }],
    ['the address bar', { 'sec-fetch-site': 'none' }],
    ['a charset', { 'content-type': 'Application/JSON; charset=utf-8' }],
    ['the scheme of the token in small letters', { authorization: `bearer ${TOKEN}` }],
  ])('is let in with %s', async (_what, headers) => {
    expect(await sneak({ headers: withPort(headers) })).toMatchObject({ status: 201 });
    await world.settled();
  });

  it.each(REFUSED)('is not let in with %s', async (_what, { headers = {}, ...sent }, status) => {
    const given = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value && withPort(value)]),
    );
    const before = facts();
    const answer = await sneak({ headers: given, ...sent });
    expect(answer.status).toBe(status);
    if (status >= 400) {
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(JSON.parse(answer.body)).toMatchObject({
        status,
        detail: expect.any(String) as unknown,
      });
    }
    expect(Object.keys(answer.headers).filter((name) => /^access-control/.test(name))).toEqual([]);
    expect(facts()).toBe(before);
  });

  it.each(['/api/v1/jobs', '/api/v1/agents/a1', '/api/v1/history'])(
    'reads %s without a token, but not for a page of another site',
    async (path) => {
      const host = `127.0.0.1:${port}`;
      expect(await send(port, { path, headers: { host } })).toMatchObject({ status: 200 });
      for (const headers of [
        { host: `evil.example:${port}` },
        { host, origin: 'http://evil.example' },
        { host, 'sec-fetch-site': 'cross-site' },
      ]) {
        expect(await send(port, { path, headers })).toMatchObject({ status: 403 });
      }
    },
  );

  it('is told that somebody is there, and no more, whoever asks', async () => {
    const headers = { host: 'probe.example', origin: 'http://evil.example' };
    const body = '{"status":"ok"}';
    expect(await send(port, { path: '/healthz', headers })).toMatchObject({ status: 200, body });
    for (const path of ['/healthz/../api/v1/jobs', '/healthz?x', '/api/v1/status']) {
      expect(await send(port, { path, headers })).toMatchObject({ status: 403 });
    }
  });

  it('starts nothing as a "simple" POST of a page of another origin', async () => {
    const before = facts();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const headers = {
        origin: 'http://evil.example',
        'sec-fetch-site': 'cross-site',
        'content-type': type,
        authorization: undefined,
      };
      expect((await sneak({ headers })).status).toBe(403);
      // An old browser says less.
      const old = { 'content-type': type, authorization: undefined };
      expect((await sneak({ headers: old })).status).toBe(401);
    }
    expect(facts()).toBe(before);
  });

  it.each([
    ['no HTTP at all', 'HELO evil\r\n\r\n', 400],
    ['no Host', 'GET /api/v1/jobs HTTP/1.1\r\n\r\n', 400],
    ['no Host, in the old way', 'GET /api/v1/jobs HTTP/1.0\r\n\r\n', 403],
    ['endless headers', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
  ])('is refused with %s', async (_what, bytes, status) => {
    expect(await write(port, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it.each(['/api/v1/jobs', '/api/v1/nothing', '/api/v1/jobs/a%2Fb', '/api/v1/jobs/%ff'])(
    'is answered at %s with headers that keep browsers at bay',
    async (path) => {
      const { headers } = await send(port, { path, headers: { host: `127.0.0.1:${port}` } });
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
    },
  );
});
