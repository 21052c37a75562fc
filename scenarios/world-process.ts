/**
 * The process of a node, as its operating system treats it: it can be stopped (SIGSTOP), goes on, and is
 * killed. Clock, socket and disk of the node go through it.
 *
 *   stop ── wakes wait │ frames, answers of the disk, words of children gather ── go on
 *                      all wakes, in order ─▶ (1 ms) ─▶ all that has gathered, in order
 *   kill ── nothing reaches it any more, nothing leaves it
 *
 * As in Node, timers run before the socket is read, so that what came meanwhile is known only after the
 * first turn that follows.
 */
import type { Clock } from '../actors/clock.ts';
import type { Store } from '../store/store.ts';
import type { Transport } from '../transport/transport.ts';

export interface Process {
  readonly clock: Clock;
  readonly isStopped: boolean;
  readonly isDead: boolean;
  /** Something reaches it from outside: at once, when it goes on again, or never. */
  reach(call: () => void): void;
  /** Its end of a transport. */
  socket(transport: Transport): Transport;
  /** Its hold on a store. */
  hold(store: Store): Store;
  stop(): void;
  goOn(): void;
  kill(): void;
}

/** The socket is read this long after the timers have run. */
const POLL_MS = 1;

export function createProcess(clock: Clock): Process {
  let isStopped = false;
  let isDead = false;
  let wakes: (() => void)[] = [];
  /** What has gathered; undefined: what comes is taken at once. */
  let unread: (() => void)[] | undefined;
  const letGo: (() => void)[] = [];

  const reach = (call: () => void) => {
    if (isDead) return;
    if (unread) unread.push(call);
    else call();
  };
  const callAll = (calls: readonly (() => void)[]) => {
    for (const call of calls) if (!isDead) call();
  };
  const read = () => {
    if (isStopped || isDead) return;
    const calls = unread ?? [];
    unread = undefined;
    callAll(calls);
  };
  const kept = (end: () => void) => {
    letGo.push(end);
    return end;
  };

  return {
    get isStopped() {
      return isStopped;
    },
    get isDead() {
      return isDead;
    },
    clock: {
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      after(afterMs, wake) {
        let isOff = false;
        const cancel = clock.after(afterMs, () => {
          if (isDead || isOff) return;
          if (isStopped) wakes.push(() => void (isOff || wake()));
          else wake();
        });
        return () => {
          isOff = true;
          cancel();
        };
      },
    },
    reach,
    socket: (transport) => ({
      ...transport,
      publish(subject, bytes) {
        if (!isDead) transport.publish(subject, bytes);
      },
      subscribe: (subject, receive) =>
        kept(transport.subscribe(subject, (bytes, from) => reach(() => receive(bytes, from)))),
      onStatus: (changed) => kept(transport.onStatus((status) => reach(() => changed(status)))),
    }),
    hold: (store) => ({
      ...store,
      append: (batch, options) =>
        new Promise((resolve, reject) => {
          if (isDead) return;
          store.append(batch, options).then(
            () => reach(resolve),
            (error: Error) => reach(() => reject(error)),
          );
        }),
    }),
    stop() {
      isStopped = true;
      unread ??= [];
    },
    goOn() {
      if (!isStopped) return;
      isStopped = false;
      const due = wakes;
      wakes = [];
      clock.after(POLL_MS, read);
      callAll(due);
    },
    kill() {
      isDead = true;
      wakes = [];
      unread = undefined;
      for (const end of letGo) end();
    },
  };
}
