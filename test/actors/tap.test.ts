/** What the tap of a turn loop is told, and when: each turn, its record, and the end of the life. */
import { describe, expect, it } from 'vitest';
import type { LifeTap, Step } from '../../actors/tap.ts';
import { begin } from './turning.ts';

const FROM_MS = Date.UTC(2026, 0, 1);

/** A loop that is tapped, and what the tap was told. */
async function tapped(options: Parameters<typeof begin>[0] = {}) {
  const told: string[] = [];
  const steps: Step<string, string>[] = [];
  const ends: { why: unknown; open: Step<string, string> | undefined }[] = [];
  const times: { at: number; readings: readonly number[] }[] = [];
  const world = await begin({
    ...options,
    tap: (store): LifeTap<string, string> => ({
      store,
      turn(step) {
        told.push(`turn ${step.turn}`);
        steps.push(step);
      },
      durable(turn, at, readings) {
        told.push(`durable ${turn}`);
        times.push({ at: at - FROM_MS, readings: readings.map((reading) => reading - FROM_MS) });
      },
      over(why, open) {
        told.push('over');
        ends.push({ why, open });
      },
    }),
  });
  return { ...world, told, steps, times, ends };
}

describe('a tap', () => {
  it('is told what a turn took in and what it decided', async () => {
    const { clock, process, loop, steps } = await tapped({
      take(input, turn) {
        turn.record(`fact ${input}`);
        turn.put('key', input);
        turn.delete('gone');
        turn.act(`later ${input}`);
        turn.actNow(`now ${input}`);
      },
    });
    loop.deadlines.set('x', loop.at() + 5);
    process.stop();
    await clock.advance(30);
    loop.post('a');
    loop.post('b');
    process.goOn();
    await clock.settle();
    expect(steps).toHaveLength(1);
    expect(steps[0]).toMatchObject({ turn: 1, at: FROM_MS + 30, lateMs: 0, readings: [] });
    expect(steps[0]).toMatchObject({ inputs: ['a', 'b'], due: ['x'] });
    expect(steps[0]).toMatchObject({ entries: ['fact a', 'fact b'] });
    expect([...steps[0]!.writes]).toEqual([
      ['key', 'b'],
      ['gone', undefined],
    ]);
    expect(steps[0]).toMatchObject({ now: ['now a', 'now b'] });
    expect(steps[0]).toMatchObject({ later: ['later a', 'later b', 'due x'] });
  });

  it('is told how late a turn is, and that it is late no more', async () => {
    const { clock, process, loop, steps } = await tapped();
    loop.post('a');
    await clock.settle();
    loop.deadlines.set('x', loop.at() + 5);
    loop.post('b');
    await clock.settle();
    process.stop();
    await clock.advance(30);
    process.goOn();
    await clock.settle();
    loop.post('c');
    await clock.settle();
    expect(steps.map(({ lateMs }) => lateMs)).toEqual([0, 0, 25, 0]);
  });

  it('is told of a record when it is durable and acted on, in the order of the turns', async () => {
    const { clock, disk, loop, told, times, did } = await tapped({
      take(input, turn) {
        if (input !== 'empty') turn.record(input);
        turn.act(input);
      },
      perform: (effect) => void (effect === 'b' && loop.fresh()),
    });
    disk.faults.holdSync();
    for (const input of ['a', 'empty', 'b']) {
      loop.post(input);
      await clock.settle();
    }
    expect(told).toEqual(['turn 1', 'turn 2', 'turn 3']);
    await clock.advance(7);
    disk.faults.releaseSync();
    await clock.settle();
    expect(told.slice(3)).toEqual(['durable 1', 'durable 2', 'durable 3']);
    expect(did.filter((line) => line.startsWith('act'))).toEqual(['act a', 'act empty', 'act b']);
    expect(times).toEqual([
      { at: 7, readings: [] },
      { at: 7, readings: [] },
      { at: 7, readings: [7] },
    ]);
  });

  it('is told what the clock said to an effect that did not wait', async () => {
    const { clock, loop, steps } = await tapped({
      take: (input, turn) => turn.actNow(input),
      perform: () => void loop.fresh(),
    });
    loop.post('a');
    await clock.settle();
    expect(steps[0]!.readings).toEqual([FROM_MS]);
  });
});

describe('the end of a life', () => {
  it('is told once, when it is closed and all is acted on', async () => {
    const { clock, loop, told, ends } = await tapped();
    loop.post('a');
    void loop.close();
    void loop.close();
    await clock.settle();
    expect(told).toEqual(['turn 1', 'durable 1', 'over']);
    expect(ends).toEqual([{ why: undefined, open: undefined }]);
  });

  it('is told with the turn that could not be decided', async () => {
    const { clock, loop, ends, told } = await tapped({
      take(input, turn) {
        turn.record(input);
        if (input === 'b') throw new Error('boom');
      },
    });
    loop.post('a');
    loop.post('b');
    loop.post('c');
    void loop.close();
    await clock.settle();
    expect(told).toEqual(['over']);
    expect(ends).toMatchObject([
      { why: { message: 'boom' }, open: { turn: 1, inputs: ['a', 'b', 'c'], entries: ['a', 'b'] } },
    ]);
  });

  it('is told without a turn when a record fails', async () => {
    const { clock, disk, loop, ends } = await tapped();
    disk.faults.failNextAppend(1, 'nothing');
    loop.post('a');
    await clock.settle();
    expect(ends).toMatchObject([{ why: { name: 'StoreFailed' }, open: undefined }]);
  });

  it('is not told when it is halted, as in a crash', async () => {
    const { clock, disk, loop, told } = await tapped();
    disk.faults.holdSync();
    loop.post('a');
    await clock.settle();
    loop.halt();
    disk.faults.releaseSync();
    await clock.settle();
    expect(told).toEqual(['turn 1']);
  });
});
