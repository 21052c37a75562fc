/** The kit for tests of handlers: real handlers under virtual time, with cuts and crashes. */
import { afterEach, describe, expect, it } from 'vitest';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { defineHandler, OutcomeUnknown, SubTransactionFailed } from '../../index.ts';
import type { Sleep } from '../../scenarios/labour.ts';
import {
  openTestWorld,
  type TestAgents,
  type TestTime,
  type TestWorld,
  type TestWorldOptions,
} from '../../scenarios/test-world.ts';

let world: TestWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});
async function open(
  agents: TestAgents | ((time: TestTime) => TestAgents),
  more: Partial<TestWorldOptions> = {},
): Promise<TestWorld> {
  return (world = await openTestWorld({ agents, ...more }));
}

/** Takes a minute a page. */
const createPrint = (sleep: Sleep) =>
  defineHandler({
    name: 'print',
    onUnknown: 'retry',
    timeoutMs: 7_200_000,
    run: async ({ pages }: { pages: number }, task) => {
      for (let page = 1; page <= pages; page++) {
        await sleep(60_000, task.signal);
        task.progress({ page });
      }
      return pages;
    },
  });
const print = createPrint(() => Promise.resolve());

describe('time', () => {
  it('moves as far as the handlers sleep, and no further', async () => {
    const opened = await open(({ sleep }) => ({ a1: [createPrint(sleep)] }));
    const from = opened.nowMs;
    const printed = opened.controller.submit(print, { pages: 20 });
    expect(await opened.until(printed, { withinMs: 3_600_000 })).toBe(20);
    expect(opened.nowMs - from).toBeGreaterThanOrEqual(1_200_000);
    expect(opened.nowMs - from).toBeLessThan(1_201_000);
    expect(opened.tasks).toMatchObject([{ agent: 'a1', attempt: 1, exit: 'done' }]);
  });

  it('stands still while a handler waits for the real world', async () => {
    const reads = defineHandler({
      name: 'reads',
      timeoutMs: 1,
      run: async () => (await readFile(new URL(import.meta.url), 'utf8')).slice(0, 3),
    });
    const opened = await open({ a1: [reads] });
    expect(await opened.until(opened.controller.submit(reads, null))).toBe('/**');
  });

  it('moves on while a step waits to be on record', async () => {
    const pays = defineHandler({
      name: 'pays',
      run: async (_: null, task) => task.once('charge', () => 'charged'),
    });
    const opened = await open({ a1: [pays] });
    expect(await opened.until(opened.controller.submit(pays, null))).toBe('charged');
  });

  it('ends a handler that sleeps for too long', async () => {
    const create = (sleep: Sleep) =>
      defineHandler({
        name: 'dozes',
        maxRetries: 0,
        timeoutMs: 30_000,
        run: (_: null, { signal }) => sleep(Infinity, signal),
      });
    const opened = await open(({ sleep }) => ({ a1: [create(sleep)] }));
    const submitted = opened.controller.submit(create(opened.sleep), null);
    await expect(opened.until(submitted)).rejects.toThrow(SubTransactionFailed);
    expect(opened.tasks[0]).toMatchObject({ exit: 'stopped' });
    expect(opened.tasks[0]!.endedAtMs! - opened.tasks[0]!.startedAtMs).toBe(30_000);
  });

  it('need not move for a command that takes none', async () => {
    const opened = await open(({ sleep }) => ({ a1: [createPrint(sleep)] }));
    const from = opened.nowMs;
    const { id } = await opened.controller.accept(print, { pages: 1 });
    await opened.controller.cancel(id, 'ada');
    expect(opened.nowMs).toBe(from);
    expect(stateOf(opened, id)).toMatch(/^cancel/);
  });

  it('says what did not come about', async () => {
    const opened = await open({ a1: [print] });
    await expect(opened.until(() => false, { withinMs: 1_000 })).rejects.toThrow(
      'The condition does not hold after 1000 ms of virtual time.',
    );
    await expect(opened.until(new Promise(() => {}), { withinMs: 1_000 })).rejects.toThrow(
      'The promise has not settled after 1000 ms of virtual time.',
    );
  });
});

describe('a cut link', () => {
  it('costs no attempt when it heals in time', async () => {
    const opened = await open(({ sleep }) => ({ a1: [createPrint(sleep)] }));
    const printed = opened.controller.submit(print, { pages: 5 });
    await opened.advance(60_000);
    const heal = opened.cut('a1');
    await opened.advance(45_000);
    expect(opened.controller.agent('a1')).toMatchObject({ connection: 'suspect' });
    heal();
    expect(await opened.until(printed)).toBe(5);
    expect(opened.tasks).toHaveLength(1);
  });

  it('costs one when it lasts for longer than a lease', async () => {
    const opened = await open(({ sleep }) => ({
      a1: [createPrint(sleep)],
      a2: [createPrint(sleep)],
    }));
    const printed = opened.controller.submit(print, { pages: 5 });
    await opened.until(() => opened.tasks.length === 1);
    opened.cut(opened.tasks[0]!.agent);
    expect(await opened.until(printed)).toBe(5);
    const [first, second] = opened.tasks;
    expect(second).toMatchObject({ attempt: 2, exit: 'done' });
    expect(second!.agent).not.toBe(first!.agent);
    expect(first!.endedAtMs).toBeLessThan(second!.startedAtMs);
  });
});

describe('a crash', () => {
  it('of an agent loses what it ran, and the next boot takes it up', async () => {
    const opened = await open(({ sleep }) => ({ a1: [createPrint(sleep)] }));
    const printed = opened.controller.submit(print, { pages: 3 }, { id: 'p' });
    await opened.advance(90_000);
    opened.crash('a1');
    await opened.start('a1');
    expect(await opened.until(printed)).toBe(3);
    expect(opened.tasks).toMatchObject([
      { attempt: 1, endedAtMs: null, exit: null },
      { attempt: 2, exit: 'done' },
    ]);
    expect(opened.controller.explain('p').map(({ text }) => text)).toContainEqual(
      expect.stringContaining('a1'),
    );
  });

  it('of the controller leaves the tasks alone; the next one on its disk goes on', async () => {
    const opened = await open(({ sleep }) => ({ a1: [createPrint(sleep)] }));
    const first = opened.controller;
    const printed = first.submit(print, { pages: 3 }, { id: 'p' });
    const unknown = expect(printed).rejects.toThrow(OutcomeUnknown);
    await opened.advance(90_000);
    opened.crash('controller');
    await unknown;
    await opened.start('controller');
    expect(opened.controller).not.toBe(first);
    await opened.until(() => stateOf(opened, 'p') === 'done');
    expect(opened.tasks).toMatchObject([{ attempt: 1, exit: 'done' }]);
  });

  it('is of a node that is there', async () => {
    const opened = await open({ a1: [print] });
    expect(() => opened.crash('a2')).toThrow(
      'There is no node "a2" in this world; there are controller, a1.',
    );
  });
});

it('ends with tasks that still run', async () => {
  const waits = defineHandler({
    name: 'waits',
    run: async (_: null, { signal }) => {
      await once(signal, 'abort');
    },
  });
  const slow = createPrint(() => Promise.resolve());
  const opened = await open(({ sleep }) => ({ a1: [createPrint(sleep), waits] }));
  void opened.controller.submit(slow, { pages: 100 }).catch(() => {});
  await opened.advance(1_000);
  expect(opened.tasks).toHaveLength(1);
});

const stateOf = ({ controller }: TestWorld, id: string) =>
  (controller.show(id) as { readonly state?: string }).state;
