/**
 * A page while 2,000 facts a second are recorded: it shows a part of them and says so, its counts are exact, and it
 * does not fall behind. The facts are written into a store by hand, faster than agents on a busy machine can work.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { entryList } from '../../actors/entry-row.ts';
import { silent } from '../../actors/logger.ts';
import { key, NO_COUNTS, subject, type JobRow } from '../../actors/records.ts';
import { createHttpServer, type HttpServer } from '../../dashboard/server/http-server.ts';
import { createMemoryDisk, openMemoryStore } from '../../index.ts';
import type { Store, Value } from '../../store/store.ts';
import { openPage } from './browser.ts';

const TOTAL = 12_000;
const AT_ONCE = 200;
const EVERY_MS = 100;

let store: Store;
let server: HttpServer;
beforeAll(async () => {
  store = await openMemoryStore(createMemoryDisk());
  await write(0);
  server = await createHttpServer(
    {
      store,
      clock: systemClock,
      logger: silent,
      about: { namespace: 'lifeline', version: '1.2.3' },
      handlers: new Map(),
      sources: new Map(),
    },
    { host: '127.0.0.1', port: 0, token: 'a'.repeat(64) },
  );
});
afterAll(async () => {
  await server?.close();
  await store?.close();
});

/** So many more of the run have ended. */
async function write(count: number): Promise<void> {
  const position = store.position();
  const at = systemClock.now();
  const entries = Array.from({ length: count }, (_, index) => {
    const n = position + index + 1;
    const about = { subject: subject.sub(n), id: `flood-1-${n}`, job: 'flood', agent: 'a1' };
    return entryList({ at, kind: 'done', state: 'done', attempt: 1, before: 0, ...about });
  });
  const done = position + count;
  const row: JobRow = {
    ...{ name: 'flood', generation: 1, state: done === TOTAL ? 'finished' : 'running', by: 'test' },
    context: {
      ...{ name: 'flood', generation: 1, periodic: false, sourceEnded: true, goesOn: false },
      ...{ remaining: TOTAL - done, skippedTicks: 0, deadlineAt: null },
    } as JobRow['context'],
    ...{ source: 'test', spec: null, cursor: null, rules: {}, stoppedBy: null },
    counts: { ...NO_COUNTS, done, queued: TOTAL - done },
    ...{ startedAt: at - 1_000, endedAt: done === TOTAL ? at : null },
  };
  const writes = [{ put: key.job('flood'), value: row as unknown as Value }];
  await store.append({ entries, writes }, { expect: position });
}

it('says that it shows a sample, counts exactly, and is up to date at once', async () => {
  await using job = await openPage({ url: server.url, token: '' }, '/jobs/flood', { token: false });
  await using history = await openPage({ url: server.url, token: '' }, '/history', {
    token: false,
  });
  const views = [job, history];
  const counted = () => job.page.locator('.job-counts li').first().textContent();
  await expect.poll(counted, { timeout: 30_000 }).toContain('0 done');
  // Longest time in which a page has drawn nothing.
  for (const { page } of views) await page.evaluate(WATCH_FRAMES);
  const told = job.page.getByText('More is happening than can be shown');
  const isTold = told.waitFor();

  const startedAt = systemClock.elapsed();
  while (store.position() < TOTAL) {
    await write(AT_ONCE);
    const nextAt = startedAt + (store.position() / AT_ONCE) * EVERY_MS;
    await new Promise<void>((go) => systemClock.after(nextAt - systemClock.elapsed(), go));
  }
  const endedAt = systemClock.elapsed();
  await isTold;
  await expect.poll(counted, { timeout: 30_000 }).toContain('12,000 done');
  const behindMs = systemClock.elapsed() - endedAt;
  // It has heard everything, and goes on quietly.
  await told.waitFor({ state: 'hidden' });
  const stalledMs = await Promise.all(
    views.map(({ page }) => page.evaluate<number>('window.longestFrame')),
  );
  expect(behindMs).toBeLessThan(10_000);
  for (const ms of stalledMs) expect(ms).toBeLessThan(3_000);
  for (const view of views) await view.check();
  await job.shot('flooded-job');
  await history.shot('flooded-history');
});

const WATCH_FRAMES = `(() => {
  let last = performance.now();
  window.longestFrame = 0;
  const frame = (at) => {
    window.longestFrame = Math.max(window.longestFrame, at - last);
    last = at;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})()`;
