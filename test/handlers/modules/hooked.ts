/**
 * A worker module with hooks: each step is a line of the log.
 */
import type { TaskContext } from '../../../handlers/handler.ts';

export function before(input: string, task: TaskContext): void {
  task.log(`before ${input}`);
  if (input === 'bad') throw new Error('bad input');
}

export default function run(input: string, task: TaskContext): string {
  task.log(`run ${input}`);
  return 'made';
}

export async function after(result: string, task: TaskContext): Promise<void> {
  await Promise.resolve();
  task.log(`after ${result}`);
}
