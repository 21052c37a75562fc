/** Progress and end of a run, as its handle tells them: facts by hand, virtual time. */
import { describe, expect, it } from 'vitest';
import type { ControllerNode } from '../../actors/controller.ts';
import { JobRun, type JobProgress } from '../../actors/job-handle.ts';
import type { Entry } from '../../actors/records.ts';
import { Refused } from '../../actors/refused.ts';
import { createVirtualClock } from '../../scenarios/virtual-clock.ts';
import { HandMade } from './hand-made.ts';

async function begin() {
  const made = await HandMade.open();
  const clock = createVirtualClock();
  const row = await made.job('j');
  let listener: Parameters<ControllerNode['follow']>[0] | undefined;
  const commands: unknown[] = [];
  const node = {
    store: made.store,
    follow(follower: typeof listener) {
      listener = follower;
      return () => (listener = undefined);
    },
    command(command: unknown) {
      commands.push(command);
      return Promise.resolve(undefined as never);
    },
  } satisfies Pick<ControllerNode, 'store' | 'follow' | 'command'>;
  const run = new JobRun({ node, clock, by: 'test' }, row, false);
  const seen: (readonly [atMs: number, done: number])[] = [];
  const watching = (async () => {
    for await (const { done } of run.progress()) seen.push([clock.elapsed(), done]);
  })();
  /** Writes new counts down and tells of a fact. */
  const change = async (done: number, state: 'running' | 'finished' = 'running') => {
    const endedAt = state === 'finished' ? clock.now() : null;
    await made.job('j', { state, endedAt, counts: { ...row.counts, done } });
    tell({ at: clock.now(), kind: 'done', subject: 's1', job: 'j' });
    await clock.settle();
  };
  const tell = (fact: Entry) => listener?.([[1, fact]]);
  await clock.settle();
  return {
    run,
    clock,
    seen,
    watching,
    change,
    tell,
    commands,
    follows: () => listener !== undefined,
  };
}

describe('the progress of a run', () => {
  it('begins at once, follows the changes at most every 200 ms, and ends with the last value', async () => {
    const { clock, seen, change, watching, run, follows } = await begin();
    expect(seen).toEqual([[0, 0]]);
    await clock.advance(50);
    for (const done of [1, 2, 3]) {
      await change(done);
      await clock.advance(10);
    }
    await clock.advance(1_000);
    expect(seen).toEqual([
      [0, 0],
      [200, 3],
    ]);
    await change(4);
    expect(seen.at(-1)).toEqual([1_080, 4]);
    await clock.advance(10);
    await change(5, 'finished');
    expect(seen.at(-1)).toEqual([1_090, 5]);
    await watching;
    expect(await run.ended).toMatchObject({ done: 5, state: 'finished' });
    expect(follows()).toBe(false);
  });

  it('passes over what does not concern it, and looks again after a new term', async () => {
    const { clock, seen, tell } = await begin();
    const at = clock.now();
    tell({ at, kind: 'done', subject: 's2', job: 'other' });
    await clock.advance(1_000);
    expect(seen).toHaveLength(1);
    tell({ at, kind: 'controller.active', subject: 'controller' });
    await clock.settle();
    expect(seen).toHaveLength(2);
  });

  it('ends without a last value when the controller is closed', async () => {
    const { run, seen, watching } = await begin();
    run.abort(new Error('closed'));
    await watching;
    expect(seen).toHaveLength(1);
    await expect(run.ended).rejects.toThrow('closed');
  });

  it('is one value for a run that has ended', async () => {
    const { run, change } = await begin();
    await change(7, 'finished');
    const again: JobProgress[] = [];
    for await (const progress of run.progress()) again.push(progress);
    expect(again).toMatchObject([{ done: 7 }]);
  });
});

describe('the handle of a run', () => {
  it('stops it in the name of whoever asks, until it has ended', async () => {
    const { run, change, commands } = await begin();
    await run.stop('ada');
    expect(commands).toEqual([{ kind: 'stopJob', job: 'j', by: 'ada' }]);
    await change(1, 'finished');
    await expect(run.stop()).rejects.toThrow(Refused);
  });
});
