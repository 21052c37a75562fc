/**
 * The wall of statecharts and a closer look at one, in the browser, against a system in which things happen.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { machineDefinitions } from '../../machines/definitions.ts';
import { openPage } from './browser.ts';
import { becomes, connectionOf, openSystem, type System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await openSystem();
  const job = await system.controller.startJob({
    name: 'thumbs',
    by: 'ada',
    handler: handler('resize'),
    items: Array.from({ length: 20 }, (_, n) => ({ path: `${n}.jpg` })),
  });
  await job.ended;
});
afterAll(() => system.close());

const handler = (name: string) => system.work.handlers.find((one) => one.name === name)!;

/** A state of a chart, whose text is its name and its count. */
const stateIn = (page: Page, machine: string, state: string) =>
  page.locator(`.wall-${machine} [data-state="${state}"]`);

describe('the wall of statecharts', () => {
  it('draws every machine with each of its states as a button that says what it is', async () => {
    await using view = await openPage(system, '/statecharts');
    const { page } = view;
    for (const [name, { states }] of Object.entries(machineDefinitions)) {
      for (const [state, { description }] of Object.entries(states)) {
        const node = stateIn(page, name, state);
        await node.waitFor();
        expect(await node.getAttribute('aria-label')).toContain(description);
      }
      const arrows = page.locator(`.wall-${name} .transition`);
      expect(await arrows.count()).toBeGreaterThanOrEqual(Object.keys(states).length - 1);
    }
    await view.check();
  });

  it('counts who is in a state now, and goes on counting without a reload', async () => {
    await using view = await openPage(system, '/statecharts');
    const { page } = view;
    const done = stateIn(page, 'subTransaction', 'done');
    await expect.poll(() => done.textContent()).toBe('done 20');
    await system.controller.submit(handler('resize'), { path: 'new.jpg' });
    await expect.poll(() => done.textContent()).toBe('done 21');
    system.cut('a2');
    await becomes(() => connectionOf(system, 'a2') === 'suspect');
    await expect
      .poll(() => stateIn(page, 'agentConnection', 'suspect').textContent())
      .toBe('suspect 1');
    await expect.poll(() => stateIn(page, 'lease', 'late').textContent()).toBe('late 1');
    system.heal();
    await expect
      .poll(() => stateIn(page, 'agentConnection', 'suspect').textContent())
      .toBe('suspect 0');
    await view.check();
  });

  it('is walked with the keyboard, and leads to those that are in a state', async () => {
    await using view = await openPage(system, '/statecharts');
    const { page } = view;
    await stateIn(page, 'job', 'starting').focus();
    for (const name of ['running', 'finishing', 'resting', 'stopping', 'finished']) {
      await page.keyboard.press('ArrowDown');
      const focused = await page.evaluate('document.activeElement.dataset.state');
      expect(focused).toBe(name);
    }
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'State: finished' }).waitFor();
    await page.getByRole('link', { name: 'thumbs' }).click();
    await page.getByRole('heading', { name: 'thumbs' }).waitFor();
    await view.check();
  });
});

describe('a closer look at a statechart', () => {
  it('says in words what leads out of the state that is picked, and who is in it', async () => {
    await using view = await openPage(system, '/statecharts/subTransaction?state=waiting');
    const { page } = view;
    const { on } = machineDefinitions.subTransaction.states['waiting']!;
    const [timeout] = on!['timeout']!;
    await page.getByText(timeout!.description).waitFor();
    await page.getByText('None is in waiting now.').waitFor();
    await expect
      .poll(() => page.locator('.arrow-names text').allTextContents())
      .toEqual(['done', 'lost', 'timeout', 'cancel']);
    expect(await page.locator('.transition.out').count()).toBe(4);
    await page.locator('.chart [data-state="done"]').click();
    await page.getByRole('link', { name: 'thumbs-1-8' }).waitFor();
    await page.getByText('Nothing leads out of it').waitFor();
    await view.check();
  });

  it('names the most frequent state first', async () => {
    await using view = await openPage(system, '/statecharts/subTransaction');
    await view.page.getByText(/all 21 are done/).waitFor();
  });
});
