/**
 * The event stream: what a page is told, that it goes on where it was, and that nobody is waited for.
 *
 *   connect ─▶ open ─▶ facts … ─cut─ ▶ connect with the last number ─▶ open ─▶ what was missed
 */
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpServer } from '../../dashboard/server/http-server.ts';
import { closeAll, keep, resize, until } from '../index-world.ts';
import { openEvents } from './event-stream.ts';
import { askInject, openWorld, TOKEN } from './world.ts';

afterEach(closeAll);

async function listen() {
  const world = await openWorld();
  await world.settled();
  const server = keep(
    await createHttpServer(world.access, { host: '127.0.0.1', port: 0, token: TOKEN }),
  );
  const connect = async (options: Parameters<typeof openEvents>[1] = {}) =>
    keep(await openEvents(server.url, options));
  const facts = () => [...world.store.read(1)].map(([n]) => n);
  return { ...world, server, connect, facts };
}

describe('the event stream', () => {
  it('says first where it stands, then what happens, in order and whole', async () => {
    const { controller, connect, facts } = await listen();
    const before = facts().at(-1)!;
    const page = await connect();
    expect(page.response.headers).toMatchObject({ 'content-type': 'text/event-stream' });
    expect((await page.told('open')).data).toEqual({
      position: before,
      oldest: 1,
      term: 1,
      controllerId: expect.any(String) as unknown,
      version: '1.2.3',
      namespace: 'lifeline',
    });
    await controller.submit(resize, { path: 'dog.jpg' }, { id: 'dog' });
    await until(() => page.facts().some(({ id, state }) => id === 'dog' && state === 'done'));
    const told = page.facts().map(({ n }) => n);
    expect(told).toEqual(facts().filter((n) => n > before && n <= told.at(-1)!));
    expect(page.events.at(-1)!.id).toBe(told.at(-1));
  });

  it('goes on where a client was that comes back, by header and by query', async () => {
    const { controller, connect, facts } = await listen();
    const [first, last] = [facts().at(10)!, facts().at(-1)!];
    for (const options of [{ headers: { 'last-event-id': String(first) } }, { after: first }]) {
      const page = await connect(options);
      const { id } = await page.told('facts');
      expect(id).toBe(last);
      expect(page.facts().map(({ n }) => n)).toEqual(facts().filter((n) => n > first));
      expect(page.events.map(({ name }) => name)).toEqual(['open', 'facts']);
    }
    const current = await connect({ after: last });
    await controller.submit(resize, { path: 'dog.jpg' }, { id: 'dog' });
    await current.told('facts');
    expect(current.facts()[0]!.n).toBe(last + 1);
  });

  it('says what it cannot tell: of another store, and facts that are forgotten', async () => {
    const { access, connect, facts } = await listen();
    const last = facts().at(-1)!;
    const other = await connect({ after: last + 50 });
    expect(await other.told('gap')).toEqual({
      id: last,
      name: 'gap',
      data: { from: last + 1, to: last + 50, why: 'otherStore' },
    });
    const { read } = access.store;
    Object.assign(access.store, { read: (from: number) => read(Math.max(from, 21)) });
    const pruned = await connect({ after: 5 });
    expect((await pruned.told('gap')).data).toEqual({ from: 6, to: 20, why: 'pruned' });
    expect((await pruned.told('facts')).data.items![0]!.n).toBe(21);
  });

  it('is refused with a sentence where it cannot be given', async () => {
    const { access, server } = await listen();
    const answer = await askInject(access)('GET', '/api/v1/events');
    expect(answer.status).toBe(501);
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'noStream',
      detail: expect.stringContaining('over HTTP alone') as unknown,
    });
    const ask = (init: RequestInit, query = '') =>
      fetch(`${server.url}/api/v1/events${query}`, init).then(({ status }) => status);
    expect(await ask({ headers: { 'last-event-id': 'x' } })).toBe(400);
    expect(await ask({}, '?after=-1')).toBe(400);
    expect(await ask({ method: 'HEAD' })).toBe(405);
  });

  it('ends with the server, at once', async () => {
    const { server, connect } = await listen();
    const page = await connect();
    await page.told('open');
    await server.close();
    await until(() => page.isOver());
  });
});
