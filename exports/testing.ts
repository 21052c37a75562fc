/**
 * `lifeline/testing`: a controller and agents under virtual time, for tests of handlers.
 *
 * ```ts
 * await using world = await openTestWorld({ agents: ({ sleep }) => ({ a1: [createResize(sleep)] }) });
 * const thumb = await world.until(world.controller.submit(resize, { path: 'cat.jpg' }));
 * ```
 *
 * An hour passes in a second; links are cut and nodes crash when a test says so.
 *
 * @module testing
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
