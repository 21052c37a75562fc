/**
 * The wall of statecharts and a look at one of them, in the browser, against a system in which things happen.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { machineDefinitions } from '../../machines/definitions.ts';
import { openPage } from './browser.ts';
import { becomes, openSystem, type System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await openSystem();
  const { controller } = system;
  const job = await controller.startJob({
    name: 'thumbs',
    by: 'ada',
    handler: handler('resize'),
    items: Array.from({ length: 20 }, (_, n) => ({ path: `${n}.jpg` })),
  });
  await job.ended;
  await controller.accept(handler('render'), { scene: 'one' }, { id: 'film', by: 'ada' });
  await becomes(() => stateOf('film') === 'inProgress' || stateOf('film') === 'received');
});
afterAll(() => system.close());

const handler = (name: string) => system.work.handlers.find((one) => one.name === name)!;

function stateOf(id: string): string | undefined {
  const shown = system.controller.show(id);
  return shown.kind === 'subTransaction' ? shown.state : undefined;
}

describe('the wall of statecharts', () => {
  it('draws every machine with each of its states as a button that says what it is', async () => {
    await using view = await openPage(system, '/statecharts');
    const { page } = view;
    for (const [name, { states }] of Object.entries(machineDefinitions)) {
      const chart = page.locator(`.wall-${name}`);
      for (const [state, { description }] of Object.entries(states)) {
        const node = chart.locator(`[data-state="${state}"]`);
        await node.waitFor();
        expect(await node.getAttribute('aria-label')).toContain(description);
      }
      expect(await chart.locator('.transition').count()).toBeGreaterThan(2);
    }
    await page.locator('.wall-subTransaction [data-state="done"]', { hasText: '20' }).waitFor();
    await view.shot('statecharts-light');
    await view.check();
  });
});
