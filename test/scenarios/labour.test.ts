/** Who keeps time from moving: tasks that neither sleep nor wait for their controller, and for how long. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, it } from 'vitest';
import type { Exit, Runner, RunnerEvents, Work } from '../../handlers/handler.ts';
import { createMemorySpool } from '../../handlers/spool.ts';
import { Labour } from '../../scenarios/labour.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';

const fence = { birth: 1, attempt: 1 };
const work: Work = { fence, id: 'x', job: null, handler: 'slow', input: null };
const done: Exit = { kind: 'done', result: null };
const unheard: RunnerEvents = {
  ended: () => {},
  progress: () => {},
  step: () => {},
  logged: () => {},
};

/** A runner whose only task does what the test does for it. */
function open() {
  const real = createVirtualClock();
  const labour = new Labour(real);
  let events!: RunnerEvents;
  let inTask!: <T>(does: () => T) => T;
  const runner: Runner = {
    handlers: ['slow'],
    start(_, given) {
      events = given;
      inTask = AsyncLocalStorage.snapshot();
    },
    stop: () => {},
    beginStep: () => {},
    killable: () => false,
    endedByLease: false,
    leaseFor: () => {},
    logs: createMemorySpool(),
    close: () => Promise.resolve(),
  };
  const ends: string[] = [];
  const watched = labour.watch(runner, () => (kind) => void ends.push(kind));
  watched.start(work, unheard);
  const rests = async () => {
    let isOver = false;
    const resting = labour.rest().then(() => (isOver = true));
    await real.settle();
    await real.settle();
    return { resting, isOver: () => isOver };
  };
  return { real, labour, watched, ends, rests, events: () => events, inTask: () => inTask };
}

it('waits for what computes, until it has ended', async () => {
  const { ends, rests, events } = open();
  const { resting, isOver } = await rests();
  expect(isOver()).toBe(false);
  events().ended(fence, done);
  await resting;
  expect(ends).toEqual(['done']);
});

it('does not wait for what sleeps, and again for what has woken', async () => {
  const { labour, rests, inTask } = open();
  const clock = createVirtualClock();
  const slept = inTask()(() => labour.sleepOn(clock)(1_000));
  await (
    await rests()
  ).resting;
  await clock.advance(1_000);
  await slept;
  expect((await rests()).isOver()).toBe(false);
});

it('does not wait for a step that is not on record, but for its work', async () => {
  const { rests, events, watched } = open();
  events().step(fence, { key: 'pay', isDone: false });
  await (
    await rests()
  ).resting;
  watched.beginStep(fence, 'pay');
  expect((await rests()).isOver()).toBe(false);
});

it('counts no sleep of a test for a task', async () => {
  const { labour, rests } = open();
  void labour.sleepOn(createVirtualClock())(1_000);
  expect((await rests()).isOver()).toBe(false);
});

it('wakes what sleeps when its signal is aborted', async () => {
  const { labour, inTask } = open();
  const abort = new AbortController();
  const slept = inTask()(() => labour.sleepOn(createVirtualClock())(Infinity, abort.signal));
  abort.abort(new Error('enough'));
  await expect(slept).rejects.toThrow('enough');
});

it('names the handler that holds time up for too long', async () => {
  const { real, labour } = open();
  const resting = expect(labour.rest()).rejects.toThrow(
    'Time stands still: the handler "slow" has not ended for 10 s',
  );
  await real.settle();
  await real.settle();
  await real.advance(10_000);
  await resting;
});
