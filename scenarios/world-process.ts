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

/** The socket is read this long after the timers have run. */
const POLL_MS = 1;

export class Process {
  readonly #clock: Clock;
  #isStopped = false;
  #isDead = false;
  #wakes: (() => void)[] = [];
  /** What has gathered; undefined: what comes is taken at once. */
  #unread: (() => void)[] | undefined;
  readonly #letGo: (() => void)[] = [];

  /** @param clock that of its machine, as it begins */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Time within it: nothing wakes while it is stopped. */
  readonly clock: Clock = {
    now: () => this.#clock.now(),
    elapsed: () => this.#clock.elapsed(),
    after: (afterMs, wake) => {
      let isOff = false;
      const cancel = this.#clock.after(afterMs, () => {
        if (this.#isDead || isOff) return;
        if (this.#isStopped) this.#wakes.push(() => void (isOff || wake()));
        else wake();
      });
      return () => {
        isOff = true;
        cancel();
      };
    },
  };

  /** Something comes from outside: it is heard at once, when the process goes on again, or never. */
  reach(call: () => void): void {
    if (this.#isDead) return;
    if (this.#unread) this.#unread.push(call);
    else call();
  }

  /** Its end of a transport. */
  socket(transport: Transport): Transport {
    const kept = (end: () => void) => {
      this.#letGo.push(end);
      return end;
    };
    return {
      ...transport,
      publish: (subject, bytes) => {
        if (!this.#isDead) transport.publish(subject, bytes);
      },
      subscribe: (subject, receive) =>
        kept(transport.subscribe(subject, (bytes, from) => this.reach(() => receive(bytes, from)))),
      onStatus: (changed) =>
        kept(transport.onStatus((status) => this.reach(() => changed(status)))),
    };
  }

  /** Its hold on a store. */
  hold(store: Store): Store {
    return {
      ...store,
      append: (batch, options) =>
        new Promise((resolve, reject) => {
          if (this.#isDead) return;
          store.append(batch, options).then(
            () => this.reach(resolve),
            (error: Error) => this.reach(() => reject(error)),
          );
        }),
    };
  }

  stop(): void {
    this.#isStopped = true;
    this.#unread ??= [];
  }

  goOn(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    const due = this.#wakes;
    this.#wakes = [];
    this.#clock.after(POLL_MS, () => this.#read());
    this.#callAll(due);
  }

  kill(): void {
    this.#isDead = true;
    this.#wakes = [];
    this.#unread = undefined;
    for (const end of this.#letGo) end();
  }

  #read(): void {
    if (this.#isStopped || this.#isDead) return;
    const calls = this.#unread ?? [];
    this.#unread = undefined;
    this.#callAll(calls);
  }

  #callAll(calls: readonly (() => void)[]): void {
    for (const call of calls) if (!this.#isDead) call();
  }
}
