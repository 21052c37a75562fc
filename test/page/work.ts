/**
 * The work of the tests of the page: handlers whose tasks end when the test says so, or fail, or write logs.
 *
 *   render   logs a line, reports progress, and runs until `finish(id)`      picky   fails at once, for good
 *   resize   done at once, with a line in its log                            flaky   fails once, then done
 */
import { defineHandler, type Handler } from '../../index.ts';

export interface Work {
  readonly handlers: readonly Handler[];
  /** Ends that task of `render`, or all of them; also those that have not begun. */
  finish(id?: string): void;
}

const render = (isOver: (id: string) => Promise<void>) =>
  defineHandler<{ scene: string }, { frames: number }>({
    name: 'render',
    onUnknown: 'retry',
    run: async ({ scene }, task) => {
      task.log(`rendering ${scene}`);
      task.progress({ frames: 12, of: 48 });
      await Promise.race([isOver(task.id), aborted(task.signal)]);
      task.log('48 of 48 frames');
      return { frames: 48 };
    },
  });

const resize = defineHandler<{ path: string }, { thumb: string }>({
  name: 'resize',
  run: ({ path }, task) => {
    task.log(`resizing ${path}`);
    return { thumb: `${path}.thumb` };
  },
});

const picky = defineHandler({
  name: 'picky',
  maxRetries: 0,
  run: (): never => {
    throw new RangeError('thirteen is unlucky');
  },
});

const flaky = defineHandler<null, string>({
  name: 'flaky',
  maxRetries: 4,
  delay: 1,
  run: (_, { fence }) => {
    if (fence.attempt === 1) throw new Error('the disk of the source was busy');
    return 'well in the end';
  },
});

export function createWork(): Work {
  const finished = new Set<string>();
  const waiting = new Map<string, () => void>();
  let isAllOver = false;
  const isOver = (id: string) =>
    isAllOver || finished.has(id)
      ? Promise.resolve()
      : new Promise<void>((resolve) => waiting.set(id, resolve));
  return {
    handlers: [render(isOver), resize, picky, flaky] as unknown as readonly Handler[],
    finish(id) {
      if (id === undefined) isAllOver = true;
      else finished.add(id);
      for (const [name, end] of waiting) if (id === undefined || id === name) end();
    },
  };
}

const aborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    const stop = () => reject(new Error('stopped'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
  });
