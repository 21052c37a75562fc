/**
 * Every view there is, in light, turned dark, and as narrow as a phone: it comes to show something, with nothing on
 * the console, no serious violation of the accessibility rules, and nothing that sticks out of the window.
 *
 *   LIFELINE_SHOTS=DIRECTORY ─▶ a picture of each (`npm run screenshots`)
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { playTask } from '../../cli/scenario-task.ts';
import type { ScenarioPlayer } from '../../dashboard/server/scenario-player.ts';
import { openPage, settled } from './browser.ts';
import { populate } from './populated.ts';
import { openSystem, type System } from './system.ts';

/** An address for each path of the page's routes; what the picture of it is called. */
const VIEWS: Readonly<Record<string, readonly [address: string, name: string]>> = {
  '/': ['/', 'overview'],
  '/jobs': ['/jobs', 'jobs'],
  '/jobs/:name': ['/jobs/film', 'job'],
  '/sub-transactions': ['/sub-transactions', 'work'],
  '/sub-transactions/:name': ['/sub-transactions/film-orchard', 'sub-transaction'],
  '/parked': ['/parked', 'parked'],
  '/agents': ['/agents', 'agents'],
  '/agents/:name': ['/agents/a2', 'agent'],
  '/classes': ['/classes', 'classes'],
  '/statecharts': ['/statecharts', 'statecharts'],
  '/statecharts/:name': ['/statecharts/subTransaction', 'statechart'],
  '/history': ['/history', 'history'],
  '/scenarios': ['/scenarios?name=short-cut&at=13010', 'scenarios'],
};

let system: System;
beforeAll(async () => {
  system = await openSystem({ scenarios: await storyteller('short-cut') });
  await populate(system);
});
afterAll(() => system.close());

/** Has one story, which it has played before. */
async function storyteller(name: string): Promise<ScenarioPlayer> {
  const folder = fileURLToPath(new URL('../../scenarios/scripted/', import.meta.url));
  const played = await playTask({ path: join(folder, `${name}.scenario`) });
  const { title } = played;
  return {
    list: () =>
      Promise.resolve([
        {
          ...{ name, kind: 'script', isShipped: true, isBeingWritten: false, title },
          ...{ source: null, bytes: 0, at: null },
        },
      ]),
    play: () => Promise.resolve(Buffer.from(JSON.stringify(played))),
  };
}

it('is every view of the page', () => {
  const routes = readFileSync(new URL('../../dashboard/page/routes.ts', import.meta.url), 'utf8');
  const paths = [...routes.matchAll(/\bpath: '([^']+)'/g)].map(([, path]) => path);
  expect(paths.sort()).toEqual(Object.keys(VIEWS).sort());
});

it.each(Object.values(VIEWS))('%s', async (address, name) => {
  await using view = await openPage(system, address);
  const { page } = view;
  await settled(page);
  expect(await page.locator('h1').count()).toBe(1);
  await view.shot(`${name}-light`);
  await view.check();
  await page.emulateMedia({ colorScheme: 'dark' });
  await view.shot(`${name}-dark`);
  await view.check({ only: ['color-contrast'] });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 360, height: 740 });
  await view.shot(`${name}-narrow`);
  const sticksOut = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(sticksOut, 'px that stick out of the window').toBeLessThanOrEqual(0);
  await view.check({ but: ['color-contrast'] });
});
