/**
 * A worker module with two steps that are done once.
 */
import type { TaskContext } from '../../../handlers/handler.ts';

export default async function step(_input: unknown, task: TaskContext): Promise<unknown> {
  const before = await task.once('before', () => 'not again');
  return [before, await task.once('now', () => 'fresh')];
}
