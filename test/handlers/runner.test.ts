/**
 * The runner: what it refuses, what it checks, and that each start ends once. Inline handlers mostly; the
 * other two ways of running have files of their own.
 */
import { Type } from 'typebox';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { defineHandler, policyOf } from '../../handlers/define-handler.ts';
import type { Exit, Handler, Runner } from '../../handlers/handler.ts';
import { createRunner } from '../../handlers/runner.ts';
import type { RunnerOptions } from '../../handlers/runner.ts';
import { createMemorySpool } from '../../handlers/spool.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';
import { fence, logOf, observe, work } from './observe.ts';

let runner: Runner;
afterEach(() => runner.close());

function runWith(options: Partial<RunnerOptions>, ...handlers: Handler[]): Runner {
  const logs = createMemorySpool();
  runner = createRunner({ handlers, logs, clock: systemClock, idleThreads: 1, ...options });
  return runner;
}

const run = (...handlers: Handler[]) => runWith({}, ...handlers);

const inline = (body: (input: never, task: never) => unknown): Handler =>
  defineHandler({ name: 'x', run: body as (input: unknown) => unknown });

describe('runner', () => {
  it('runs a handler and reports its result once, later', async () => {
    const ran: unknown[] = [];
    run(
      defineHandler({
        name: 'double',
        run: (input: number, task) => {
          ran.push([task.id, task.fence, task.job]);
          return Promise.resolve(input * 2);
        },
      }) as Handler,
    );
    const observed = observe(runner, work('double', 21));
    expect([ran.length, observed.ends()]).toEqual([0, 0]);
    expect(await observed.ended).toEqual({ kind: 'done', result: 42 });
    expect(ran).toEqual([['id-1', fence(1), null]]);
    expect(observed.ends()).toBe(1);
  });

  it('refuses a handler it does not have', async () => {
    const observed = observe(run(), work('resize', {}));
    expect(observed.ends()).toBe(0);
    expect(await observed.ended).toEqual({
      kind: 'failed',
      cause: 'refused',
      message: 'This agent has no handler "resize".',
      detail: null,
    });
  });

  it('refuses an input that does not fit, naming the place', async () => {
    const input = Type.Object({ size: Type.Object({ width: Type.Integer() }) });
    run(defineHandler({ name: 'resize', input, run: () => null }) as Handler);
    const { ended } = observe(runner, work('resize', { size: { width: 'wide' } }));
    expect(await ended).toMatchObject({
      cause: 'refused',
      message: 'The input of handler "resize" does not fit: /size/width must be integer.',
    });
  });

  it('fails an attempt whose result does not fit', async () => {
    const result = Type.Object({ width: Type.Integer() });
    run(defineHandler({ name: 'x', result, run: () => ({}) as { width: number } }));
    expect(await observe(runner, work('x', null)).ended).toMatchObject({
      kind: 'failed',
      cause: 'error',
      message: expect.stringMatching(
        /^The result of handler "x" does not fit: \/ must have/,
      ) as string,
    });
  });

  it.each<[string, () => unknown, RegExp]>([
    ['a function', () => ({ done: () => null }), /cannot be sent: it has a function at \/done\.$/],
    [
      'too much',
      () => 'x'.repeat(300_000),
      /cannot be sent: it takes 300005 bytes; at most 262144/,
    ],
  ])('fails an attempt that returns %s', async (_name, body, sentence) => {
    const exit = await observe(run(inline(body)), work('x', null)).ended;
    expect(exit).toMatchObject({
      kind: 'failed',
      cause: 'error',
      message: expect.stringMatching(sentence) as string,
    });
  });

  it.each<[string, () => unknown, Partial<Exit>]>([
    [
      'an error',
      () => fail(new TypeError('no picture')),
      {
        message: 'no picture',
        detail: {
          name: 'TypeError',
          stack: expect.stringContaining('TypeError: no picture') as string,
        },
      },
    ],
    [
      'an error with a code',
      () => fail(Object.assign(new Error('gone'), { code: 'ENOENT' })),
      { message: 'gone', detail: { code: 'ENOENT' } },
    ],
    [
      'an error with a detail of its own',
      () => fail(Object.assign(new Error('gone'), { detail: { page: 7 } })),
      { message: 'gone', detail: { page: 7 } },
    ],
    ['text', () => fail('just so'), { message: 'The handler threw just so.' }],
    ['nothing', () => fail(undefined), { message: 'The handler threw undefined.' }],
    ['half a character', () => fail(new Error('\ud800')), { message: '\ufffd' }],
    [
      'a very long text',
      () => fail(new Error('y'.repeat(10_000))),
      { message: `${'y'.repeat(8000)}…` },
    ],
  ])('fails an attempt that throws %s', async (_name, body, expected) => {
    const exit = await observe(run(inline(body)), work('x', null)).ended;
    expect(exit).toMatchObject({ kind: 'failed', cause: 'error', ...expected });
  });

  it('keeps the log of an attempt and passes its progress on', async () => {
    run(
      defineHandler({
        name: 'x',
        run: async (_input, task) => {
          task.log('one');
          task.progress({ done: 1 });
          task.progress((() => null) as never);
          await Promise.resolve();
          task.log('two');
        },
      }),
    );
    const observed = observe(runner, work('x', null));
    expect(await observed.progress(() => true)).toEqual({ done: 1 });
    expect(await observed.ended).toEqual({ kind: 'done', result: null });
    expect(logOf(runner, fence(1), 'log')).toBe(
      'one\nA progress was not reported: it has a function at /.\ntwo\n',
    );
  });

  it('ignores what an attempt says after its end', async () => {
    const kept: { log(line: string): void; progress(value: null): void }[] = [];
    run(inline((_input, task) => void kept.push(task)));
    const observed = observe(runner, work('x', null));
    await observed.ended;
    kept[0]?.log('late');
    kept[0]?.progress(null);
    expect(logOf(runner, fence(1), 'log')).toBe('');
    expect(observed.ends()).toBe(1);
  });

  it('says that an attempt was stopped when it ends because of the signal', async () => {
    run(
      defineHandler({
        name: 'x',
        run: (_input, task) =>
          new Promise((_resolve, reject) => {
            task.signal.addEventListener('abort', () => reject(new Error('stopped')));
            task.progress('waiting');
          }),
      }),
    );
    const observed = observe(runner, work('x', null));
    await observed.progress((value) => value === 'waiting');
    runner.stop(fence(2), 'abort');
    runner.stop(fence(1), 'abort');
    expect(await observed.ended).toEqual({ kind: 'stopped' });
    runner.stop(fence(1), 'kill');
    expect(observed.ends()).toBe(1);
  });

  it('ignores a second start of a fence that is running', async () => {
    let starts = 0;
    const release: (() => void)[] = [];
    run(
      inline(() => {
        starts += 1;
        return new Promise<void>((resolve) => release.push(resolve));
      }),
    );
    const first = observe(runner, work('x', null));
    const second = observe(runner, work('x', null));
    await Promise.resolve();
    for (const go of release) go();
    await first.ended;
    expect([starts, first.ends(), second.ends()]).toEqual([1, 1, 0]);
  });

  it('fails an attempt whose own runner throws at the start, or ends it twice', async () => {
    const policy = policyOf({ name: 'x' });
    const own = (name: string, start: Extract<Handler['runs'], { as: 'process' }>['start']) => ({
      name,
      policy,
      input: undefined,
      result: undefined,
      runs: { as: 'process' as const, start },
    });
    run(
      own('throws', () => fail(new Error('no more processes'))),
      own('twice', (_work, _output, ended) => {
        ended({ kind: 'done', result: 1 });
        ended({ kind: 'stopped' });
        return { pid: undefined, stop: () => undefined };
      }),
    );
    expect(await observe(runner, work('throws', null)).ended).toMatchObject({
      message: 'The handler could not be started: Error: no more processes',
    });
    const twice = observe(runner, work('twice', null, fence(2)));
    expect(twice.ends()).toBe(0);
    expect(await twice.ended).toEqual({ kind: 'done', result: 1 });
    expect(twice.ends()).toBe(1);
  });

  it('knows what it can kill, and refuses what comes after its close', async () => {
    run(
      inline(() => null),
      defineHandler({ name: 'thread', module: new URL('file:///x.js') }),
    );
    expect(runner.handlers).toEqual(['x', 'thread']);
    expect([runner.killable('x'), runner.killable('thread')]).toEqual([false, true]);
    await runner.close();
    expect(await observe(runner, work('x', null)).ended).toMatchObject({
      cause: 'refused',
      message: 'The agent is closing.',
    });
  });

  it('does not close before an inline function has ended', async () => {
    let release: () => void = () => undefined;
    const left: unknown[] = [];
    const order: string[] = [];
    const clock = createVirtualClock();
    const x = defineHandler({
      name: 'x',
      run: async (_input, task) => {
        task.progress('begun');
        await new Promise<void>((resolve) => (release = resolve));
        order.push(`function, ${task.signal.aborted ? 'aborted' : 'not aborted'}`);
      },
    });
    runWith({ clock, onLeftRunning: (names) => left.push(names) }, x);
    const observed = observe(runner, work('x', null));
    await observed.progress(() => true);
    const closing = runner.close().then(() => order.push('close'));
    await clock.advance(9_999);
    release();
    await closing;
    expect(order).toEqual(['function, aborted', 'close']);
    expect([observed.ends(), left]).toEqual([1, []]);
  });

  it('says what is left running when inline functions do not end in time', async () => {
    const left: unknown[] = [];
    const release: (() => void)[] = [];
    const clock = createVirtualClock();
    const onLeftRunning = (names: readonly string[]) => left.push(names);
    runWith(
      { onLeftRunning, clock, closeWithinMs: 2000 },
      inline(() => new Promise<void>((resolve) => release.push(resolve))),
      defineHandler({ name: 'heedful', run: () => null }),
    );
    const deaf = [1, 2].map((birth) => observe(runner, work('x', null, fence(birth))));
    void observe(runner, work('heedful', null, fence(3)));
    const closing = runner.close();
    await clock.advance(1999);
    expect(left).toEqual([]);
    await clock.advance(1);
    await closing;
    expect(left).toEqual([['x']]);
    for (const go of release) go();
    expect(await Promise.all(deaf.map(({ ended }) => ended))).toHaveLength(2);
  });

  it('refuses two handlers of one name', () => {
    run();
    expect(() =>
      run(
        inline(() => 1),
        inline(() => 2),
      ),
    ).toThrow('Two handlers are called "x"');
  });
});

function fail(error: unknown): never {
  throw error;
}
