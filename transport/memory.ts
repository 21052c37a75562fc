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
import { createStatus, guard, rethrowLater } from './listeners.ts';
import { createFaultPlan, type Fault, type FaultCounts } from './memory-faults.ts';
import { createLanes } from './memory-lanes.ts';
import { createSubscriptions } from './subscriptions.ts';
import { TransportError, type Transport } from './transport.ts';

/** What a memory transport takes its time and chance from. */
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

/** A transport within a process, with faults on request. */
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
  const connection = createStatus('connected', guarded);
  const lanes = createLanes({
    after: options.after,
    reordered: () => plan.counts.reordered++,
    deliver({ subject, receivers }) {
      if (connection.now() !== 'connected') {
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
    if (connection.now() !== 'closed') return;
    throw new TransportError('The memory transport is closed: open a new one.');
  };
  const close = () => {
    lanes.clear();
    connection.become('closed');
    return Promise.resolve();
  };

  return {
    shared: false,
    publish(subject, bytes) {
      refuseWhenClosed();
      if (connection.now() === 'disconnected') {
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
