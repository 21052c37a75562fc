/**
 * What is around each view, in the browser: the files and who gets them, keys, search, theme, menu, and what is said
 * when the controller cannot be reached and when it is back.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPage, settled } from './browser.ts';
import { becomes, openSystem, type System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await openSystem();
  const [render] = system.work.handlers;
  const items = [{ handler: render!, input: { scene: 'pier' }, id: 'film-pier' }];
  await system.controller.startJob({ name: 'film', by: 'ada', items });
  await becomes(() => system.controller.list().singlepass[0]?.remaining === 1);
});
afterAll(() => system.close());

describe('the files of the page', () => {
  const fetchPage = (path: string, accept = 'text/html', method = 'GET') =>
    fetch(system.url + path, { method, headers: { accept } });

  it('are the same page at every address of a view, under a policy of its own', async () => {
    const front = await fetchPage('/');
    expect(front.headers.get('content-security-policy')).toMatch(/^default-src 'self'; style-src/);
    expect(front.headers.get('cache-control')).toBe('no-store');
    const text = await front.text();
    expect(await (await fetchPage('/jobs/a%2Fb?x=1')).text()).toBe(text);
    expect((await fetchPage('/agents', 'text/html', 'HEAD')).status).toBe(200);
    const [, script] = /src="(\/assets\/main-[^"]+\.js)"/.exec(text)!;
    const main = await fetchPage(script!, '*/*');
    expect(main.headers.get('content-type')).toMatch(/javascript/);
    expect(main.headers.get('cache-control')).toMatch(/immutable/);
    expect(await main.text()).not.toMatch(/https?:\/\/(?!www\.w3\.org)[a-z.]+\.[a-z]+\//);
  });

  it('are nothing else: what is not there is a problem, and what is below them stays there', async () => {
    for (const [path, accept] of [
      ['/api/v1/nothing', 'text/html'],
      ['/jobs', 'application/json'],
      ['/assets/main-none.js', '*/*'],
      ['/assets/..%2F..%2F..%2Fpackage.json', '*/*'],
      ['/assets/', 'text/html'],
    ] as const) {
      const answer = await fetchPage(path, accept);
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });
});

describe('around each view', () => {
  it('the token leaves the address, and keys lead everywhere', async () => {
    await using view = await openPage(system, '/jobs');
    const { page } = view;
    await settled(page);
    expect(page.url()).toBe(`${system.url}/jobs`);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('Search by name or id').waitFor();
    await view.check();
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.getByRole('heading', { name: 'Agents', level: 1 }).waitFor();
    expect(await page.title()).toBe('Agents · Lifeline');
    await page.keyboard.press('/');
    await page.keyboard.type('film-pier');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${system.url}/sub-transactions/film-pier`);
    view.forgive(/404/);
    await page.keyboard.press('/');
    await page.keyboard.type('nobody');
    await page.keyboard.press('Enter');
    const none = page.getByText(
      'No job, sub-transaction or agent is called “nobody” or begins so.',
    );
    await none.waitFor();
    await page.keyboard.press('Escape');
    await none.waitFor({ state: 'detached' });
  });

  it('the search tells what begins so, and opens what is chosen', async () => {
    await using view = await openPage(system, '/jobs');
    const { page } = view;
    await settled(page);
    await page.keyboard.press('/');
    await page.keyboard.type('fil');
    const found = page.getByRole('search').getByRole('option');
    await found.getByText('film-pier').waitFor();
    expect(await found.allInnerTexts()).toHaveLength(2);
    await view.check();
    await view.shot('search');
    await page.getByRole('heading', { name: 'Jobs', level: 1 }).click();
    await found.first().waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${system.url}/sub-transactions/film-pier`);
  });

  it('the theme is the system’s until it is turned, and then stays', async () => {
    await using view = await openPage(system, '/jobs', { theme: 'dark' });
    const { page } = view;
    await settled(page);
    const ground = () =>
      page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
    const dark = await ground();
    await page.keyboard.press('t');
    await expect.poll(ground).not.toBe(dark);
    await page.reload();
    await settled(page);
    expect(await ground()).not.toBe(dark);
    await page.getByRole('button', { name: 'Theme: light. Turn' }).click();
    await expect.poll(ground).toBe(dark);
  });

  it('on a phone the menu opens, leads somewhere, and is gone', async () => {
    await using view = await openPage(system, '/', { width: 360 });
    const { page } = view;
    await settled(page);
    const menu = page.getByRole('navigation', { name: 'Views' });
    expect(await menu.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Menu' }).click();
    await menu.waitFor();
    await view.check();
    await menu.getByRole('link', { name: 'Jobs' }).click();
    await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor();
    expect(await menu.isVisible()).toBe(false);
  });

  it('an address without a view says so', async () => {
    await using view = await openPage(system, '/nowhere');
    await view.page.getByText('There is no view at /nowhere.').waitFor();
    await view.check();
  });

  it('a controller that is away is said to be, and everything is right when it is back', async () => {
    await using view = await openPage(system, '/jobs/film');
    const { page } = view;
    await settled(page);
    view.forgive(/ERR_|Failed to load resource/);
    await system.down();
    await page.getByText(/^Not connected since/).waitFor();
    await page.getByText('film', { exact: true }).first().waitFor();
    await view.check();
    await view.shot('away');
    await page.getByRole('button', { name: 'Try now' }).click();
    await system.up();
    await page.getByText(/^A new term of the controller began \(2\)\./).waitFor();
    await page.getByText('Everything shown has been asked again.').waitFor();
    system.work.finish('film-pier');
    await page.getByRole('link', { name: '1 done' }).waitFor();
    await page.getByText('finished', { exact: true }).waitFor();
    await page.getByText(/^lifeline\s*term 2/).waitFor();
  });
});
