/**
 * A node whose event loop can be blocked, as by a long pause of its process: wakes wait, and what arrives
 * stays in the socket. As in Node, timers run before the socket is read, so that frames which came during
 * the block are known only after the first turn that follows it.
 *
 *   block ── wakes and frames gather ── unblock ─▶ all wakes ─▶ (1 ms) ─▶ all frames, in their order
 */
import type { Clock } from '../../actors/clock.ts';
import type { Transport } from '../../transport/transport.ts';

export interface Blockable {
  readonly clock: Clock;
  /** The node's end of a transport. */
  socket(transport: Transport): Transport;
  block(): void;
  /** All that has waited happens now, in its order; what lies in the socket is read 1 ms later. */
  unblock(): void;
}

/** The socket is read this long after the timers have run. */
const POLL_MS = 1;

export function createBlockable(clock: Clock): Blockable {
  let waiting: (() => void)[] | undefined;
  let unread: (() => void)[] | undefined;
  return {
    clock: {
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      after(afterMs, wake) {
        let isOff = false;
        const cancel = clock.after(afterMs, () => {
          if (waiting) waiting.push(() => void (isOff || wake()));
          else wake();
        });
        return () => {
          isOff = true;
          cancel();
        };
      },
    },
    socket: (transport) => ({
      ...transport,
      subscribe: (subject, receive) =>
        transport.subscribe(subject, (bytes, from) => {
          if (unread) unread.push(() => receive(bytes, from));
          else receive(bytes, from);
        }),
    }),
    block() {
      waiting = [];
      unread = [];
    },
    unblock() {
      const wakes = waiting ?? [];
      waiting = undefined;
      for (const wake of wakes) wake();
      clock.after(POLL_MS, () => {
        const frames = unread ?? [];
        unread = undefined;
        for (const frame of frames) frame();
      });
    },
  };
}
