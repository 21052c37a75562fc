/**
 * Gives an embedded machine its timeouts.
 *
 * The machines here know no timers: each says in `context.deadlineAt` when it wants to be woken and gets
 * that as the event `timeout`. Whoever runs one without the turn loop of `actors/` can use this instead:
 *
 *   const actor = createActor(lease, { input });
 *   withDeadlines(actor, { now: Date.now, after: … });
 *   actor.start();
 *
 * A timeout that the machine ignores is not sent again until its deadline moves.
 */

/** Anything with the face of an actor of this folder. */
export interface Wakeable {
  getSnapshot(): {
    readonly status: string;
    readonly context: { readonly deadlineAt: number | null };
  };
  subscribe(observer: { next: () => void; error: () => void; complete: () => void }): {
    unsubscribe(): void;
  };
  send(event: { type: 'timeout'; at: number }): void;
}

/** Where time comes from. `now` in ms, on the clock of the events' `at`. */
export interface DeadlineClock {
  now(): number;
  /** Calls `wake` once, `ms` from now. Returns a function that cancels it. */
  after(ms: number, wake: () => void): () => void;
}

/**
 * Sends `timeout` to `actor` whenever its deadline is due, until the actor ends or the returned function
 * is called. Errors of the actor only end the watch: observe them yourself.
 */
export function withDeadlines(actor: Wakeable, clock: DeadlineClock): () => void {
  let armedFor: number | null = null;
  let cancel = () => {};

  const deadline = () => {
    const { status, context } = actor.getSnapshot();
    return status === 'active' ? context.deadlineAt : null;
  };
  const arm = (deadlineAt: number | null) => {
    cancel();
    cancel = () => {};
    armedFor = deadlineAt;
    if (deadlineAt !== null) cancel = clock.after(Math.max(0, deadlineAt - clock.now()), wake);
  };
  const follow = () => {
    if (deadline() !== armedFor) arm(deadline());
  };
  const wake = () => {
    const at = clock.now();
    // A timer that fires early, or a clock that was set back.
    if (armedFor !== null && at < armedFor) return arm(armedFor);
    const before = actor.getSnapshot();
    actor.send({ type: 'timeout', at });
    // The next deadline may be the same instant as the last.
    if (actor.getSnapshot() !== before) arm(deadline());
  };
  const disarm = () => arm(null);

  const subscription = actor.subscribe({ next: follow, error: disarm, complete: disarm });
  follow();
  return () => {
    subscription.unsubscribe();
    disarm();
  };
}
