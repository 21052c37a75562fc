/** The quiet moments of a turn loop, at which its life can be frozen: nothing is under way. */
import { describe, expect, it } from 'vitest';
import type { LifeTap } from '../../actors/tap.ts';
import { begin } from './turning.ts';

/** A loop over a disk that takes 10 ms, with a tap that may want a quiet moment. */
async function tapped() {
  const told: string[] = [];
  const wish = { waits: false };
  const world: Awaited<ReturnType<typeof begin>> = await begin({
    schedule: (synced) => void world.clock.after(10, synced),
    tap: (store): LifeTap<string, string> => ({
      store,
      get waits() {
        return wish.waits;
      },
      turn: (step) => void told.push(`turn ${step.turn}`),
      durable: (turn) => void told.push(`durable ${turn}`),
      quiet: (turn) => void told.push(`quiet ${turn}`),
      over: () => {},
    }),
  });
  return { ...world, told, wish };
}

describe('a quiet moment', () => {
  it('comes when the last record that is under way is durable and acted on', async () => {
    const { clock, loop, told } = await tapped();
    loop.post('a');
    await clock.advance(4);
    loop.post('b');
    await clock.advance(100);
    expect(told).toEqual(['turn 1', 'turn 2', 'durable 1', 'durable 2', 'quiet 2']);
  });

  it('comes after each record, when one is wanted', async () => {
    const { clock, loop, told, wish } = await tapped();
    wish.waits = true;
    loop.post('a');
    await clock.advance(4);
    loop.post('b');
    await clock.advance(100);
    expect(told).toEqual(['turn 1', 'durable 1', 'quiet 1', 'turn 2', 'durable 2', 'quiet 2']);
  });

  it('is not waited for while the disk stalls', async () => {
    const { clock, disk, loop, told, wish } = await tapped();
    wish.waits = true;
    disk.faults.holdSync();
    for (const input of ['a', 'b', 'c']) {
      loop.post(input);
      await clock.advance(250);
    }
    expect(told).toEqual(['turn 1', 'turn 2', 'turn 3']);
  });
});
