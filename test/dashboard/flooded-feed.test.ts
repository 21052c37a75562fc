/**
 * The event stream when more happens than anybody can follow: a page is shown a part and told of the rest, and
 * whoever does not read is cut off while the others go on. Facts are put into a store by hand, in virtual time;
 * the connections are real.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { entryList } from '../../actors/entry-row.ts';
import { silent } from '../../actors/logger.ts';
import { subject, type Entry } from '../../actors/records.ts';
import { systemClock } from '../../actors/clock.ts';
import { createHttpServer } from '../../dashboard/server/http-server.ts';
import { createMemoryDisk, openMemoryStore } from '../../index.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';
import { closeAll, keep, until } from '../index-world.ts';
import { openEvents } from './event-stream.ts';
import { TOKEN } from './world.ts';

afterEach(closeAll);

/** A server over a store whose facts the test writes. */
async function open() {
  const clock = createVirtualClock();
  const store = keep(await openMemoryStore(createMemoryDisk()));
  const server = keep(
    await createHttpServer(
      {
        store,
        clock,
        logger: silent,
        about: { namespace: 'lifeline', version: '1.2.3' },
        handlers: new Map(),
        sources: new Map(),
      },
      { host: '127.0.0.1', port: 0, token: TOKEN },
    ),
  );
  let written = 0;
  /** Facts about work; every 100th is about an agent. */
  const write = async (count: number, detail: string | null = null) => {
    const entries = Array.from({ length: count }, (_, index) => {
      const n = written + index + 1;
      const about: Partial<Entry> & Pick<Entry, 'subject' | 'kind'> =
        n % 100 === 0
          ? { subject: subject.agent('a1'), agent: 'a1', kind: 'agent.repeat' }
          : { subject: subject.sub(n), id: `w${n}`, kind: n % 2 ? 'assign' : 'done', before: 0 };
      return entryList({ at: clock.now(), ...about, ...(detail === null ? {} : { detail }) });
    });
    await store.append({ entries, writes: [] }, { expect: written });
    written += count;
  };
  const connect = async (options: Parameters<typeof openEvents>[1] = {}) =>
    keep(await openEvents(server.url, options));
  return { clock, store, server, write, connect, written: () => written };
}

describe('the event stream, flooded', () => {
  it('shows 200 a second of 2,000, counts every other one, and is up to date all the same', async () => {
    const { clock, write, connect, written } = await open();
    const page = await connect();
    await page.told('open');
    const startedAt = systemClock.elapsed();
    for (let tick = 1; tick <= 50; tick++) {
      await write(400);
      await clock.advance(200);
      await until(() => page.events.at(-1)?.id === written());
    }
    const tookMs = systemClock.elapsed() - startedAt;
    const shown = page.facts();
    const samples = page.events.filter(({ name }) => name === 'sample').map(({ data }) => data);
    const left = samples.reduce((sum, { count }) => sum + (count as number), 0);
    expect([written(), shown.length + left]).toEqual([20_000, 20_000]);
    // 200 at once, and 200 for each of ten seconds.
    expect(shown.length).toBeGreaterThan(1_900);
    expect(shown.length).toBeLessThanOrEqual(2_200);
    // What is about agents, jobs and the controller is not left out.
    expect(shown.filter(({ about }) => about === 'agent')).toHaveLength(200);
    expect(samples.every(({ kinds }) => !('agent.repeat' in (kinds as object)))).toBe(true);
    const kinds = samples.map(({ kinds }) => Object.values(kinds as Record<string, number>));
    expect(kinds.flat().reduce((sum, count) => sum + count, 0)).toBe(left);
    expect(shown.every(({ n }, index) => index === 0 || n > shown[index - 1]!.n)).toBe(true);
    // Ten seconds of facts take far less than ten seconds: it does not fall behind.
    expect(tookMs).toBeLessThan(8_000);
  });

  it('cuts off whoever does not read, and nobody else waits for that', async () => {
    const { clock, write, connect, written } = await open();
    const page = await connect();
    const slow = await connect();
    await slow.told('open');
    slow.response.pause();
    // 350 KB a second: more than the kernel keeps for both ends, and 1 MB.
    const text = 'x'.repeat(1_500);
    for (let second = 0; second < 60; second++) {
      await write(200, text);
      await clock.advance(1_000);
      await until(() => page.events.at(-1)?.id === written());
    }
    slow.response.resume();
    await until(() => slow.isOver());
    expect(slow.facts().length).toBeLessThan(written() - 2_000);
    expect(page.isOver()).toBe(false);
    expect(page.facts()).toHaveLength(written());

    // It comes back with its number, and goes on.
    const last = slow.events.at(-1)?.id ?? 0;
    const again = await connect({ after: last });
    const { data } = await again.told('gap');
    const { data: facts, id } = await again.told('facts');
    const first = facts.items![0]!.n;
    expect(data).toEqual({ from: last + 1, to: first - 1, why: 'tooFar' });
    expect([id, facts.items!.length]).toEqual([written(), written() - first + 1]);
    expect(facts.items!.length).toBeGreaterThan(100);
  });

  it('goes on when the disk could not be read for a while', async () => {
    const { clock, store, write, connect, written } = await open();
    const page = await connect();
    await page.told('open');
    const read = store.read.bind(store);
    Object.assign(store, {
      read: () => {
        throw new Error('no disk');
      },
    });
    await write(3);
    await clock.advance(1_000);
    Object.assign(store, { read });
    await clock.advance(200);
    await until(() => page.facts().length === written());
    expect(page.isOver()).toBe(false);
  });

  it('beats when nothing happens, so that a dead connection is noticed', async () => {
    const { clock, connect } = await open();
    const page = await connect();
    await page.told('open');
    await clock.advance(30_000);
    await until(() => page.comments.length === 3);
    expect(page.events).toHaveLength(1);
  });
});
