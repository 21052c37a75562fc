/**
 * The Scenario view: a story of the list and a file that is dropped, moved through by keys, slider and clicks; the
 * lanes, the chart and the list of states are as they were at the cursor; what is decided otherwise is shown.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createScenarioPlayer } from '../../cli/scenario-player.ts';
import { otherwise, recordStory } from '../recorded-story.ts';
import { openPage, settled } from './browser.ts';
import { openSystem, type System } from './system.ts';

let system: System;
let directory = '';
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeline-page-'));
  await recordStory(directory);
  system = await openSystem({ agents: [], scenarios: createScenarioPlayer(directory) });
});
afterAll(async () => {
  await system.close();
  rmSync(directory, { recursive: true, force: true });
});

const cursor = (page: Page) => page.getByRole('slider', { name: 'Cursor' });
const now = (page: Page) => page.locator('.scenario-now').innerText();
/** The states that are listed, by what has them. */
const states = async (page: Page) => {
  const rows = page
    .getByRole('region', { name: 'Statecharts and their states' })
    .locator('[data-row]');
  const texts = await rows.allInnerTexts();
  const cells = texts.map((text) => text.split('\t').map((cell) => cell.trim()));
  return Object.fromEntries(cells.map(([of = '', , state = '']) => [of, state] as const));
};

it('plays a story of the list; chart, lanes and states move with the cursor', async () => {
  await using view = await openPage(system, '/scenarios');
  const { page } = view;
  await page.getByLabel('Find a story').fill('30 s costs');
  await page.getByRole('link', { name: 'A cut of 30 s costs no attempt' }).click();
  await page.getByRole('heading', { name: 'A cut of 30 s costs no attempt' }).waitFor();
  await page.getByText('it holds').waitFor();
  expect(await now(page)).toBe('controller begins term 1');
  await page.keyboard.press('ArrowRight');
  expect(await now(page)).toBe('a1 begins boot 1');
  await page.keyboard.press('End');
  await expect.poll(() => states(page)).toMatchObject({ x: 'done', a1: 'connected' });
  // The slider, to where the agent is cut off.
  await page.getByLabel('About').selectOption('x');
  await page.keyboard.press('Home');
  expect(await now(page)).toBe('world submit x runs=1m');
  await page.getByLabel('About').selectOption('');
  const lost = page.locator('.lanes-list li', { hasText: '(lost)' }).first();
  for (let step = 0; step < 3 && !(await lost.count()); step++) {
    await cursor(page).fill(String(24 * (step + 1)));
  }
  await page.getByText('as a list').click();
  await lost.getByRole('button').click();
  expect(await now(page)).toContain('controller → a1 are you there? (cut)');
  await expect.poll(() => states(page)).toMatchObject({ x: 'received', a1: 'suspect' });
  const chart = page.getByRole('group', { name: 'Agent connection a1 is suspect' });
  await chart.waitFor();
  await expect.poll(() => chart.locator('.lit').count()).toBeGreaterThan(0);
  await view.shot('scenario-cut');
  // One that is picked stays while the cursor moves.
  await page.getByRole('row').filter({ hasText: 'Sub-transaction' }).click();
  await page.getByRole('group', { name: 'Sub-transaction x is received' }).waitFor();
  await page.locator('h1').click();
  await page.keyboard.press('End');
  await page.getByRole('group', { name: 'Sub-transaction x is done' }).waitFor();
  // The widest chart is there as a whole.
  const beyond = `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('.chart-frame'))`;
  await expect.poll(() => page.evaluate<number>(beyond)).toBe(0);
  await view.shot('scenario-played');
  await page.locator('.chart-frame').scrollIntoViewIfNeeded();
  await view.shot('scenario-chart');
  await view.check();
});

it('goes on by itself, and stops at the end', async () => {
  await using view = await openPage(system, '/scenarios?name=silence-of-12-seconds');
  const { page } = view;
  await page.getByText('it holds').waitFor();
  await page.keyboard.press('End');
  const last = Number(await cursor(page).inputValue());
  // Where the cursor rests is in the address, and leads there again.
  await page.waitForURL(/&at=\d+$/);
  const there = page.url();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press(' ');
  await expect
    .poll(async () => Number(await cursor(page).inputValue()), { timeout: 30_000 })
    .toBe(last);
  await page.getByRole('button', { name: 'Go on by itself' }).waitFor();
  await page.goto('about:blank');
  await page.goto(there);
  await page.getByText('it holds').waitFor();
  expect(Number(await cursor(page).inputValue())).toBe(last);
});

it('shows where a recording would be decided otherwise, then and now', async () => {
  const text = otherwise(readFileSync(join(directory, 'a1.scenario'), 'utf8'));
  await using view = await openPage(system, '/scenarios', { theme: 'dark' });
  const { page } = view;
  await settled(page);
  const file = { name: 'incident.scenario', mimeType: 'text/plain', buffer: Buffer.from(text) };
  await page.locator('input[type=file]').setInputFiles(file);
  await page.getByRole('heading', { name: 'incident.scenario' }).waitFor();
  await page
    .getByRole('heading', { name: 'Decided otherwise than when it was recorded' })
    .waitFor();
  expect(await page.locator('.scenario-then-now mark').allInnerTexts()).toEqual(
    expect.arrayContaining([expect.stringContaining('hope'), expect.stringContaining('intent')]),
  );
  await page.getByRole('button', { name: /^To \d/ }).click();
  const last = await cursor(page).getAttribute('max');
  expect(await cursor(page).inputValue()).toBe(last);
  await view.shot('scenario-otherwise');
  await view.check();
});

it('plays the recordings of several nodes together, and says whose is missing', async () => {
  await using view = await openPage(system, '/scenarios');
  const { page } = view;
  await settled(page);
  await view.shot('scenario-list');
  const tape = (name: string) => readFileSync(join(directory, `${name}.scenario`), 'utf8');
  const file = (name: string, text: string) => ({
    ...{ name, mimeType: '', buffer: Buffer.from(text) },
  });
  const choose = page.locator('input[type=file]');
  await choose.setInputFiles([file('c.tape', tape('controller')), file('a1.tape', tape('a1'))]);
  await page.getByRole('heading', { name: 'c.tape, a1.tape' }).waitFor();
  await page.getByText('it holds').waitFor();
  await page.locator('.lanes-picture').waitFor();
  await page.getByText(/ moments in 2 lanes/).waitFor();
  expect(await page.getByText('not recorded').count()).toBe(0);
  await view.shot('scenario-together');
  // The controller alone, and its last lines damaged: who is spoken to has a lane all the same.
  await page.getByRole('link', { name: 'Scenarios' }).first().click();
  const lines = tape('controller').split('\n');
  await choose.setInputFiles(file('c.tape', lines.with(-8, 'garbage').join('\n')));
  await page.getByText('what could be read holds').waitFor();
  await page.getByText(/c\.tape:\d+: This line is damaged/).waitFor();
  await page.locator('.lanes-picture', { hasText: 'a1 (not recorded)' }).waitFor();
  await view.shot('scenario-damaged');
  await page.emulateMedia({ colorScheme: 'dark' });
  await view.shot('scenario-damaged-dark');
  await page.setViewportSize({ width: 360, height: 800 });
  await view.shot('scenario-damaged-360');
  await view.check();
});

it('says what is wrong with a file, and where', async () => {
  await using view = await openPage(system, '/scenarios', { width: 360 });
  const { page } = view;
  await settled(page);
  view.forgive(/status of 400/);
  const buffer = Buffer.from('lifeline scenario 1\ntitle Odd\nagent a1\n1s sumbit x\nend\n');
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'odd.scenario', mimeType: 'text/plain', buffer });
  await page.getByText('odd.scenario:4: There is no', { exact: false }).waitFor();
  expect(await page.getByText('It is being played').count()).toBe(0);
  await view.check();
});
