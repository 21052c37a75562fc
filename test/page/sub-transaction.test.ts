/**
 * One sub-transaction in the browser: what is shown moves with it, its link is cut meanwhile, and what a person
 * has done is asked first, done, told, and recorded with the name.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineHandler, type Handler } from '../../index.ts';
import type { SubTransactionView } from '../../actors/views.ts';
import { openPage, type View } from './browser.ts';
import { becomes, connectionOf, openSystem, type System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await openSystem();
});
afterAll(() => system.close());

const handler = (name: string) => system.work.handlers.find((one) => one.name === name)!;
const shown = (id: string) => system.controller.show(id) as unknown as SubTransactionView;
const stateOf = (id: string) => shown(id).state;

async function accept(name: string, id: string, input: unknown = null): Promise<void> {
  await system.controller.accept(handler(name), input, { id, by: 'ada' });
}

const pageOf = (id: string) => `/sub-transactions/${id}`;

/** Runs at an agent. */
const isOut = (id: string) => ['received', 'inProgress'].includes(stateOf(id));

const litIn = (page: Page) => page.locator('.chart [aria-current="true"]');

/** Presses a button of the view, gives a name, and says yes. */
async function act({ page }: View, label: string, by: string): Promise<void> {
  await page.getByRole('button', { name: label, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Your name').fill(by);
  await dialog.getByRole('button', { name: label, exact: true }).click();
}

const factsBy = async (id: string, by: string) => {
  const { history } = await system.get<SubTransactionView>(`sub-transactions/${id}`);
  return history.filter((fact) => fact.by === by).map(({ kind }) => kind);
};

describe('a sub-transaction', () => {
  it('is lit in its statechart, and light, log and pulses move with it', async () => {
    await accept('render', 'film', { scene: 'one' });
    await becomes(() => isOut('film'));
    await using view = await openPage(system, pageOf('film'));
    const { page } = view;
    await page.locator('.log-line', { hasText: 'rendering one' }).waitFor();
    await page.getByText('more may come').waitFor();
    await expect.poll(() => litIn(page).getAttribute('data-state')).toBe(stateOf('film'));
    await view.check();
    system.work.finish('film');
    await expect.poll(() => litIn(page).getAttribute('data-state')).toBe('done');
    await page.locator('.log-line', { hasText: '48 of 48 frames' }).waitFor();
    await page.getByText('complete', { exact: true }).waitFor();
    expect(await page.getByRole('region', { name: 'Result' }).locator('pre').innerText()).toContain(
      '"frames": 48',
    );
    const walked = page.locator('.transition.walked');
    await expect.poll(() => walked.count()).toBeGreaterThanOrEqual(2);
    await view.check();
  });

  it('shows in its lanes that the link was cut, and how notes were compared', async () => {
    await accept('render', 'cut', { scene: 'two' });
    await becomes(() => isOut('cut'));
    const agent = shown('cut').agent!;
    await using view = await openPage(system, pageOf('cut'));
    const { page } = view;
    const message = (text: RegExp) => page.locator('.lanes-picture text', { hasText: text });
    await message(/assign attempt 1/).waitFor();
    system.cut(agent);
    await message(new RegExp(`without a word of ${agent}`)).waitFor();
    system.heal();
    await message(/verdict: continue/).waitFor();
    await becomes(() => connectionOf(system, agent) !== 'suspect');
    system.work.finish('cut');
    await message(/attempt 1 done/).waitFor();
    await page.getByText(/as a list/).click();
    await page.getByText(`controller → ${agent}`).first().waitFor();
    expect(await page.locator('.chart [aria-current="true"]').count()).toBe(1);
    expect(shown('cut').attempts).toHaveLength(1);
    await view.check();
  });

  it('says why there was another attempt', async () => {
    await accept('flaky', 'flaky-one');
    await becomes(() => stateOf('flaky-one') === 'done');
    await using view = await openPage(system, pageOf('flaky-one'));
    const { page } = view;
    await page.getByText('Attempt 2 was given to agent').waitFor();
    const attempts = page.locator('.attempts');
    await attempts.getByText('Attempt 1 had ended: the task said that it failed.').waitFor();
    await attempts.getByText('the disk of the source was busy').waitFor();
    await page.getByRole('main').getByRole('combobox').selectOption('1');
    await page.getByRole('log', { name: 'Log of attempt 1' }).waitFor();
    await view.check();
  });

  it('is cancelled by whoever says so', async () => {
    await accept('render', 'unwanted', { scene: 'three' });
    await becomes(() => isOut('unwanted'));
    await using view = await openPage(system, pageOf('unwanted'));
    await act(view, 'Cancel', 'grace');
    await view.page.getByText(/unwanted is (being )?cancelled\./).waitFor();
    await expect.poll(() => litIn(view.page).getAttribute('data-state')).toBe('cancelled');
    expect(await factsBy('unwanted', 'grace')).toEqual(['cancel']);
    await view.check();
  });

  it('is done again under a new id when it has failed', async () => {
    await accept('picky', 'thirteen');
    await becomes(() => stateOf('thirteen') === 'failed');
    await using view = await openPage(system, pageOf('thirteen'));
    const { page } = view;
    await page.locator('.outcome-message', { hasText: 'thirteen is unlucky' }).waitFor();
    await act(view, 'Do it again', 'grace');
    await page.getByText(/The work of thirteen is done again as picky-/).waitFor();
    await page.getByRole('heading', { name: /^picky-/ }).waitFor();
    await page.getByRole('link', { name: 'thirteen' }).waitFor();
    await view.check();
  });
});

describe('a parked one', () => {
  /** Nobody knows whether its first attempt has sent the letter. */
  const letter = defineHandler<null, string>({
    name: 'letter',
    maxRetries: 4,
    delay: 1,
    async run(_, task) {
      await task.once('post', () => {
        if (task.fence.attempt === 1) throw new Error('the line went dead');
        return 'posted';
      });
      return 'sent';
    },
  });

  it('asks a person, and each answer is carried out', async () => {
    const answers = [
      { id: 'letter-1', label: 'Take the step for done', becomes: 'done', fact: 'retry' },
      { id: 'letter-2', label: 'Do the step again', becomes: 'done', fact: 'retry' },
      { id: 'letter-3', label: 'Counts as done', becomes: 'done', fact: 'accept' },
      { id: 'letter-4', label: 'Give up', becomes: 'failed', fact: 'giveUp' },
    ];
    await system.join('a3', [letter] as unknown as readonly Handler[]);
    for (const { id } of answers) await system.controller.accept(letter, null, { id, by: 'ada' });
    await becomes(() => answers.every(({ id }) => stateOf(id) === 'parked'));
    for (const { id, label, becomes: state, fact } of answers) {
      await using view = await openPage(system, pageOf(id));
      const decision = view.page.getByRole('region', { name: 'Decision' });
      await decision.getByText('nobody knows whether it was done').waitFor();
      await view.check();
      await act(view, label, 'grace');
      await decision.waitFor({ state: 'detached' });
      await becomes(() => stateOf(id) === state);
      await expect.poll(() => litIn(view.page).getAttribute('data-state')).toBe(state);
      expect(await factsBy(id, 'grace')).toEqual([fact]);
    }
  });
});

it('what does not exist says so, and where to look', async () => {
  await using view = await openPage(system, pageOf('nothing'));
  view.forgive(/404/);
  await view.page.getByText('There is no sub-transaction "nothing"').first().waitFor();
  await view.check();
});
