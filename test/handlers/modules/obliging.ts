/**
 * A worker module that does what its input says.
 */
import type { TaskContext } from '../../../handlers/handler.ts';
import { threadId } from 'node:worker_threads';

export type Wish =
  | { readonly wish: 'return'; readonly value: unknown }
  | { readonly wish: 'whoami' | 'function' | 'throw' | 'exit' | 'crash' | 'fill' | 'spin' }
  | { readonly wish: 'wait' | 'print' | 'talk' };

export default async function oblige(input: Wish, task: TaskContext): Promise<unknown> {
  switch (input.wish) {
    case 'return':
      return input.value;
    case 'whoami':
      return { threadId, id: task.id, fence: task.fence };
    case 'function':
      return { nested: { done: () => undefined } };
    case 'throw':
      throw new TypeError('this picture is no picture');
    case 'exit':
      return process.exit(3);
    case 'crash':
      queueMicrotask(() => {
        throw new Error('nobody catches this');
      });
      return new Promise(() => undefined);
    case 'fill': {
      const hoard: unknown[] = [];
      for (;;) hoard.push(new Array(1000).fill(hoard.length));
    }
    case 'spin':
      task.progress('spinning');
      for (;;) if (task.signal.aborted) return 'never seen while spinning';
    case 'wait':
      task.progress('waiting');
      return new Promise((_resolve, reject) => {
        task.signal.addEventListener('abort', () => reject(new Error('asked to stop')));
      });
    case 'print':
      process.stdout.write('to stdout\n');
      process.stderr.write('to stderr\n');
      return null;
    case 'talk':
      task.log('first');
      task.progress({ done: 1 });
      task.progress({ bad: () => undefined } as never);
      task.log('last');
      return 'said';
  }
}
