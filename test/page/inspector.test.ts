/**
 * The page of `lifeline inspect` in a browser. What stands in for stately.ai, which no test may ask, is a page at
 * its address with the receiver of Stately's own package: so what it shows came the whole way.
 *
 *   controller ─ HTTP ─▶ bridge ─ WebSocket ─▶ page ─ postMessage ─▶ createBrowserReceiver, in the frame
 */
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { createApiClient } from '../../cli/api-client.ts';
import { bridgeController, type Bridge } from '../../cli/inspector-bridge.ts';
import { openPage } from './browser.ts';
import { openSystem, type System } from './system.ts';

const INSPECTOR = 'https://stately.ai/inspect';

/** Lists every actor with the state it is in; those of which it is told twice have a number behind them. */
const RECEIVER = `
import { createBrowserReceiver } from '@statelyai/inspect';
const rows = new Map();
createBrowserReceiver().subscribe((message) => {
  const { type, sessionId } = message;
  if (type === '@xstate.event') return;
  const row = rows.get(sessionId) ?? document.body.appendChild(document.createElement('p'));
  rows.set(sessionId, row);
  row.title = sessionId;
  if (type === '@xstate.actor') row.dataset.name = message.name;
  row.textContent = row.dataset.name + ' is ' + message.snapshot.value;
});`;

let system: System;
let bridge: Bridge;
let inspector: string;

beforeAll(async () => {
  system = await openSystem();
  const ask = async (method: string, path: string) => {
    const response = await fetch(system.url + path, { method });
    return { status: response.status, body: await response.text() };
  };
  const api = createApiClient(ask, { where: 'here', isLive: true, close: async () => {} });
  const screen = { line: () => {} } as never;
  bridge = await bridgeController({ clock: systemClock, screen }, api, {
    ...{ port: 0, showsValues: false },
  });
  const bundle = await build({
    stdin: { contents: RECEIVER, resolveDir: import.meta.dirname },
    ...{ bundle: true, write: false, format: 'iife', platform: 'browser', logLevel: 'silent' },
  });
  inspector = `<!doctype html><html lang="en"><title>Stand-in</title><body><script>${bundle.outputFiles[0]!.text}</script></body></html>`;
});

afterAll(async () => {
  await bridge.close();
  await system.close();
});

const open = (before: (page: Page) => Promise<unknown>) =>
  openPage({ url: bridge.url, token: '' }, '/', { token: false, before });

const withInspector = (page: Page) =>
  page.route(INSPECTOR, (route) => route.fulfill({ contentType: 'text/html', body: inspector }));

describe('the page of the inspector', () => {
  it('shows how everything is, and what happens, through a cut and a restart of the controller', async () => {
    await using view = await open(withInspector);
    const frame = view.page.frameLocator('#inspector');
    const says = (text: string) => frame.getByText(text, { exact: true }).waitFor();
    for (const text of ['controller is active', 'a1 is connected', 'a2 is connected']) await says(text); // prettier-ignore
    await view.page.getByText('Connected: what happens is shown').waitFor();
    system.cut('a1');
    await says('a1 is suspect');
    system.heal();
    await says('a1 is reconciled');
    const sessions = () =>
      frame
        .locator('body')
        .evaluate(`(body) => [...body.children].map(({ title }) => title).sort()`);
    const before = await sessions();
    await system.restart();
    await says('a2 is reconciled');
    expect(await sessions()).toEqual(before);
    await view.check();
    await view.shot('inspector');
  });

  it('says that it needs the internet when stately.ai does not answer', async () => {
    await using view = await open(async (page) => {
      await page.clock.install();
      await page.route(INSPECTOR, (route) => route.abort());
    });
    await view.page.clock.fastForward(11_000);
    await view.page.getByText('Its inspector needs the internet').waitFor();
    view.forgive(/ERR_FAILED/);
    await view.check();
  });

  it('loads no page of others in the frame, wherever stately.ai should send it', async () => {
    const elsewhere = 'https://elsewhere.example/';
    await using view = await open(async (page) => {
      await page.clock.install();
      await page.route(INSPECTOR, (route) =>
        route.fulfill({ status: 302, headers: { location: elsewhere } }),
      );
      await page.route(elsewhere, (route) => route.fulfill({ body: inspector }));
    });
    await expect.poll(() => view.complaints.join()).toContain('frame-src https://stately.ai');
    await view.page.clock.fastForward(11_000);
    await view.page.getByText('Its inspector needs the internet').waitFor();
  });
});
