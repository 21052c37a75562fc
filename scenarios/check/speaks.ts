/**
 * An agent that lives says so: a frame at least once a period, each second while its lease is late (B4), and
 * each second before it has a link. Whoever was stopped for a while is not to blame.
 */
import { defaultLateBeatMs, defaultTiming, lateAfterMs } from '../../machines/timing.ts';
import type { Timing } from '../../transport/frame.ts';
import { said, type AgentTurn } from './books.ts';
import { property } from './checker.ts';

interface Voice {
  saidAt: number;
  /** Newest echoed beat, and its timing. */
  stamp: number | null;
  timing: Timing;
  isEnding: boolean;
}

/** A stalled disk lets a turn through now and then only. */
const SLACK_MS = 1_500;

export const speaks = property('speaks', (books, fail) => {
  const voices = new Map<string, Voice>();

  function allowedMs({ stamp, timing }: Voice, at: number): number {
    if (stamp === null) return timing.periodMs;
    const isLate = at - stamp >= lateAfterMs(timing) + timing.periodMs;
    return isLate ? Math.min(defaultLateBeatMs, timing.periodMs) : timing.periodMs;
  }

  function check(turn: AgentTurn, voice: Voice, atMs: number): void {
    const { step, of } = turn;
    const silentMs = step.at - voice.saidAt;
    const mostMs = allowedMs(voice, step.at) + SLACK_MS;
    const isAwake = step.lateMs < SLACK_MS / 3;
    if (isAwake && !voice.isEnding && silentMs > mostMs)
      fail(
        atMs,
        `${of.seat} has said nothing for ${silentMs} ms, and may be silent for ${mostMs}.`,
      );
    if (said(step).length > 0 || !isAwake) voice.saidAt = step.at;
  }

  return {
    see(sight) {
      if (sight.what === 'boot') {
        const { at } = sight.life;
        const voice = { saidAt: at, stamp: null, timing: defaultTiming, isEnding: false };
        voices.set(sight.seat, voice);
      }
      const { turn } = books;
      const voice = turn && voices.get(turn.of.seat);
      if (!voice) return;
      check(turn, voice, sight.atMs);
      for (const { echo, timing } of turn.heard) {
        if (echo === null) continue;
        if (voice.stamp === null || echo > voice.stamp) voice.stamp = echo;
        if (timing.version >= voice.timing.version) voice.timing = timing;
      }
      const meta = turn.changes.get('meta/agent')?.after as { isOver?: boolean } | undefined;
      if (meta?.isOver) voice.isEnding = true;
    },
  };
});
