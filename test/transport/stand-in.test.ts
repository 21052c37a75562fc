/** When somebody speaks for a loop that stands still, what is said, and when not. */
import { describe, expect, it } from 'vitest';
import { bareFrame, Spokesman } from '../../transport/stand-in.ts';
import { sampleAgentFrame } from './sample-frames.ts';

const agentFrame = sampleAgentFrame({ hello: { bootId: 'b', handlers: ['x'], oldest: null } });
const timing = { periodMs: 10_000, delayMs: 2_000 };
const word = { subject: 'lifeline.from.a1', frame: agentFrame, leaseMs: 60_000, ...timing };

/** Looks every 50 ms while the loop sends a frame at each of these instants; what was said, and when. */
function play(framesAt: readonly number[], forMs: number, told = word, atMs = 0) {
  const said: { at: number; lagMs: number }[] = [];
  let now = 0;
  const spokesman = new Spokesman((subject, frame) => {
    expect(subject).toBe(word.subject);
    said.push({ at: now, lagMs: frame.beat.lagMs });
  });
  for (now = 0; now <= forMs; now += 50) {
    if (now === atMs) spokesman.told(told, now);
    spokesman.look(framesAt.filter((at) => at <= now).length, now);
  }
  return said;
}

describe('a stand-in', () => {
  it('says nothing for a loop that speaks each period', () => {
    expect(play([0, 10_000, 20_000, 30_100], 40_000)).toEqual([]);
  });

  it('speaks before the loop becomes suspect, then every period, and says how late the loop is', () => {
    expect(play([0, 10_000], 45_000)).toEqual([
      { at: 20_500, lagMs: 500 },
      { at: 30_500, lagMs: 10_500 },
      { at: 40_500, lagMs: 20_500 },
    ]);
  });

  it('is silent again as soon as the loop speaks', () => {
    expect(play([0, 30_000], 42_000).map(({ at }) => at)).toEqual([10_500, 20_500, 40_500]);
  });

  it('does not speak longer than the lease lasts', () => {
    expect(play([0], 90_000, { ...word, leaseMs: 31_000 }).map(({ at }) => at)).toEqual([
      10_500, 20_500, 30_500,
    ]);
  });

  it('says nothing for nobody', () => {
    const said: unknown[] = [];
    const spokesman = new Spokesman((_, frame) => said.push(frame));
    spokesman.told(word, 0);
    spokesman.look(1, 0);
    spokesman.told(undefined, 5_000);
    spokesman.look(1, 30_000);
    expect(said).toEqual([]);
  });

  it('looks often enough to speak within the delay', () => {
    const spokesman = new Spokesman(() => undefined);
    spokesman.told({ ...word, periodMs: 500, delayMs: 200 }, 0);
    expect(spokesman.look(1, 0)).toBeLessThanOrEqual(25);
  });

  it('carries nothing but that its agent lives, with the stamp that it had', () => {
    const bare = bareFrame(agentFrame);
    expect(bare).toMatchObject({ answers: [], progress: [], outbox: [], out: null, logs: [] });
    expect(bare.hello).toBeUndefined();
    expect(bare.stamp).toBe(agentFrame.stamp);
  });
});
