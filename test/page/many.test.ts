/**
 * Many agents and much work: the lists stay usable. What is on record is looked up and not walked through, so the
 * numbers here are smaller than those that were measured by hand (1,000 agents, a million sub-transactions).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { openPage } from './browser.ts';
import { becomes, openSystem, type System } from './system.ts';

const AGENTS = 250;
const WORK = 60_000;

let system: System;
beforeAll(async () => {
  system = await openSystem({
    settings: { periodMs: 20_000, delayMs: 4_000, timeoutMs: 120_000 },
    agents: Array.from({ length: AGENTS }, (_, n) => `agent-${String(n).padStart(4, '0')}`),
  });
  const picky = system.work.handlers.find(({ name }) => name === 'picky')!;
  const items = Array.from({ length: 300 }, (_, n) => ({ handler: picky, input: n }));
  await (
    await system.controller.startJob({ name: 'rare', items })
  ).ended;
  // Nobody has this handler: all of it waits.
  const waits = Array.from({ length: WORK }, (_, n) => ({ handler: nobodys, input: n }));
  await system.controller.startJob({ name: 'many', items: waits });
  await becomes(() => system.controller.list().singlepass[0]?.total === WORK);
}, 120_000);
afterAll(() => system.close());

const nobodys = { name: 'nobodys', run: () => null } as never;

/** How long the quickest of five answers took: the others were in each other's way. */
async function quickest(path: string): Promise<number> {
  let least = Infinity;
  for (let n = 0; n < 5; n++) {
    const startedAt = systemClock.elapsed();
    await system.get(path);
    least = Math.min(least, systemClock.elapsed() - startedAt);
  }
  return least;
}

describe('many agents and much work', () => {
  it.each([
    'overview',
    'agents',
    'sub-transactions?newest=true',
    'sub-transactions?state=failed',
    'sub-transactions?state=queued&newest=true',
    'sub-transactions?job=rare&state=failed&newest=true',
    'history?newest=true',
    'history?newest=true&kind=job.started',
  ])('are answered at once: %s', async (path) => {
    expect(await quickest(path)).toBeLessThan(500);
  });

  it('are listed, some at a time, and found by a part of a name', async () => {
    await using view = await openPage(system, '/agents');
    const { page } = view;
    await page.getByText(`${AGENTS} agents: ${AGENTS} alive.`).waitFor();
    expect(await page.getByRole('row').count()).toBe(101);
    await page.getByRole('button', { name: 'Show 100 more' }).click();
    await page.getByRole('row').nth(200).waitFor();
    await page.getByRole('searchbox', { name: /Only agents/ }).fill('0249');
    await page.getByRole('row', { name: /^agent-0249/ }).waitFor();
    expect(await page.getByRole('row').count()).toBe(2);
    await view.check();
  });

  it('lead from what failed to one of it, though most is of another kind', async () => {
    await using view = await openPage(system, '/sub-transactions');
    const { page } = view;
    await page.getByRole('button', { name: `queued ${WORK.toLocaleString('en-US')}` }).waitFor();
    await page.getByRole('button', { name: /^failed/ }).click();
    await page.getByRole('row', { name: /^rare-1-300/ }).waitFor();
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByRole('row', { name: /^rare-1-200/ }).click();
    await page.waitForURL(/\/sub-transactions\/rare-1-200$/);
  });
});
