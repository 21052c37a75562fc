/**
 * `task.once`: when a step is begun, what of it is told, and what a later attempt makes of what is known. Inline
 * mostly; a worker thread does the same.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { defineHandler } from '../../handlers/define-handler.ts';
import type { Handler, KnownStep, Runner, TaskContext } from '../../handlers/handler.ts';
import { createRunner } from '../../handlers/runner.ts';
import { createMemorySpool } from '../../handlers/spool.ts';
import { fence, observe, work, type Observed } from './observe.ts';

let runner: Runner | undefined;
afterEach(() => runner?.close());

/** Starts work whose only handler is that function. */
function start(run: (task: TaskContext) => unknown, known: readonly KnownStep[] = []) {
  return begin(defineHandler({ name: 'x', run: (_: unknown, task) => run(task) }), known);
}

function begin(handler: Handler, known: readonly KnownStep[] = []) {
  const logs = createMemorySpool();
  runner = createRunner({ handlers: [handler], logs, clock: systemClock, idleThreads: 1 });
  return observe(runner, { ...work('x', null), known });
}

const go = (key: string) => runner!.beginStep(fence(1), key);

describe('a step that is done once', () => {
  it('is begun only when that is on record, and its result is told before the end', async () => {
    let calls = 0;
    const seen = start((task) => task.once('charge', () => ++calls));
    await seen.told(1);
    expect(seen.news).toEqual([{ key: 'charge', isDone: false }]);
    expect(calls).toBe(0);
    go('charge');
    expect(await seen.ended).toEqual({ kind: 'done', result: 1 });
    expect(seen.news.slice(1)).toEqual([{ key: 'charge', isDone: true, result: 1 }]);
    go('charge');
    expect(calls).toBe(1);
  });

  it('is one step, however often an attempt asks for it', async () => {
    let calls = 0;
    const seen = start((task) =>
      Promise.all([task.once('a', () => ++calls), task.once('a', () => ++calls)]),
    );
    await seen.told(1);
    go('a');
    expect(await seen.ended).toEqual({ kind: 'done', result: [1, 1] });
    expect(seen.news).toHaveLength(2);
  });

  it('gives what an earlier attempt has done, without a word', async () => {
    const known = [
      { key: 'a', isDone: true, result: 7 },
      { key: 'b', isDone: true },
    ];
    const seen = start(async (task) => {
      const never = (): unknown => expect.unreachable();
      return [await task.once('a', never), (await task.once('b', never)) === undefined];
    }, known);
    expect(await seen.ended).toEqual({ kind: 'done', result: [7, true] });
    expect(seen.news).toEqual([]);
  });

  it.each([
    { what: 'is not caught', run: (task: TaskContext) => task.once('a', () => 1) },
    { what: 'is caught', run: (task: TaskContext) => task.once('a', () => 1).catch(() => 'fine') },
  ])('parks work that comes to an unknown one, also where that $what', async ({ run }) => {
    const { ended } = start(run, [{ key: 'a', isDone: false }]);
    expect(await ended).toEqual({
      kind: 'failed',
      cause: 'onceUnknown',
      message: 'An earlier attempt has begun the step "a", and nobody knows whether it was done.',
      detail: { key: 'a' },
    });
  });

  it('is done again, or counts as done, where the work says so of an unknown one', async () => {
    const known = ['a', 'b'].map((key) => ({ key, isDone: false }));
    const seen = start(async (task) => {
      const never = (): unknown => expect.unreachable();
      const b = await task.once('b', never, { onUnknown: 'done' });
      return [b === undefined, await task.once('a', () => 'again', { onUnknown: 'redo' })];
    }, known);
    await seen.told(1);
    go('a');
    expect(await seen.ended).toEqual({ kind: 'done', result: [true, 'again'] });
    expect(seen.news.map(({ key }) => key)).toEqual(['a', 'a']);
  });

  it('stays unknown when it throws, or comes to what cannot be kept', async () => {
    const wishes: [() => unknown, RegExp][] = [
      [() => expect.unreachable('no'), /no/],
      [
        () => 'x'.repeat(70_000),
        /step "a" came to cannot be kept: it takes 7\d+ bytes; at most 65536/,
      ],
      [() => new Map(), /step "a" came to cannot be kept: it has a Map/],
    ];
    for (const [fn, message] of wishes) {
      const seen: Observed = start((task) => task.once('a', fn));
      await seen.told(1);
      go('a');
      expect(await seen.ended).toMatchObject({
        kind: 'failed',
        cause: 'error',
        message: expect.stringMatching(message) as string,
      });
      expect(seen.news).toHaveLength(1);
    }
  });

  it('is not begun any more by a task that was asked to stop', async () => {
    let calls = 0;
    const seen: Observed = start((task) => task.once('a', () => ++calls));
    await seen.told(1);
    runner!.stop(fence(1), 'abort');
    go('a');
    expect(await seen.ended).toEqual({ kind: 'stopped' });
    expect(calls).toBe(0);
  });

  it.each<[unknown, unknown, object, RegExp]>([
    ['', () => 1, {}, /The key of a step must be text of 1 to 200 characters/],
    ['x'.repeat(201), () => 1, {}, /1 to 200 characters/],
    [7, () => 1, {}, /1 to 200 characters/],
    ['a', 'b', {}, /The step "a" needs a function/],
    ['a', () => 1, { onUnknown: 'hope' }, /must be "park", "redo" or "done"/],
  ])('refuses once(%j, %j, %j)', async (key, fn, options, message) => {
    const { ended } = start((task) => task.once(key as string, fn as never, options));
    expect(await ended).toMatchObject({
      kind: 'failed',
      message: expect.stringMatching(message) as string,
    });
  });

  it('is the same in a worker thread', async () => {
    const module = new URL('./modules/stepping.ts', import.meta.url);
    const seen = begin(defineHandler<unknown, unknown>({ name: 'x', module }), [
      { key: 'before', isDone: true, result: 'known' },
    ]);
    await seen.told(1);
    go('now');
    expect(await seen.ended).toEqual({ kind: 'done', result: ['known', 'fresh'] });
    expect(seen.news.at(-1)).toEqual({ key: 'now', isDone: true, result: 'fresh' });
  });
});
