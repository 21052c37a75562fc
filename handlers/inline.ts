/**
 * Runs a handler's function in this process. It can be asked to stop, not made to: a promise has no kill.
 */
import { failedBy } from './failure.ts';
import type { Exit, Handler, TaskContext, Work } from './handler.ts';
import type { Attempt } from './attempt.ts';
import { Steps } from './steps.ts';

/** How the function came back; its result is not looked at here. */
type Ended = Exit | { readonly kind: 'done'; readonly result: unknown };
type Inline = Extract<Handler['runs'], { as: 'inline' }>;

/** Calls `run` in a later microtask, and `ended` once. */
export function runInline(
  { run }: Inline,
  work: Work,
  events: Pick<Attempt, 'log' | 'progress' | 'step' | 'ended'>,
): { readonly abort: () => void } {
  let abort: AbortController | undefined;
  let isAborted = false;
  let steps: Steps | undefined;
  const task: TaskContext = {
    id: work.id,
    job: work.job,
    properties: work.properties ?? null,
    fence: work.fence,
    // Made for those that look at it.
    get signal() {
      abort ??= new AbortController();
      if (isAborted) abort.abort();
      return abort.signal;
    },
    log: events.log,
    progress: events.progress,
    once(key, fn, options) {
      steps ??= new Steps(work.known ?? [], events.step);
      if (isAborted) steps.stop();
      return steps.once(key, fn, options);
    },
  };
  const settle = async (): Promise<Ended> => {
    await Promise.resolve();
    try {
      return { kind: 'done', result: await run(work.input, task) };
    } catch (error) {
      return isAborted ? { kind: 'stopped' } : failedBy(error);
    }
  };
  void settle().then((end) => events.ended(steps ? steps.end(end) : end));
  return {
    abort() {
      isAborted = true;
      abort?.abort();
      steps?.stop();
    },
  };
}
