/**
 * The transport within one process: controller and agents share one object. For programs without a
 * broker, for tests, and for the simulator, which asks it for faults.
 *
 *   publish ──▶ fault plan ──▶ lane of the subject ──▶ (wake) ──▶ receivers, a copy each
 *
 * Invariants:
 *   I1  Nothing is delivered within `publish`.
 *   I2  Messages of one subject arrive in the order of sending unless a fault asks otherwise: a lane
 *       hands out from its front only.
 *   I3  A message goes to those who had subscribed when it was published and still do when it arrives.
 *   I4  A receiver that throws disturbs nobody else.
 */
import { createFaultPlan, type Fault, type FaultCounts } from './memory-faults.ts';
import { createLanes, type Subscription } from './memory-lanes.ts';
import { isPattern, matches } from './subjects.ts';
import { TransportError, type Transport, type TransportStatus } from './transport.ts';

export interface MemoryTransportOptions {
  /**
   * Calls `wake` once, `ms` from now; returns a function that cancels it (`Clock.after`). With it, all
   * deliveries go through it, those without delay with 0 ms, so that the host's event loop or a virtual
   * clock gets its turn between frames. Without it they are microtasks, and delays are refused.
   */
  readonly after?: (ms: number, wake: () => void) => () => void;
  /** A number from 0 (inclusive) to 1 (exclusive); needed for faults that leave something to chance. */
  readonly chance?: () => number;
  /** Hears what a subscriber throws. Default: thrown again in a microtask of its own, as an uncaught error. */
  readonly onError?: (error: unknown) => void;
}

export interface MemoryTransport extends Transport {
  readonly faults: {
    /**
     * Lets something go wrong from now on. Returns what heals it.
     * @throws {TransportError} for a fault that needs `after` or `chance` and has none, or makes no sense
     */
    add(fault: Fault): () => void;
    /** Cuts everybody off and says so by `onStatus`: what is published or under way is lost. */
    disconnect(): void;
    reconnect(): void;
    readonly counts: Readonly<FaultCounts>;
  };
}

/** A transport within this process. */
export function memoryTransport(options: MemoryTransportOptions = {}): MemoryTransport {
  const plan = createFaultPlan({
    canDelay: options.after !== undefined,
    chance: options.chance,
  });
  const subscriptions = createSubscriptions();
  const guarded = guard(options.onError ?? rethrowLater);
  const connection = createConnection(guarded);
  const lanes = createLanes({
    after: options.after,
    reordered: () => plan.counts.reordered++,
    deliver({ subject, receivers }) {
      if (connection.status() !== 'connected') {
        plan.counts.disconnected++;
        return;
      }
      plan.counts.delivered++;
      for (const { subscription, bytes } of receivers) {
        if (subscriptions.holds(subscription)) guarded(() => subscription.receive(bytes, subject));
      }
    },
  });
  const refuseWhenClosed = () => {
    if (connection.status() !== 'closed') return;
    throw new TransportError('The memory transport is closed: open a new one.');
  };
  const close = () => {
    lanes.clear();
    connection.become('closed');
    return Promise.resolve();
  };

  return {
    publish(subject, bytes) {
      refuseWhenClosed();
      if (connection.status() === 'disconnected') {
        plan.counts.disconnected++;
        return;
      }
      const addressees = subscriptions.of(subject);
      if (addressees.length === 0) return;
      for (const passage of plan.passages(subject)) {
        const receivers = addressees.map((subscription) => ({
          subscription,
          bytes: new Uint8Array(bytes),
        }));
        lanes.send({ subject, receivers }, passage);
      }
    },
    subscribe(pattern, receive) {
      refuseWhenClosed();
      return subscriptions.add(pattern, { receive });
    },
    onStatus: (changed) => connection.watch(changed),
    close,
    [Symbol.asyncDispose]: close,
    faults: {
      add: (fault) => plan.add(fault),
      disconnect: () => connection.become('disconnected'),
      reconnect: () => connection.become('connected'),
      counts: plan.counts,
    },
  };
}

/** Calls code of others; what it throws is reported and goes no further. */
function guard(report: (error: unknown) => void): (call: () => void) => void {
  return (call) => {
    try {
      call();
    } catch (error) {
      report(error);
    }
  };
}

function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** The status and those who want to know it. What is closed stays closed. */
function createConnection(guarded: (call: () => void) => void) {
  const watchers = new Set<{ readonly changed: (status: TransportStatus) => void }>();
  let status: TransportStatus = 'connected';
  return {
    status: () => status,
    become(next: TransportStatus) {
      if (status === next || status === 'closed') return;
      status = next;
      for (const { changed } of [...watchers]) guarded(() => changed(next));
    },
    watch(changed: (status: TransportStatus) => void): () => void {
      const watcher = { changed };
      watchers.add(watcher);
      guarded(() => changed(status));
      return () => void watchers.delete(watcher);
    },
  };
}

/** Who listens to what. Plain subjects are looked up, only patterns are compared one by one. */
function createSubscriptions() {
  const plain = new Map<string, Set<Subscription>>();
  const patterns = new Map<Subscription, string>();
  const held = new Set<Subscription>();
  return {
    holds: (subscription: Subscription) => held.has(subscription),
    of(subject: string): Subscription[] {
      const found = [...(plain.get(subject) ?? [])];
      for (const [subscription, pattern] of patterns) {
        if (matches(subject, pattern)) found.push(subscription);
      }
      return found;
    },
    add(pattern: string, subscription: Subscription): () => void {
      held.add(subscription);
      if (isPattern(pattern)) patterns.set(subscription, pattern);
      else plain.set(pattern, (plain.get(pattern) ?? new Set()).add(subscription));
      return () => {
        held.delete(subscription);
        patterns.delete(subscription);
        const sharers = plain.get(pattern);
        if (sharers?.delete(subscription) && sharers.size === 0) plain.delete(pattern);
      };
    },
  };
}
