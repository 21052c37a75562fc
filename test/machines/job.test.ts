/** A job: reached everywhere, its end, its stop and its ticks. */
import { describe, expect, it } from 'vitest';
import { job, type JobEvent, type JobState } from '../../machines/job.ts';
import { observe, resume } from './observe.ts';
import { walk } from './walk.ts';

const single = { name: 'thumbs', generation: 1, intervalMs: null, at: 0 };
const periodic = { ...single, intervalMs: 60_000 };

const at = 1_000;
const stop = { type: 'stop', by: 'ann', at } as const;
const completed = { type: 'completed', at } as const;

function progress(remaining: number): JobEvent {
  return { type: 'progress', remaining, at };
}
function sourceEnded(remaining: number): JobEvent {
  return { type: 'sourceEnded', remaining, at };
}
function timeout(at: number): JobEvent {
  return { type: 'timeout', at };
}

function given(input: typeof single | typeof periodic, ...events: JobEvent[]) {
  const observed = observe(job, input);
  events.forEach((event) => observed.send(event));
  return observed;
}

describe('job', () => {
  it('is reached everywhere', async () => {
    const walked = await walk(job, {
      inputs: [single, periodic],
      events: ({ context: { deadlineAt } }): JobEvent[] => [
        progress(0),
        progress(2),
        sourceEnded(0),
        sourceEnded(2),
        completed,
        stop,
        timeout((deadlineAt ?? at) - 1),
        timeout(deadlineAt ?? at),
        { type: 'reopen', at },
      ],
      stopWhen: ({ context }) => context.skippedTicks > 1 || context.generation > 2,
      invariant: ({ value, context }) => {
        expect(context.endedAt !== null).toBe(value === 'finished' || value === 'stopped');
        if (value === 'resting') expect(context.deadlineAt).not.toBeNull();
      },
    });
    expect(walked).toMatchObject({ missing: [], stuck: [] });
  });

  it.each<[string, JobEvent[], JobState, string[]]>([
    ['something remains', [progress(3), sourceEnded(3), progress(1)], 'running', []],
    ['its source may bring more', [progress(3), progress(0)], 'running', []],
    ['it was reopened', [sourceEnded(1), { type: 'reopen', at }, progress(0)], 'running', []],
    ['the last one ended', [sourceEnded(1), progress(0)], 'finishing', ['complete']],
    ['all ended before the source', [progress(0), sourceEnded(0)], 'finishing', ['complete']],
    ['it had nothing to do', [sourceEnded(0), completed], 'finished', ['complete', 'release']],
  ])('with one pass, when %s', (_, events, value, expected) => {
    const { state, effects } = given(single, ...events);
    expect(state().value).toBe(value);
    expect(effects).toEqual(expected);
  });

  it.each<[string, JobEvent[], JobState, string[]]>([
    ['runs', [progress(2), stop], 'stopping', ['cancelAll']],
    ['is empty', [stop], 'stopped', ['cancelAll', 'release']],
    ['ends', [progress(2), stop, progress(1), progress(0)], 'stopped', ['cancelAll', 'release']],
    ['is finishing', [sourceEnded(0), stop], 'stopped', ['complete', 'release']],
    ['rests', [sourceEnded(0), completed, stop], 'stopped', ['complete', 'release']],
  ])('is stopped while it %s', (_, events, value, expected) => {
    const { state, effects } = given(periodic, ...events);
    expect(state()).toMatchObject({ value, context: { deadlineAt: null } });
    expect(effects).toEqual(expected);
  });

  it('has one outcome when a stop meets the last task', () => {
    const { state, effects } = given(single, progress(1), sourceEnded(1), stop, progress(0));
    expect(state()).toMatchObject({ value: 'stopped', context: { endedAt: at } });
    expect(effects.filter((effect) => effect === 'release')).toHaveLength(1);
    expect(effects).not.toContain('complete');
  });

  it('runs again at the next tick', () => {
    const { send, state, effects } = given(periodic, sourceEnded(0), completed);
    send(timeout(59_999));
    expect(state()).toMatchObject({ value: 'resting', context: { generation: 1 } });
    send(timeout(60_000));
    expect(state()).toMatchObject({
      value: 'running',
      context: {
        generation: 2,
        startedAt: 60_000,
        sourceEnded: false,
        remaining: 0,
        deadlineAt: 120_000,
      },
    });
    expect(effects).toEqual(['complete', 'begin']);
  });

  it('skips the ticks that fall into a run, and counts them', () => {
    const { send, state } = given(periodic, progress(1), timeout(60_000), timeout(120_007));
    expect(state()).toMatchObject({
      value: 'running',
      context: { skippedTicks: 2, generation: 1, remaining: 1, deadlineAt: 180_000 },
    });
    send(sourceEnded(0));
    send({ type: 'completed', at: 130_000 });
    expect(state()).toMatchObject({ value: 'resting', context: { deadlineAt: 180_000 } });
  });

  it('counts each tick that passed while nobody woke it', () => {
    const { state } = given(periodic, progress(1), timeout(240_000));
    expect(state().context).toMatchObject({ skippedTicks: 4, deadlineAt: 300_000 });
  });

  it('skips a tick that falls into its completion hook', () => {
    const { send, state, effects } = given(periodic, sourceEnded(0), timeout(60_000));
    expect(state()).toMatchObject({ value: 'finishing', context: { skippedTicks: 1 } });
    send({ type: 'completed', at: 61_000 });
    expect(state()).toMatchObject({ value: 'resting', context: { deadlineAt: 120_000 } });
    expect(effects).toEqual(['complete']);
  });

  it('keeps its tick across a restart', () => {
    const { value, context } = given(periodic, sourceEnded(0), completed).state();
    const { send, state, effects } = resume(job, { value, context });
    send(timeout(60_000));
    expect(state().value).toBe('running');
    expect(effects).toEqual(['begin']);
  });
});
