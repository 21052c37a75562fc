/**
 * Handlers in worker threads, through the runner: their ends, good and bad, and which thread they get.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../actors/clock.ts';
import { defineHandler } from '../../handlers/define-handler.ts';
import type { Handler, Runner } from '../../handlers/handler.ts';
import { createRunner } from '../../handlers/runner.ts';
import { createMemorySpool } from '../../handlers/spool.ts';
import type { Wish } from './modules/obliging.ts';
import { fence, logOf, observe, work } from './observe.ts';

let runner: Runner;
let births = 0;
afterEach(() => runner.close());

function open(options: { readonly idleThreads?: number; readonly threadHeapMb?: number } = {}) {
  const module = (name: string) => new URL(`./modules/${name}.ts`, import.meta.url);
  runner = createRunner({
    handlers: [
      defineHandler({ name: 'oblige', module: module('obliging') }),
      defineHandler({ name: 'empty', module: module('empty') }),
      defineHandler({ name: 'missing', module: module('missing') }),
    ] as Handler[],
    logs: createMemorySpool(),
    clock: systemClock,
    idleThreads: 2,
    ...options,
  });
}

function oblige(wish: Wish) {
  births += 1;
  const token = fence(births);
  return { token, ...observe(runner, work('oblige', wish, token)) };
}

const threadOf = async (): Promise<unknown> => {
  const exit = await oblige({ wish: 'whoami' }).ended;
  return exit.kind === 'done' ? (exit.result as { threadId: number }).threadId : exit;
};

describe('worker thread', () => {
  it('runs the default export of a module and returns its result', async () => {
    open();
    const bytes = new Uint8Array([1, 2]);
    const { ended } = oblige({ wish: 'return', value: { bytes, list: [1, null] } });
    expect(await ended).toEqual({ kind: 'done', result: { bytes, list: [1, null] } });
  });

  it('hands on log, progress and what is printed, all before the end', async () => {
    open();
    const talk = oblige({ wish: 'talk' });
    expect(await talk.progress(() => true)).toEqual({ done: 1 });
    expect(await talk.ended).toEqual({ kind: 'done', result: 'said' });
    expect(logOf(runner, talk.token, 'log')).toBe(
      'first\nA progress was not reported: it has a function at /bad.\nlast\n',
    );
    const print = oblige({ wish: 'print' });
    await print.ended;
    expect(logOf(runner, print.token, 'out')).toBe('to stdout\n');
    expect(logOf(runner, print.token, 'err')).toBe('to stderr\n');
  });

  it('keeps a thread for the next task, and no more threads than it may', async () => {
    open({ idleThreads: 1 });
    const first = await threadOf();
    expect(await threadOf()).toBe(first);
    const both = await Promise.all([threadOf(), threadOf()]);
    expect(new Set(both).size).toBe(2);
    expect(both).toContain(await threadOf());
  });

  it.each<[string, Wish, RegExp]>([
    ['throws', { wish: 'throw' }, /^this picture is no picture$/],
    [
      'returns a function',
      { wish: 'function' },
      /cannot be sent: it has a function at \/nested\/done/,
    ],
    ['calls process.exit', { wish: 'exit' }, /ended its thread with exit code 3/],
    ['has an error that nobody catches', { wish: 'crash' }, /^nobody catches this$/],
  ])('fails a task that %s, and runs the next', async (_name, wish, message) => {
    open();
    expect(await oblige(wish).ended).toMatchObject({
      kind: 'failed',
      cause: 'error',
      message: expect.stringMatching(message) as string,
    });
    expect(await oblige({ wish: 'return', value: 1 }).ended).toEqual({ kind: 'done', result: 1 });
  });

  it('fails a task that runs out of memory, and nothing else', async () => {
    open({ threadHeapMb: 32 });
    const other = oblige({ wish: 'wait' });
    await other.progress(() => true);
    expect(await oblige({ wish: 'fill' }).ended).toMatchObject({
      kind: 'failed',
      message: 'The handler ran out of memory; its thread was ended.',
    });
    expect(other.ends()).toBe(0);
  });

  it.each([
    ['has no default export', 'empty', /empty\.ts has no function as its default export\.$/],
    ['does not exist', 'missing', /missing\.ts could not be loaded: /],
  ])('says so when a module %s', async (_name, handler, message) => {
    open();
    expect(await observe(runner, work(handler, null, fence(999))).ended).toMatchObject({
      kind: 'failed',
      cause: 'error',
      message: expect.stringMatching(message) as string,
    });
  });

  it('asks a task to stop by its signal, and keeps the thread', async () => {
    open();
    const waiting = oblige({ wish: 'wait' });
    await waiting.progress(() => true);
    runner.stop(waiting.token, 'abort');
    expect(await waiting.ended).toEqual({ kind: 'stopped' });
    expect(await threadOf()).toBe(await threadOf());
  });

  it('kills a task that never yields, and only that one', async () => {
    open();
    const [deaf, other] = [oblige({ wish: 'spin' }), oblige({ wish: 'wait' })];
    await Promise.all([deaf.progress(() => true), other.progress(() => true)]);
    runner.stop(deaf.token, 'abort');
    runner.stop(deaf.token, 'kill');
    expect(await deaf.ended).toEqual({ kind: 'stopped' });
    expect([deaf.ends(), other.ends()]).toEqual([1, 0]);
    runner.stop(other.token, 'abort');
    expect(await other.ended).toEqual({ kind: 'stopped' });
  });

  it('ends itself with the lease, although nobody stops it', async () => {
    open();
    const waiting = oblige({ wish: 'wait' });
    await waiting.progress(() => true);
    runner.leaseFor(1);
    expect(await waiting.ended).toEqual({ kind: 'stopped' });
  });

  it('ends what runs when the runner is closed', async () => {
    open();
    const tasks = [oblige({ wish: 'spin' }), oblige({ wish: 'wait' })];
    await Promise.all(tasks.map((task) => task.progress(() => true)));
    await runner.close();
    expect(await Promise.all(tasks.map((task) => task.ended))).toEqual([
      { kind: 'stopped' },
      { kind: 'stopped' },
    ]);
  });
});
