/**
 * Agents, work, the history, what is parked and the process classes in the browser, while a link is cut and healed;
 * and what can be done from there: drain an agent, take it back, decide on what is parked.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { openPage } from './browser.ts';
import { populate } from './populated.ts';
import { becomes, connectionOf, openSystem, type System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await openSystem();
  await populate(system);
}, 120_000);
afterAll(() => system.close());

const stateOf = (id: string) => {
  const shown = system.controller.show(id);
  return shown.kind === 'subTransaction' ? shown.state : undefined;
};

/** Presses the button, says who, and confirms. */
async function act(page: Page, label: string): Promise<void> {
  await page.getByRole('button', { name: label, exact: true }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Your name').fill('ada');
  await dialog.getByRole('button', { name: label, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

describe('the list of agents', () => {
  it('shows who is cut off, and that it is back, without being asked again', async () => {
    await using view = await openPage(system, '/agents');
    const { page } = view;
    const row = page.getByRole('row', { name: /^a2/ });
    await row.getByText('alive').waitFor();
    system.cut('a2');
    await row.getByText('cut off').waitFor();
    // On a busy machine others may be late as well.
    await page.getByText('Nothing was heard of it for longer').first().waitFor();
    expect(await page.getByRole('row').nth(1).textContent()).toContain('cut off');
    await view.shot('agents-cut');
    await view.check();
    system.heal();
    await row.getByText('alive').waitFor();
  });

  it('is narrowed to a liveness, and to a part of an id', async () => {
    await using view = await openPage(system, '/agents');
    const { page } = view;
    await page.getByRole('searchbox', { name: /Only agents/ }).fill('a3');
    await page.getByRole('row', { name: /^a1/ }).waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /^a3/ }).waitFor();
    await page.getByRole('button', { name: 'gone' }).click();
    await page.getByText('No agent is gone now.').waitFor();
    await page.getByRole('button', { name: 'all', exact: true }).click();
    await page.getByRole('link', { name: 'a1' }).click();
    await page.getByRole('heading', { name: 'a1' }).waitFor();
    await view.check();
  });
});

describe('an agent', () => {
  it('is drained and taken back by somebody who is named in the record', async () => {
    await using view = await openPage(system, '/agents/a1');
    const { page } = view;
    await act(page, 'Drain');
    await page.getByText('“a1” is given nothing new').waitFor();
    await page.getByText('drained', { exact: true }).waitFor();
    expect(system.controller.agent('a1').draining).toBe(true);
    await act(page, 'Take it back');
    await page.getByText('“a1” is given work again.').waitFor();
    await becomes(() => !system.controller.agent('a1').draining);
    const { items } = system.controller.history({ kinds: ['agent.drain', 'agent.undrain'] });
    expect(items.map(({ kind, by }) => [kind, by])).toEqual([['agent.drain', 'ada'], ['agent.undrain', 'ada']]); // prettier-ignore
    await view.check();
  });

  it('shows each time it was away, what came of it, and what it was doing', async () => {
    await using view = await openPage(system, '/agents/a2');
    const { page } = view;
    const outage = page.getByRole('region', { name: 'Outages', exact: true }).getByRole('row').last();
    await outage.getByText('healed').waitFor();
    expect(await outage.textContent()).toContain('4 tasks go on');
    await page.getByText(/attempt 1: continue: the link healed/).first().waitFor();
    await page.getByRole('img', { name: /^Connection:/ }).waitFor();
    await page.getByRole('img', { name: /^Seconds since the last word/ }).locator('canvas').waitFor();
    await page.getByText('as numbers').first().click();
    await view.shot('agent-outage');
    await view.check();
  });
}); // prettier-ignore

describe('the list of work', () => {
  it('is narrowed to states and to a job, and leads to each', async () => {
    await using view = await openPage(system, '/sub-transactions');
    const { page } = view;
    await page.getByRole('button', { name: /^failed 1/ }).click();
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await page.getByRole('button', { name: /^all/ }).click();
    await page.getByLabel('Of the job').fill('film');
    await page.getByRole('button', { name: 'Show' }).click();
    await expect.poll(() => page.getByRole('row').count()).toBe(11);
    expect(await page.getByRole('row').nth(1).textContent()).toContain('film-well');
    await page.getByLabel('Order').selectOption('oldest');
    await page.getByRole('row').nth(1).getByText('film-harbour').waitFor();
    await page.getByRole('row').nth(1).focus();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/sub-transactions\/film-night-train$/);
  });
});

describe('the history', () => {
  it('has what happens at its top, until it is held still', async () => {
    await using view = await openPage(system, '/history');
    const { page } = view;
    await page.getByRole('row').nth(5).waitFor();
    await system.controller.cancel('film-well', 'grace');
    await page.getByText('cancelled · cancelled · by grace').or(page.getByText(/by grace/)).first().waitFor();
    await page.getByRole('button', { name: 'Hold still' }).click();
    const top = await page.getByRole('row').nth(1).textContent();
    await system.controller.drain('a3', true, 'eve');
    await page.getByText('held still').waitFor();
    expect(await page.getByRole('row').nth(1).textContent()).toBe(top);
    await page.getByRole('button', { name: 'Follow again' }).click();
    await page.getByText(/by eve/).first().waitFor();
    await system.controller.drain('a3', false, 'eve');
    await view.check();
  });

  it('is narrowed to kinds, to what it is about, and to a time', async () => {
    await using view = await openPage(system, '/history');
    const { page } = view;
    await page.getByRole('button', { name: 'outages' }).click();
    await page.getByText('suspect').first().waitFor();
    await page.getByLabel('About', { exact: true }).fill('a3');
    await page.getByRole('button', { name: 'Show' }).click();
    await expect.poll(() => page.getByRole('link', { name: 'a2' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'a3' }).count()).toBeGreaterThan(0);
    await page.getByLabel('Before', { exact: true }).fill('2020-01-01T00:00:00');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('Nothing of the kind is on record.').waitFor();
    await view.check();
  });
}); // prettier-ignore

describe('what is parked', () => {
  it('is decided on, one by one, by somebody who is named in the record', async () => {
    await using view = await openPage(system, '/parked');
    const { page } = view;
    const ada = page.getByRole('article', { name: 'letter-to-ada' });
    await ada.getByText('Its outcome is unknown because agent a3').waitFor();
    await ada.getByRole('button', { name: 'Counts as done' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('counts it as done').waitFor();
    await view.check();
    await dialog.getByLabel('Your name').fill('grace');
    await dialog.getByRole('button', { name: 'Counts as done' }).click();
    await page.getByText('letter-to-ada counts as done.').waitFor();
    await ada.waitFor({ state: 'detached' });
    expect(stateOf('letter-to-ada')).toBe('done');
    expect(system.controller.history({ subject: 'letter-to-ada' }).items.at(-1)).toMatchObject({ by: 'grace' }); // prettier-ignore
    await page.getByRole('article', { name: 'letter-to-grace' }).getByRole('button', { name: 'Give up' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Give up' }).click();
    await page.getByText('Nothing waits for a decision.').waitFor();
    expect(stateOf('letter-to-grace')).toBe('failed');
  });
}); // prettier-ignore

describe('the process classes', () => {
  it('say who is in them, and by which timing', async () => {
    await using view = await openPage(system, '/classes');
    const { page } = view;
    await becomes(() => connectionOf(system, 'a2') !== 'suspect');
    const usual = page.getByRole('region', { name: 'default' });
    await usual.getByRole('link', { name: 'a1' }).waitFor();
    await usual.getByText('1 min 00 s').waitFor();
    await view.check();
  });
});
