/**
 * One sub-transaction in the browser: that what is shown moves with it, and that what a person has done is done.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPage } from './browser.ts';
import { becomes, openSystem, type System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await openSystem();
});
afterAll(() => system.close());

const handler = (name: string) => system.work.handlers.find((one) => one.name === name)!;

function stateOf(id: string): string | undefined {
  const shown = system.controller.show(id);
  return shown.kind === 'subTransaction' ? shown.state : undefined;
}

async function accept(name: string, id: string, input: unknown = null): Promise<void> {
  await system.controller.accept(handler(name), input, { id, by: 'ada' });
}

describe('a sub-transaction', () => {
  it('is lit in its statechart, and the light moves when it does', async () => {
    await accept('render', 'film', { scene: 'one' });
    await becomes(() => stateOf('film') !== 'queued');
    await using view = await openPage(system, '/work/film', { height: 2000 });
    const { page } = view;
    const lit = page.locator('.chart [aria-current="true"]');
    await page.locator('[data-state="received"], [data-state="inProgress"]').first().waitFor();
    await expect.poll(() => lit.getAttribute('data-state')).toBe(stateOf('film'));
    await page.locator('.lanes-picture').waitFor();
    await view.shot('sub-light');
    system.work.finish('film');
    await expect.poll(() => lit.getAttribute('data-state')).toBe('done');
    await page.locator('.log-line', { hasText: '48 of 48 frames' }).waitFor();
    await view.check();
    await view.shot('sub-done');
  });
});
