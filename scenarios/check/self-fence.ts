/**
 * An agent fences itself. Its lease runs from the sending of the beat that was echoed (R11); nothing is started
 * behind its end (R7); it cannot be renewed once it is over (R1); what runs is dead within the kill time after
 * it, though the loop is blocked and the disk stalls (R8, R10); and nothing of a boot lives when the next one
 * begins.
 *
 *   echoed beat left ──────── timeout ────────▶ over ── kill time ──▶ nothing alive
 */
import { checkConfig } from '../../actors/controller-config.ts';
import { atMostMs, isWithinBounds } from './bounds.ts';
import type { AgentTurn } from './books.ts';
import { property } from './checker.ts';
import { nameOf } from './executions.ts';

interface Held {
  /** What the echoes heard give at most, on the agent's clock: each its beat and the timeout it came with. */
  given: number;
  /** End of the lease on the agent's clock; -Infinity: there was none. */
  until: number;
  /** The same in true time, at the latest. */
  untilMs: number;
}

const NONE: Held = { given: -Infinity, until: -Infinity, untilMs: -Infinity };

/** For rounding, and for what the virtual world does at the same instant. */
const SLACK_MS = 20;

export const selfFence = property('self-fence', (books, fail) => {
  const config = checkConfig(books.setting.settings);
  const isPromised = isWithinBounds(books.setting);
  const killMs = atMostMs(config.killTimeMs, config) + SLACK_MS;
  const leases = new Map<string, Held>();
  let nextMs = Infinity;

  function renew(turn: AgentTurn, atMs: number): void {
    const { seat } = turn.of;
    const held = leases.get(seat) ?? { ...NONE };
    leases.set(seat, held);
    for (const { echo, timing } of turn.heard) {
      if (echo === null) continue;
      held.given = Math.max(held.given, echo + timing.timeoutMs);
    }
    const { at, now } = turn.step;
    for (const effect of now) {
      if (effect.kind !== 'lease' || effect.leftMs <= 0) continue;
      const mostMs = held.given - at;
      if (effect.leftMs > mostMs)
        fail(
          atMs,
          `${seat} has ${effect.leftMs} ms of lease, and its echoed beat gives ${mostMs}.`,
        );
      if (at >= held.until && held.until > -Infinity)
        fail(atMs, `${seat} has renewed a lease that was over for ${at - held.until} ms.`);
      held.until = at + effect.leftMs;
      held.untilMs = atMs + atMostMs(effect.leftMs, config);
    }
  }

  /** Whether something runs that should be dead by now. */
  function checkAlive(atMs: number): void {
    nextMs = Infinity;
    for (const alive of books.work.alive) {
      const endMs = (leases.get(alive.seat)?.untilMs ?? alive.startedAt) + killMs;
      if (atMs > endMs)
        fail(atMs, `${nameOf(alive)} runs ${atMs - endMs + killMs} ms after the lease was over.`);
      nextMs = Math.min(nextMs, endMs);
    }
  }

  return {
    see(sight) {
      if (!isPromised) return;
      const { turn, execution } = books;
      if (sight.what === 'boot') {
        leases.set(sight.seat, { ...NONE });
        for (const alive of books.work.alive) {
          if (alive.seat !== sight.seat) continue;
          fail(
            sight.atMs,
            `Boot ${sight.life.boot} of ${sight.seat} began, and ${nameOf(alive)} ran.`,
          );
        }
      } else if (turn) renew(turn, sight.atMs);
      else if (sight.what === 'ledger' && sight.line.what === 'start' && execution) {
        const { untilMs } = leases.get(execution.seat) ?? NONE;
        if (sight.atMs >= untilMs)
          fail(sight.atMs, `${nameOf(execution)} was started without a lease.`);
        nextMs = Math.min(nextMs, untilMs + killMs);
      }
      if (sight.atMs > nextMs) checkAlive(sight.atMs);
    },
  };
});
