/**
 * The overview, the jobs and what can be done with one, in the browser, before a system in which a link is cut.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPage, settled, type View } from './browser.ts';
import { becomes, openSystem, type System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await openSystem();
});
afterAll(() => system.close());

const handler = (name: string) => system.work.handlers.find((one) => one.name === name)!;

/** A job of twelve, one of which fails. */
async function thumbs(name: string): Promise<void> {
  const items = Array.from({ length: 12 }, (_, n) => ({
    handler: handler(n === 7 ? 'picky' : 'resize'),
    input: { path: `${n}.jpg` },
    id: `${name}-${n}`,
  }));
  await (
    await system.controller.startJob({ name, by: 'ada', items })
  ).ended;
}

const film = (name: string) =>
  system.controller.startJob({
    name,
    by: 'ada',
    items: ['pier', 'attic'].map((scene) => ({
      handler: handler('render'),
      input: { scene },
      id: `${name}-${scene}`,
    })),
  });

const jobOf = (name: string) => {
  const { periodic, singlepass, stopped, finished } = system.controller.list();
  return [...periodic, ...singlepass, ...stopped, ...finished].find((job) => job.name === name);
};

/** Does what a button says, as Ada. */
async function act({ page }: View, button: string, says: string): Promise<void> {
  await page.getByRole('button', { name: button }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(says).waitFor();
  await dialog.getByLabel('Your name').fill('Ada L.');
  await dialog.getByRole('button', { name: button }).click();
  await dialog.waitFor({ state: 'detached' });
}

describe('the overview', () => {
  it('tells of an agent whose link is cut, the worst first, and of its return', async () => {
    await film('reel');
    await becomes(() => jobOf('reel')?.remaining === 2);
    await using view = await openPage(system, '/');
    const { page } = view;
    await page.getByText('nothing waits for you').waitFor();
    await page.getByRole('row', { name: /^reel running/ }).waitFor();
    await page
      .getByRole('link', { name: /^Next sweep/ })
      .getByText(/^[012]:\d\d$/)
      .waitFor();
    system.cut('a2');
    await page.getByText(/^1 agent is cut off; 1 job is not over/).waitFor();
    const agents = page.getByRole('region', { name: 'Agents, the worst first' });
    await expect
      .poll(() => agents.locator('tbody tr').first().innerText())
      .toMatch(/^a2\s+cut off/);
    await view.check();
    await view.shot('overview-cut');
    system.heal();
    await page.getByText('No agent is in trouble').waitFor();
    await page.getByRole('region', { name: 'Last outages' }).getByText('a2').first().waitFor();
    system.work.finish('reel-pier');
    system.work.finish('reel-attic');
    await page.getByText('No job runs.', { exact: true }).waitFor();
    await view.check();
  });
});

describe('jobs', () => {
  it('are listed by what they do, found by a part of the name, and opened with the keyboard', async () => {
    await thumbs('cats');
    await thumbs('dogs');
    await using view = await openPage(system, '/jobs');
    const { page } = view;
    const finished = page.getByRole('region', { name: 'Finished jobs' });
    await finished.getByText('11 of 12').nth(1).waitFor();
    await page.getByLabel('Only jobs with this in their name').fill('dog');
    await expect.poll(() => finished.locator('tbody tr').count()).toBe(1);
    await page.getByRole('heading', { name: 'Jobs' }).click();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'dogs', level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/jobs/dogs');
  });

  it('say how far they are and why each failed one failed; what failed is tried again', async () => {
    await thumbs('birds');
    await using view = await openPage(system, '/jobs/birds');
    const { page } = view;
    await page.getByText('thirteen is unlucky').waitFor();
    await page.getByText('The run was over: 11 done, 1 failed.').waitFor();
    await page.getByRole('link', { name: '11 done' }).waitFor();
    await settled(page);
    await view.check();
    await act(view, 'Retry 1 failed', 'handed in anew, with fresh budgets');
    await page.getByText('1 sub-transaction of birds is done again.').waitFor();
    const { items } = system.controller.history({ kinds: ['job.retry'], subject: 'birds' });
    expect(items).toMatchObject([{ by: 'Ada L.' }]);
  });

  it('are stopped after a question, and taken out of the lists when they are over', async () => {
    await film('noir');
    await becomes(() => jobOf('noir')?.remaining === 2);
    await using view = await openPage(system, '/jobs/noir', { theme: 'dark' });
    const { page } = view;
    await page.getByRole('region', { name: 'Out at agents' }).getByText('noir-pier').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await view.check();
    await page.getByRole('button', { name: 'Leave it' }).click();
    expect(jobOf('noir')).toMatchObject({ state: 'running', stoppedBy: null });
    await act(view, 'Stop', 'Nothing more is given out');
    await page.getByText(/^noir is (being )?stopped\.$/).waitFor();
    await view.shot('job-said');
    await page.getByText('stopped', { exact: true }).first().waitFor();
    expect(jobOf('noir')).toMatchObject({ stoppedBy: 'Ada L.' });
    await page.getByRole('link', { name: '2 cancelled' }).waitFor();
    await act(view, 'Take out of the lists', 'Its records are removed');
    await page.getByText('noir is taken out of the lists.').waitFor();
    await becomes(() => jobOf('noir') === undefined);
    view.forgive(/404/);
    await page.waitForURL('**/jobs');
    expect(await page.getByText('There is no job').count()).toBe(0);
  });

  it('are not acted on without the token, which is asked for', async () => {
    await thumbs('frogs');
    await using view = await openPage(system, '/jobs/frogs', { token: false });
    const { page } = view;
    await page.getByRole('button', { name: 'Retry 1 failed' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Your name').fill('Grace');
    await dialog.getByLabel('Token').fill('wrong');
    view.forgive(/401/);
    await dialog.getByRole('button', { name: 'Retry 1 failed' }).click();
    await dialog.getByText(/^This is done with the token only/).waitFor();
    expect(jobOf('frogs')?.failed).toBe(1);
    await dialog.getByLabel('Token').fill(system.token);
    await view.check();
    await dialog.getByRole('button', { name: 'Retry 1 failed' }).click();
    await page.getByText('1 sub-transaction of frogs is done again.').waitFor();
  });
});
