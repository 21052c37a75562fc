/**
 * What runs before and after the work of each task.
 *
 *   before(input, task) ─▶ run(input, task) ─▶ after(result, task) ─▶ the result of run
 *
 * One after the other, each awaited: what throws ends the task there, and nothing behind it is run. A task
 * that was asked to stop meanwhile goes no further. What the hooks return is not looked at.
 */
import type { TaskContext } from './handler.ts';

type Step<Given> = (given: Given, task: TaskContext) => unknown;

/** The hooks of a task; either may be left out. */
export interface TaskHooks<Input, Result> {
  readonly before?: Step<Input> | undefined;
  readonly after?: Step<Result> | undefined;
}

/** The work with its hooks around it; the work itself when there are none. */
export function hooked<Input, Result>(
  work: (input: Input, task: TaskContext) => Result | Promise<Result>,
  { before, after }: TaskHooks<Input, Result>,
): (input: Input, task: TaskContext) => Result | Promise<Result> {
  if (before === undefined && after === undefined) return work;
  return async (input, task) => {
    if (before !== undefined) {
      await before(input, task);
      task.signal.throwIfAborted();
    }
    const result = await work(input, task);
    if (after !== undefined) {
      task.signal.throwIfAborted();
      await after(result, task);
    }
    return result;
  };
}
