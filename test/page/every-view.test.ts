/**
 * Every view there is, in light, in dark and on a phone: it comes to show something, with nothing on the console,
 * no serious violation of the accessibility rules, and nothing that sticks out of the window.
 *
 *   LIFELINE_SHOTS=DIRECTORY ─▶ a picture of each (`npm run screenshots`)
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playTask } from '../../cli/scenario-task.ts';
import type { ScenarioPlayer } from '../../dashboard/server/scenario-player.ts';
import { openPage, settled, type Look } from './browser.ts';
import { populate } from './populated.ts';
import { openSystem, type System } from './system.ts';

const WORK = '/work';

/** An address for each path of the page's routes; what the picture of it is called. */
const VIEWS: Readonly<Record<string, readonly [address: string, name: string]>> = {
  '/': ['/', 'overview'],
  '/jobs': ['/jobs', 'jobs'],
  '/jobs/:name': ['/jobs/film', 'job'],
  '/work': ['/work', 'work'],
  '/work/:name': [`${WORK}/film-orchard`, 'sub-transaction'],
  '/parked': ['/parked', 'parked'],
  '/agents': ['/agents', 'agents'],
  '/agents/:name': ['/agents/a2', 'agent'],
  '/classes': ['/classes', 'classes'],
  '/statecharts': ['/statecharts', 'statecharts'],
  '/statecharts/:name': ['/statecharts/subTransaction', 'statechart'],
  '/history': ['/history', 'history'],
  '/scenarios': ['/scenarios?name=short-cut', 'scenarios'],
};

const LOOKS: Readonly<Record<string, Look>> = {
  light: { theme: 'light' },
  dark: { theme: 'dark' },
  narrow: { theme: 'light', width: 360, height: 740 },
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
        { name, kind: 'script', isShipped: true, title, source: null, bytes: 0, at: null },
      ]),
    play: () => Promise.resolve(Buffer.from(JSON.stringify(played))),
  };
}

it('is every view of the page', () => {
  const routes = readFileSync(new URL('../../dashboard/page/routes.ts', import.meta.url), 'utf8');
  const paths = [...routes.matchAll(/\bpath: '([^']+)'/g)].map(([, path]) => path);
  expect(paths.sort()).toEqual(Object.keys(VIEWS).sort());
});

describe.each(Object.entries(LOOKS))('%s', (look, options) => {
  it.each(Object.values(VIEWS))('%s', async (address, name) => {
    await using view = await openPage(system, address, options);
    const { page } = view;
    await settled(page);
    await view.shot(`${name}-${look}`);
    expect(await page.locator('h1').count()).toBe(1);
    const sticksOut = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(sticksOut, 'px that stick out of the window').toBeLessThanOrEqual(0);
    await view.check();
  });
});
