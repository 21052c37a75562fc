/**
 * A page that stays open over an outage of the broker and a restart of the controller shows the right numbers all
 * the while, and is never loaded again.
 *
 *   2 done ─ broker away: 2 more end unheard ─ broker back: 4 ─ controller away ─ controller back: 5 ─ 6, finished
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JobDetail } from '../../actors/queries.ts';
import type { OverviewView } from '../../dashboard/server/overview.ts';
import { openPage, type View } from './browser.ts';
import { becomes, connectionOf, openSystem, type System } from './system.ts';

let system: System;
beforeAll(async () => (system = await openSystem({ nats: true })));
afterAll(() => system?.close());

const WITHIN = { timeout: 45_000 };

const textsOf = async ({ page }: View, selector: string) =>
  (await page.locator(selector).allTextContents()).map((text) => text.trim().replace(/\s+/g, ' '));

/** The counts of the job as they are shown. */
const countsOn = (view: View) => textsOf(view, '.job-counts li');

/** The numbers of the overview, by name. */
async function tilesOn(view: View): Promise<Readonly<Record<string, string>>> {
  const [names, values] = [await textsOf(view, '.tile-name'), await textsOf(view, '.tile-value')];
  return Object.fromEntries(names.map((name, index) => [name, values[index]!]));
}

it('shows the right numbers over an outage of the broker and a restart, without a reload', async () => {
  const items = Array.from({ length: 6 }, (_, n) => ({ scene: `s${n}` }));
  const [handler] = system.work.handlers;
  await system.controller.startJob({ name: 'film', handler: handler!, items });
  const id = (n: number) => `film-1-${n}`;
  await using job = await openPage(system, '/jobs/film');
  await using overview = await openPage(system, '/');
  const views = [job, overview];
  for (const { page } of views) {
    await page.evaluate('void Object.assign(window, { isSame: true })');
  }
  const banner = ({ page }: View) => page.locator('.banner').textContent();
  const shows = async (done: number) => {
    const counts = [`${done} done`, '0 failed', '0 parked', '0 cancelled', `${6 - done} remaining`];
    await expect.poll(() => countsOn(job), WITHIN).toEqual(counts);
    const tiles = done < 6 ? { 'Jobs that run': '1' } : { 'Jobs that run': '0' };
    await expect.poll(() => tilesOn(overview), WITHIN).toMatchObject(tiles);
  };
  await shows(0);
  for (const n of [1, 2]) system.work.finish(id(n));
  await shows(2);

  await system.broker!.stop();
  for (const view of views) {
    await expect.poll(() => banner(view), WITHIN).toContain('hears nothing of the agents');
  }
  for (const n of [3, 4]) system.work.finish(id(n));
  await shows(2);
  await system.broker!.restart();
  await shows(4);
  await expect.poll(() => job.page.locator('.banner').count(), WITHIN).toBe(0);

  for (const view of views) view.forgive(/ERR_|Failed to load resource|503/);
  await system.down();
  for (const view of views)
    await expect.poll(() => banner(view), WITHIN).toContain('Not connected');
  system.work.finish(id(5));
  await shows(4);
  await system.up();
  await becomes(() => ['a1', 'a2'].every((agent) => connectionOf(system, agent) !== 'suspect'));
  await shows(5);
  system.work.finish(id(6));
  await shows(6);

  // And they are those of the controller.
  const told = await system.get<JobDetail>('jobs/film');
  expect(told).toMatchObject({ state: 'finished', done: 6, failed: 0, retried: 0 });
  const { agents } = await system.get<OverviewView>('overview');
  const alive = (agents.byLiveness.alive ?? 0) + (agents.byLiveness.rebooted ?? 0);
  await expect
    .poll(() => tilesOn(overview), WITHIN)
    .toMatchObject({ 'Agents alive': `${alive} of ${agents.total}`, Parked: '0' });
  for (const { page } of views) {
    expect(await page.evaluate("'isSame' in window")).toBe(true);
  }
  for (const view of views) {
    await view.check();
  }
  await job.shot('right-numbers-job');
  await overview.shot('right-numbers-overview');
});
