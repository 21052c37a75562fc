/**
 * An agent that lives says so: a frame at least once a period, each second while its lease is late (B4), and
 * each second before it has a link. The period is that of the lease it holds: what renews nothing (an echo of
 * an older beat, or one that is older than the timeout it brings) changes nothing (B2). Whoever was stopped
 * for a while is not to blame.
 */
import { defaultLateBeatMs, defaultTiming, lateAfterMs } from '../../machines/timing.ts';
import type { Timing } from '../../transport/frame.ts';
import { said, type AgentTurn } from './books.ts';
import { property } from './checker.ts';

interface Voice {
  saidAt: number;
  /** The beat from which its lease runs; null: it has none yet. */
  stamp: number | null;
  timing: Timing;
  isEnding: boolean;
}

/** Whoever has no lease says hello this often. */
const HELLO_EVERY_MS = 1_000;

/** A stalled disk lets a turn through now and then only. */
const SLACK_MS = 1_500;

export const speaks = property('speaks', (books, fail) => {
  const voices = new Map<string, Voice>();

  function allowedMs({ stamp, timing }: Voice, at: number): number {
    if (stamp === null) return HELLO_EVERY_MS;
    const isLate = at - stamp >= lateAfterMs(timing) + timing.periodMs;
    return isLate ? Math.min(defaultLateBeatMs, timing.periodMs) : timing.periodMs;
  }

  function renew(voice: Voice, echo: number | null, timing: Timing, at: number): void {
    if (echo === null || echo <= (voice.stamp ?? -Infinity)) return;
    const newer = timing.version >= voice.timing.version ? timing : voice.timing;
    if (at - echo >= newer.timeoutMs) return;
    voice.stamp = echo;
    voice.timing = newer;
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
      for (const { echo, timing } of turn.heard) renew(voice, echo, timing, turn.step.at);
      const meta = turn.changes.get('meta/agent')?.after as { isOver?: boolean } | undefined;
      if (meta?.isOver) voice.isEnding = true;
    },
  };
});
