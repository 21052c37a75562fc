/**
 * What runs before and after the work of a task, inline and in a worker thread: in which order, and what is
 * left out when something throws. And the hooks of a job, which are handlers of their own.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { defineHandler } from '../../handlers/define-handler.ts';
import type { Handler, Runner } from '../../handlers/handler.ts';
import { createRunner } from '../../handlers/runner.ts';
import { createMemorySpool } from '../../handlers/spool.ts';
import { fence, logOf, observe, work } from './observe.ts';

let runner: Runner | undefined;
afterEach(() => runner?.close());

function open(...handlers: Handler[]): Runner {
  const logs = createMemorySpool();
  return (runner = createRunner({ handlers, logs, clock: systemClock, idleThreads: 1 }));
}

type Step = 'before' | 'run' | 'after';

/** A handler that notes its steps; one of them may throw, at once or later. */
function noting(steps: string[], throwing?: Step, later = false): Handler {
  const step = (name: Step) => (given: unknown) => {
    steps.push(`${name} ${String(given)}`);
    if (name === throwing && !later) throw new Error(`no ${name}`);
    return name === throwing ? Promise.reject(new Error(`no ${name}`)) : Promise.resolve('made');
  };
  const [before, run, after] = [step('before'), step('run'), step('after')];
  return defineHandler({ name: 'x', before, run, after });
}

describe('hooks of a task', () => {
  it('run before and after the work, with its input and its result', async () => {
    const steps: string[] = [];
    const ended = await observe(open(noting(steps)), work('x', 'given')).ended;
    expect(steps).toEqual(['before given', 'run given', 'after made']);
    expect(ended).toEqual({ kind: 'done', result: 'made' });
  });

  it.each([
    { throwing: 'before', later: false, ran: 1 },
    { throwing: 'before', later: true, ran: 1 },
    { throwing: 'run', later: false, ran: 2 },
    { throwing: 'run', later: true, ran: 2 },
    { throwing: 'after', later: false, ran: 3 },
    { throwing: 'after', later: true, ran: 3 },
  ] as const)('end the task where $throwing throws (later: $later)', async (given) => {
    const steps: string[] = [];
    const handler = noting(steps, given.throwing, given.later);
    const ended = await observe(open(handler), work('x', 'given')).ended;
    expect(steps).toHaveLength(given.ran);
    expect(ended).toMatchObject({ kind: 'failed', message: `no ${given.throwing}` });
  });

  it('leave the work out of a task that was asked to stop', async () => {
    let ran = false;
    let enter: () => void = () => {};
    const entered = new Promise<void>((resolve) => (enter = resolve));
    open(
      defineHandler({
        name: 'x',
        before: (_input, task) => {
          enter();
          return new Promise((resolve) => task.signal.addEventListener('abort', resolve));
        },
        run: () => void (ran = true),
      }),
    );
    const { ended } = observe(runner!, work('x', null));
    await entered;
    runner!.stop(fence(1), 'abort');
    expect(await ended).toEqual({ kind: 'stopped' });
    expect(ran).toBe(false);
  });

  it('are what the module of a worker exports', async () => {
    const module = new URL('./modules/hooked.ts', import.meta.url);
    open(defineHandler<unknown, unknown>({ name: 'x', module }));
    const seen = observe(runner!, work('x', 'given'));
    expect(await seen.ended).toEqual({ kind: 'done', result: 'made' });
    expect(logOf(runner!, fence(1), 'log')).toBe('before given\nrun given\nafter made\n');
    const stopped = observe(runner!, work('x', 'bad', fence(2)));
    expect(await stopped.ended).toMatchObject({ kind: 'failed', message: 'bad input' });
    expect(logOf(runner!, fence(2), 'log')).toBe('before bad\n');
  });
});

describe('hooks of a job', () => {
  it('are handlers beside the one that has them, tried once', async () => {
    const ran: unknown[] = [];
    const handler: Handler = defineHandler({
      name: 'x',
      run: () => null,
      preJob: ({ job, input }) => void ran.push(['pre', job, input]),
      postJob: ({ job, counts }) => void ran.push(['post', job, counts['done']]),
    });
    expect(open(handler).handlers).toEqual(['x', 'x-preJob', 'x-postJob']);
    expect(handler.preJob?.policy.maxRetries).toBe(0);
    const run = { job: 'j', generation: 1, counts: { done: 3 }, input: 'given' };
    await observe(runner!, work('x-preJob', run)).ended;
    await observe(runner!, work('x-postJob', run, fence(2))).ended;
    expect(ran).toEqual([
      ['pre', 'j', 'given'],
      ['post', 'j', 3],
    ]);
  });
});
