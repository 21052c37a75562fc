/**
 * `lifeline/testing`: a controller and agents under virtual time, for tests of handlers.
 *
 *   await using world = await openTestWorld({ agents: ({ sleep }) => ({ a1: [createResize(sleep)] }) });
 *   const thumb = await world.until(world.controller.submit(resize, { path: 'cat.jpg' }));
 *
 * Hours pass in milliseconds; links are cut and nodes crash when a test says so.
 *
 * @module
 */
export { type Sleep } from '../scenarios/labour.ts';
export {
  openTestWorld,
  type TestAgents,
  type TestTask,
  type TestTime,
  type TestWorld,
  type TestWorldOptions,
} from '../scenarios/test-world.ts';
export {
  createVirtualClock,
  type NodeClock,
  type NodeClockOptions,
  type VirtualClock,
} from '../scenarios/virtual-clock.ts';
