/** A job: reached everywhere, its end, its stop and its ticks. */
import { describe, expect, it } from 'vitest';
import { job, type JobEvent, type JobState } from '../../machines/job.ts';
import { observe, resume } from './observe.ts';
import { walk } from './walk.ts';

const single = { name: 'thumbs', generation: 1, nextAt: null, at: 0 };
const periodic = { ...single, nextAt: 60_000 };

const at = 1_000;
const stop = { type: 'stop', by: 'ann', at } as const;
const completed = { type: 'completed', at } as const;
const prepared = { type: 'prepared', remaining: 0, at } as const;
const abandon = { type: 'abandon', at } as const;

function progress(remaining: number): JobEvent {
  return { type: 'progress', remaining, at };
}
function sourceEnded(remaining: number): JobEvent {
  return { type: 'sourceEnded', remaining, at };
}
function timeout(at: number): JobEvent {
  return { type: 'timeout', at };
}

function scheduled(nextAt: number | null, missed = 0): JobEvent {
  return { type: 'scheduled', at, nextAt, missed };
}

/** A job whose first hook is done, or that has none. */
function given(input: typeof single | typeof periodic, ...events: JobEvent[]) {
  return begun(input, prepared, ...events);
}
function begun(input: typeof single | typeof periodic, ...events: JobEvent[]) {
  const observed = observe(job, input);
  events.forEach((event) => observed.send(event));
  observed.effects.splice(0, 1);
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
        prepared,
        { ...prepared, remaining: 2 },
        completed,
        stop,
        abandon,
        scheduled(null),
        scheduled((deadlineAt ?? at) + 60_000, 1),
        timeout((deadlineAt ?? at) - 1),
        timeout(deadlineAt ?? at),
        { type: 'reopen', at },
      ],
      stopWhen: ({ context }) => context.skippedTicks > 1 || context.generation > 2,
      invariant: ({ value, context }) => {
        const isOver = ['finished', 'stopped', 'resting'].includes(value);
        expect(context.endedAt !== null).toBe(isOver);
        if (context.goesOn) expect(value).toBe('stopping');
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
    [
      'is finishing',
      [sourceEnded(0), stop, progress(0)],
      'stopped',
      ['complete', 'cancelAll', 'release'],
    ],
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

  it.each<[string, JobEvent[], JobState, string[]]>([
    ['nothing was added', [sourceEnded(0), prepared], 'finishing', ['complete']],
    ['there is work', [progress(2), sourceEnded(2), { ...prepared, remaining: 2 }], 'running', []],
    ['it is not done yet', [progress(1), progress(0), sourceEnded(0)], 'starting', []],
    ['it is stopped', [progress(1), stop], 'stopping', ['cancelAll']],
    ['it cannot go on', [progress(1), abandon, progress(0)], 'stopped', ['cancelAll', 'release']],
  ])('waits for its first hook, when %s', (_, events, value, expected) => {
    const { state, effects } = begun(single, ...events);
    expect(state().value).toBe(value);
    expect(effects).toEqual(expected);
  });

  it('runs again at the next tick', () => {
    const { send, state, effects } = given(periodic, sourceEnded(0), completed);
    send(timeout(59_999));
    expect(state()).toMatchObject({ value: 'resting', context: { generation: 1, endedAt: at } });
    send(timeout(60_000));
    send(scheduled(120_000));
    expect(state()).toMatchObject({
      value: 'starting',
      context: {
        generation: 2,
        startedAt: 60_000,
        endedAt: null,
        sourceEnded: false,
        remaining: 0,
        deadlineAt: 120_000,
      },
    });
    expect(effects).toEqual(['complete', 'begin', 'schedule', 'prepare']);
  });

  it('skips the ticks that fall into a run, and counts them', () => {
    const { send, state, effects } = given(periodic, progress(1), timeout(60_000));
    expect(effects).toEqual(['schedule']);
    expect(state().context).toMatchObject({ skippedTicks: 1, deadlineAt: null });
    send(scheduled(180_000, 1));
    expect(state()).toMatchObject({
      value: 'running',
      context: { skippedTicks: 2, generation: 1, remaining: 1, deadlineAt: 180_000 },
    });
    send(sourceEnded(0));
    send({ type: 'completed', at: 130_000 });
    expect(state()).toMatchObject({ value: 'resting', context: { deadlineAt: 180_000 } });
  });

  it('skips a tick that falls into its completion hook', () => {
    const { send, state, effects } = given(periodic, sourceEnded(0), timeout(60_000));
    expect(state()).toMatchObject({ value: 'finishing', context: { skippedTicks: 1 } });
    send(scheduled(120_000));
    send({ type: 'completed', at: 61_000 });
    expect(state()).toMatchObject({ value: 'resting', context: { deadlineAt: 120_000 } });
    expect(effects).toEqual(['complete', 'schedule']);
  });

  it('counts what was missed and leaves it', () => {
    const { state } = given(periodic, sourceEnded(0), completed, scheduled(600_000, 9));
    expect(state()).toMatchObject({
      value: 'resting',
      context: { generation: 1, skippedTicks: 9, deadlineAt: 600_000 },
    });
  });

  it.each<[string, JobEvent[], JobState]>([
    ['at once while it rests', [sourceEnded(0), completed, scheduled(null)], 'finished'],
    ['after the run', [progress(1), scheduled(null), sourceEnded(0), completed], 'finished'],
  ])('is over when no tick follows: %s', (_, events, value) => {
    expect(given(periodic, ...events).state()).toMatchObject({
      value,
      context: { deadlineAt: null, periodic: false },
    });
  });

  it('rests after a run that could not go on, and ends when it is stopped meanwhile', () => {
    const { send, state, effects } = given(periodic, progress(2), abandon);
    expect(state()).toMatchObject({
      value: 'stopping',
      context: { goesOn: true, deadlineAt: 60_000 },
    });
    const other = given(periodic, progress(2), abandon, stop, progress(0));
    expect(other.state()).toMatchObject({ value: 'stopped', context: { deadlineAt: null } });
    send(progress(0));
    expect(state()).toMatchObject({
      value: 'resting',
      context: { goesOn: false, deadlineAt: 60_000 },
    });
    expect(effects).toEqual(['cancelAll']);
  });

  it('keeps its tick across a restart', () => {
    const { value, context } = given(periodic, sourceEnded(0), completed).state();
    const { send, state, effects } = resume(job, { value, context });
    send(timeout(60_000));
    expect(state().value).toBe('starting');
    expect(effects).toEqual(['begin', 'schedule', 'prepare']);
  });
});
