/** The execution of one attempt: reached everywhere, then its kills step by step. */
import { describe, expect, it } from 'vitest';
import { task, TASK_ENDS, type TaskEvent, type TaskState } from '../../machines/task.ts';
import { observe, resume } from './observe.ts';
import { walk } from './walk.ts';

const input = { birth: 7, attempt: 1, timeoutMs: 3_600_000, graceMs: 5_000, at: 0 };
const at = 1_000;

const start = { type: 'start', at: 0 } as const;
const done = { type: 'exit', kind: 'done', at } as const;
const failed = { type: 'exit', kind: 'failed', cause: 'error', at } as const;
const stopped = { type: 'exit', kind: 'stopped', at } as const;
const softKill = { type: 'kill', reason: 'cancelled', hard: false, at } as const;
const hardKill = { type: 'kill', reason: 'leaseExpired', hard: true, at } as const;
const found = { type: 'found', at } as const;

function given(...events: TaskEvent[]) {
  const observed = observe(task, input);
  events.forEach((event) => observed.send(event));
  return observed;
}

describe('task', () => {
  it('is reached everywhere', async () => {
    const walked = await walk(task, {
      inputs: [input],
      events: ({ context }): TaskEvent[] => [
        start,
        { type: 'refuse', reason: 'noLease', at },
        done,
        failed,
        { ...failed, cause: 'refused' },
        stopped,
        softKill,
        hardKill,
        { type: 'timeout', at: (context.deadlineAt ?? at) - 1 },
        { type: 'timeout', at: context.deadlineAt ?? at },
        found,
      ],
      invariant: ({ value, context }) => {
        expect(context.endedAt !== null).toBe(TASK_ENDS.includes(value));
      },
    });
    expect(walked).toMatchObject({ missing: [], stuck: [] });
  });

  it.each<[string, TaskEvent[], TaskState, string | null]>([
    ['returns a result', [start, done], 'done', null],
    ['fails', [start, failed], 'failed', 'error'],
    ['refuses its work', [start, { ...failed, cause: 'refused' }], 'failed', 'refused'],
    ['is stopped by somebody else', [start, stopped], 'killed', 'stopped'],
    ['is killed before it starts', [softKill], 'neverStarted', 'cancelled'],
    ['is refused', [{ type: 'refuse', reason: 'noLease', at }], 'neverStarted', 'noLease'],
    ['is killed and stops', [start, softKill, stopped], 'killed', 'cancelled'],
    ['is killed and ends well all the same', [start, softKill, done], 'killed', 'cancelled'],
    [
      'runs out of time',
      [start, { type: 'timeout', at: 3_600_000 }, stopped],
      'failed',
      'timedOut',
    ],
    ['is found before it started', [found], 'lost', 'lost'],
    ['is found while it ran', [start, found], 'lost', 'lost'],
    ['is found while it was killed', [start, softKill, found], 'lost', 'lost'],
  ])('that %s ends', (_, events, value, cause) => {
    const { state } = given(...events);
    expect(state()).toMatchObject({ value, context: { cause, deadlineAt: null, endedAt: at } });
  });

  it('runs for timeoutMs, then has graceMs, then is killed whole', () => {
    const { send, state, effects } = given(start);
    send({ type: 'timeout', at: 3_599_999 });
    expect(state().value).toBe('inProgress');
    send({ type: 'timeout', at: 3_600_000 });
    expect(state()).toMatchObject({ value: 'killing', context: { deadlineAt: 3_605_000 } });
    send({ type: 'timeout', at: 3_604_999 });
    expect(effects).toEqual(['abort']);
    send({ type: 'timeout', at: 3_605_000 });
    expect(effects).toEqual(['abort', 'killTree']);
    expect(state()).toMatchObject({ value: 'killing', context: { deadlineAt: null } });
  });

  it('gets no grace at the end of a lease', () => {
    const { state, effects } = given(start, hardKill);
    expect(effects).toEqual(['killTree']);
    expect(state()).toMatchObject({ value: 'killing', context: { deadlineAt: null } });
  });

  it('loses its grace when a hard kill follows a soft one, and keeps the first reason', () => {
    const { send, state, effects } = given(start, softKill, softKill, hardKill);
    expect(effects).toEqual(['abort', 'killTree']);
    expect(state().context.deadlineAt).toBeNull();
    send(stopped);
    expect(state()).toMatchObject({ value: 'killed', context: { cause: 'cancelled' } });
  });

  it('is not killed before its tree is gone', () => {
    const { send, state } = given(start, hardKill);
    expect(state()).toMatchObject({ value: 'killing', context: { endedAt: null } });
    send({ ...stopped, at: 1_700 });
    expect(state()).toMatchObject({ value: 'killed', context: { endedAt: 1_700 } });
  });

  it.each<[string, TaskEvent[], string]>([
    ['that ends by itself', [start, done], ''],
    ['that is stopped by somebody else', [start, stopped], ''],
    [
      'that heeds the signal',
      [start, softKill, { ...stopped, at: 1_012 }],
      'abort 1000, gone 1012',
    ],
    [
      'that does not',
      [start, softKill, { type: 'timeout', at: 6_000 }, { ...stopped, at: 6_007 }],
      'abort 1000, kill 6000, gone 6007',
    ],
    [
      'whose lease ends meanwhile',
      [
        start,
        softKill,
        { ...hardKill, at: 2_000 },
        { ...hardKill, at: 2_500 },
        { ...done, at: 2_600 },
      ],
      'abort 1000, kill 2000, gone 2600',
    ],
    ['whose lease is over', [start, hardKill, { ...stopped, at: 1_002 }], 'kill 1000, gone 1002'],
    [
      'that is out of time',
      [start, { type: 'timeout', at: 3_600_000 }, { ...stopped, at: 3_600_001 }],
      'abort 3600000, gone 3600001',
    ],
    ['that has not begun', [softKill], ''],
  ])('keeps what was done to stop one %s', (_, events, steps) => {
    const { context } = given(...events).state();
    expect(context.steps.map(({ at: when, step }) => `${step} ${when}`).join(', ')).toBe(steps);
  });

  it('keeps its deadline across a restart', () => {
    const { value, context } = given({ type: 'start', at: 40 }).state();
    const { send, state } = resume(task, { value, context });
    send({ type: 'timeout', at: 3_600_039 });
    expect(state().value).toBe('inProgress');
    send({ type: 'timeout', at: 3_600_040 });
    expect(state().value).toBe('killing');
  });
});
