/** When the page asks again for what it shows: soon, but never twice at a time nor twice within a second. */
import { describe, expect, it } from 'vitest';
import { APART_MS, createAsking } from '../../../dashboard/page/asking.ts';
import { createTimers, settle } from './timers.ts';

function open() {
  const timers = createTimers();
  const asked: number[] = [];
  let answer = () => {};
  const asking = createAsking({
    ask: () => {
      asked.push(timers.now());
      return new Promise((resolve) => (answer = resolve));
    },
    now: timers.now,
    after: timers.after,
  });
  const answered = async () => {
    answer();
    await settle();
  };
  return { timers, asked, asking, answered };
}

describe('what is shown is asked again', () => {
  it('at once when nothing was asked lately', () => {
    const { asking, asked } = open();
    asking.want();
    expect(asked).toEqual([0]);
  });

  it('once for however many reasons, a second after the last time', async () => {
    const { asking, asked, answered, timers } = open();
    asking.want();
    await answered();
    for (let n = 0; n < 50; n++) asking.want();
    await timers.pass(APART_MS - 1);
    expect(asked).toEqual([0]);
    await timers.pass(1);
    expect(asked).toEqual([0, APART_MS]);
    await answered();
    await timers.pass(10 * APART_MS);
    expect(asked).toHaveLength(2);
  });

  it('not while an answer is awaited, and then at once if that took long', async () => {
    const { asking, asked, answered, timers } = open();
    asking.want();
    await timers.pass(5_000);
    asking.want();
    await timers.pass(5_000);
    expect(asked).toEqual([0]);
    await answered();
    expect(asked).toEqual([0, 10_000]);
  });

  it('no more once it is no longer shown', async () => {
    const { asking, asked, answered, timers } = open();
    asking.want();
    await answered();
    asking.want();
    asking.stop();
    await timers.pass(10_000);
    asking.want();
    expect(asked).toEqual([0]);
  });
});
