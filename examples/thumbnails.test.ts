/** What a handler of one's own does in an outage, a crash and an endless wait, under virtual time (docs/testing.md). */
import { openTestWorld, type TestWorld } from 'lifeline/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createThumbnail } from './thumbnails.ts';

let world: TestWorld;
let orders: string[];
let readyAtMs: number;

/** Two agents with the handler, and a renderer that takes ten minutes. */
beforeEach(async () => {
  orders = [];
  readyAtMs = 600_000;
  const renderer = {
    order: (path: string) => Promise.resolve(`ticket ${orders.push(path)}`),
    isReady: () => Promise.resolve(world.nowMs >= readyAtMs),
  };
  world = await openTestWorld({
    agents: ({ sleep }) => {
      const handlers = [createThumbnail(renderer, sleep)];
      return { a1: handlers, a2: handlers };
    },
  });
});
afterEach(() => world.close());

/** Hands one in, and lets it run for a minute. */
async function begin() {
  const thumbnail = createThumbnail({} as never, () => Promise.resolve());
  const { outcome } = await world.controller.accept(thumbnail, { path: 'cat.jpg' });
  await world.advance(60_000);
  return { outcome };
}

const done = { state: 'done', result: 'cat.jpg.thumb' };

it('waits for ten minutes, which take no time', async () => {
  const { outcome } = await begin();
  expect(await world.until(outcome)).toMatchObject(done);
  expect(world.nowMs).toBeGreaterThanOrEqual(600_000);
});

it('goes on when its link is cut for less than its lease', async () => {
  const { outcome } = await begin();
  const heal = world.cut(world.tasks[0]!.agent);
  await world.advance(45_000);
  heal();
  expect(await world.until(outcome)).toMatchObject(done);
  expect(world.tasks).toHaveLength(1);
});

it('is killed before another agent goes on, and orders nothing twice', async () => {
  const { outcome } = await begin();
  world.cut(world.tasks[0]!.agent);
  expect(await world.until(outcome)).toMatchObject(done);
  const [first, second] = world.tasks;
  expect(second).toMatchObject({ attempt: 2, exit: 'done' });
  expect(second!.agent).not.toBe(first!.agent);
  expect(first!.endedAtMs).toBeLessThan(second!.startedAtMs);
  expect(orders).toEqual(['cat.jpg']);
});

it('is done again when its agent dies, and orders nothing twice', async () => {
  const { outcome } = await begin();
  const { agent } = world.tasks[0]!;
  world.crash(agent);
  await world.start(agent);
  expect(await world.until(outcome)).toMatchObject(done);
  expect(world.tasks).toMatchObject([{ exit: null }, { attempt: 2, exit: 'done' }]);
  expect(orders).toEqual(['cat.jpg']);
});

it('fails when the renderer never is ready, after as many tries as it has', async () => {
  readyAtMs = Infinity;
  const { outcome } = await begin();
  expect(await world.until(outcome, { withinMs: 3_600_000 })).toMatchObject({
    state: 'failed',
    failure: { cause: 'timedOut' },
  });
  expect(world.tasks.map(({ exit }) => exit)).toEqual(['stopped', 'stopped']);
});
