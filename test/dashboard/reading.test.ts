/** What is told of much: in pages that are bounded in what they read and what they hold. */
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { silent } from '../../actors/logger.ts';
import { key } from '../../actors/records.ts';
import { createApi } from '../../dashboard/server/api.ts';
import { sumResults } from '../../dashboard/server/ingest-summary.ts';
import type { LogItem, LogPage } from '../../dashboard/server/log-page.ts';
import { encodeRecord, type LogRecord } from '../../handlers/log-records.ts';
import type { Store, Value } from '../../store/store.ts';
import { HandMade, START_AT } from '../actors/hand-made.ts';
import { closeAll, keep } from '../index-world.ts';
import { openWorld } from './world.ts';

afterEach(closeAll);

function apiOf(store: Store): FastifyInstance {
  const about = { namespace: 'lab', version: '1' };
  const [handlers, sources] = [new Map(), new Map()];
  const api = createApi({ store, clock: systemClock, logger: silent, about, handlers, sources });
  keep({ close: () => api.close() });
  return api;
}

async function get<T>(api: FastifyInstance, path: string): Promise<T> {
  const response = await api.inject({ url: path });
  expect(response.statusCode).toBe(200);
  return JSON.parse(response.body) as T;
}

describe('the job list', () => {
  it('has ten thousand jobs, a thousand a page', async () => {
    const made = await HandMade.open();
    const job = await made.job('j0');
    const writes = Array.from({ length: 10_000 }, (_, n) => {
      const name = `job-${n}`;
      return { put: key.job(name), value: { ...job, name } as unknown as Value };
    });
    await made.store.append({ entries: [], writes }, { expect: made.store.position() });
    const api = apiOf(made.store);
    const names = new Set<string>();
    let pages = 0;
    for (let after: string | null = ''; after !== null; pages++) {
      const path = `/api/v1/jobs?after=${after}`;
      const page: { singlepass: { name: string }[]; next: string | null } = await get(api, path);
      expect(page.singlepass.length).toBeLessThanOrEqual(1_000);
      for (const { name } of page.singlepass) names.add(name);
      after = page.next;
    }
    expect([names.size, pages]).toEqual([10_001, 11]);
  });
});

describe('the status of a controller', () => {
  it.each([0, 1, 2, 3, 7, 8, 100])('tells the number of the last of %i facts', async (facts) => {
    const made = await HandMade.open();
    for (let n = 0; n < facts; n++) await made.fact(n, { kind: 'x', subject: 'controller' });
    const status = await get(apiOf(made.store), '/api/v1/status');
    expect(status).toMatchObject({ position: facts, term: null });
  });

  it('counts the attempts whose end nobody has told', async () => {
    const made = await HandMade.open();
    const put = (agent: string, birth: number) => key.unconfirmed(agent, birth, 1);
    const writes = [put('a1', 1), put('a1', 2), put('a2', 1)].map((name) => ({
      put: name,
      value: { storeId: 's', boot: 1, at: 0 },
    }));
    await made.store.append({ entries: [], writes }, { expect: made.store.position() });
    expect(await get(apiOf(made.store), '/api/v1/status')).toMatchObject({ unconfirmed: 3 });
  });

  it('leaves the position of the store to its writer', async () => {
    const { access } = await openWorld();
    const store = { ...access.store, position: () => expect.unreachable() };
    const reads: Store = Object.assign(Object.create(access.store) as Store, store);
    expect(await get(apiOf(reads), '/api/v1/status')).toMatchObject({ term: 1 });
  });
});

describe('the history', () => {
  it('ends a page before it is too large, and goes on after it', async () => {
    const made = await HandMade.open();
    const detail = { failure: 'x'.repeat(150_000) };
    for (let n = 0; n < 7; n++) {
      await made.fact(n, { kind: 'failed', subject: 'controller', detail });
    }
    const api = apiOf(made.store);
    const numbers: number[][] = [];
    for (let after: number | null = 0; after !== null;) {
      type Page = { items: { n: number }[]; next: number | null };
      const page: Page = await get<Page>(api, `/api/v1/history?after=${after}`);
      numbers.push(page.items.map(({ n }) => n));
      after = page.next;
    }
    expect(numbers).toEqual([[1, 2], [3, 4], [5, 6], [7]]);
  });
});

describe('the log of an attempt', () => {
  const records = (...given: readonly (readonly [LogRecord['stream'], string | Uint8Array])[]) =>
    given.map(([stream, content]) => ({ stream, at: START_AT, bytes: Buffer.from(content) }));

  /** The log as an agent would have sent it, in chunks of so many bytes. */
  async function keepLog(log: readonly LogRecord[], chunk: number, cut = 0) {
    const made = await HandMade.open();
    const given = { agent: 'a1', boot: 1, attempt: 1 };
    const birth = await made.sub('x', [[0, { kind: 'assign', ...given, state: 'sent' }]]);
    const bytes = Buffer.concat(log.map(encodeRecord));
    const length = bytes.length - cut;
    for (let at = 0; at < length; at += chunk) {
      await made.put(key.log(birth, 1, at), bytes.subarray(at, Math.min(length, at + chunk)));
    }
    await made.put(key.logged(birth, 1), length);
    return { api: apiOf(made.store), length };
  }

  async function readAll(api: FastifyInstance) {
    const items: LogItem[] = [];
    let pages = 0;
    let to = 0;
    for (let from: number | null = 0; from !== null; pages++) {
      const path = `/api/v1/sub-transactions/x/log?from=${from}`;
      const page: LogPage = await get<LogPage>(api, path);
      expect(Buffer.byteLength(JSON.stringify(page.items))).toBeLessThan(410_000);
      items.push(...page.items);
      ({ next: from, to } = page);
    }
    return { items, pages, to };
  }

  it.each([1_000, 70_000, 900_000])('comes in pages, from chunks of %i bytes', async (chunk) => {
    const lines = Array.from({ length: 300 }, (_, n) => `${n} ${'x'.repeat(4_000)}\n`);
    const { api, length } = await keepLog(
      records(...lines.map((line) => ['out', line] as const)),
      chunk,
    );
    const { items, pages, to } = await readAll(api);
    expect(items.map((item) => 'text' in item && item.text)).toEqual(lines);
    expect(pages).toBe(4);
    expect(to).toBe(length);
  });

  it('tells streams and instants, and bytes that are no text as base64', async () => {
    const bytes = Uint8Array.from([0xff, 0x00, 0x80]);
    const { api } = await keepLog(records(['out', 'a\n'], ['err', bytes], ['gap', 'lost']), 5);
    const at = '2026-01-01T00:00:00.000Z';
    expect((await readAll(api)).items).toEqual([
      { at, stream: 'out', text: 'a\n' },
      { at, stream: 'err', base64: '/wCA' },
      { at, stream: 'gap', text: 'lost' },
    ]);
  });

  it('ends where the last whole record ends, which is where one goes on', async () => {
    const log = records(['out', 'one'], ['out', 'two']);
    const { api, length } = await keepLog(log, 10, 1);
    const page = await get<LogPage>(api, '/api/v1/sub-transactions/x/log');
    expect(page).toMatchObject({ items: [{ text: 'one' }], to: 16, next: null, length });
  });

  it.each([NaN, -Infinity, Infinity, 1e300])('bears the instant %d', async (at) => {
    const { api } = await keepLog([{ stream: 'out', at, bytes: Buffer.from('x') }], 100);
    expect((await readAll(api)).items).toMatchObject([{ text: 'x' }]);
  });

  it('tells whether more of an attempt, or another attempt, will come', async () => {
    const made = await HandMade.open();
    const first = { agent: 'a1', boot: 1, attempt: 1 };
    const second = { agent: 'a2', boot: 1, attempt: 2 };
    const lost = [
      [0, { kind: 'assign', ...first, state: 'sent' }],
      [1, { kind: 'lost', attempt: 1, state: 'waiting' }],
    ] as const;
    const again = [2, { kind: 'assign', ...second, state: 'sent' }] as const;
    const unstarted = [3, { kind: 'neverStarted', attempt: 2, state: 'failed' }] as const;
    await made.sub('lost', lost, { context: { attempt: 1 } });
    await made.sub('again', [...lost, again], { context: { attempt: 2 } });
    await made.sub('over', [...lost, again, unstarted], { context: { attempt: 2 } });
    await made.sub('queued', []);
    const api = apiOf(made.store);
    const page = (path: string) => get<LogPage>(api, `/api/v1/sub-transactions/${path}`);
    const none = { length: 0, expected: null, complete: false, isAtRest: false };
    expect(await page('queued/log')).toMatchObject({ ...none, attempt: 0, agent: null, latest: 0 });
    expect(await page('lost/log')).toMatchObject({ ...none, agent: 'a1', isOver: true });
    expect(await page('again/log')).toMatchObject({ ...none, agent: 'a2', isOver: false });
    expect(await page('again/log?attempt=1')).toMatchObject({
      ...none,
      ...{ attempt: 1, agent: 'a1', latest: 2, isOver: true },
    });
    // What was never started has written nothing.
    expect(await page('over/log')).toMatchObject({
      ...{ expected: 0, complete: true, isOver: true, isAtRest: true },
    });
  });

  it('says that the rest is damaged', async () => {
    const odd = { stream: 'out', at: START_AT, bytes: Buffer.from('one') } as const;
    const { api, length } = await keepLog([odd], 100);
    const page = await get<LogPage>(api, '/api/v1/sub-transactions/x/log?from=3');
    expect(page).toMatchObject({ items: [{ stream: 'gap' }], next: null, to: length });
  });
});

describe('the summary of an ingest', () => {
  it('is the same in one go and with pauses, and bears results of any shape', async () => {
    const made = await HandMade.open();
    const job = await made.job('copy', { source: 'ingest:{}' });
    const results: Value[] = [
      { copied: 2, bytes: 10, skipped: [{ path: 'a', why: 'b' }], skippedCount: 1 },
      { copied: 1, bytes: 'many', skipped: 5 },
      null,
      'odd',
    ];
    for (const [n, result] of results.entries()) {
      await made.sub(`x${n}`, [[0, { kind: 'done', state: 'done' }]], {
        row: { job: job.name, generation: 1 },
        outcome: { state: 'done', result, at: START_AT, late: false },
      });
    }
    type Shown = Parameters<typeof sumResults>[1] & { readonly summary: unknown };
    const shown = await get<Shown>(apiOf(made.store), '/api/v1/jobs/copy?summary=true');
    expect(shown.summary).toEqual({
      copied: 3, appended: 0, bytes: 10, unchanged: 0, links: 0, directories: 0, excluded: 0,
      deleted: 0, dryRun: false, trees: [],
      skipped: [{ path: 'a', why: 'b' }], skippedCount: 1,
    }); // prettier-ignore
    expect(sumResults(made.store, shown)).toEqual(shown.summary);
  });
});
