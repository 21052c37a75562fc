/**
 * The transport between the threads of one process: whoever opens it under the same name, in whichever
 * thread, hears each other. A controller and its agents can then share a process without sharing a loop.
 *
 *   publish ──▶ own subscribers, in a microtask
 *      └──────▶ channel of that name ──▶ subscribers in other threads
 *
 * There is no server that could be away: it is connected until it is closed.
 */
import { BroadcastChannel } from 'node:worker_threads';
import { createStatus, guard, rethrowLater } from './listeners.ts';
import { createSubscriptions, type Subscription } from './subscriptions.ts';
import { TransportError, type Transport } from './transport.ts';

/** Who hears what a subscriber throws. */
export interface ThreadTransportOptions {
  /** Hears what a subscriber throws. Default: thrown again in a microtask of its own, as an uncaught error. */
  readonly onError?: (error: unknown) => void;
}

/**
 * A transport to all threads of this process that open one under the same name. It keeps no process alive.
 *
 * @param name any text, the same in each thread
 */
export function threadTransport(name: string, options: ThreadTransportOptions = {}): Transport {
  const guarded = guard(options.onError ?? rethrowLater);
  const connection = createStatus('connected', guarded);
  const subscriptions = createSubscriptions();
  const channel = new BroadcastChannel(`lifeline ${name}`);
  channel.unref();
  const deliver = (subject: string, bytes: Uint8Array, receivers: readonly Subscription[]) => {
    for (const [index, subscription] of receivers.entries()) {
      if (!subscriptions.holds(subscription)) continue;
      const own = index === receivers.length - 1 ? bytes : new Uint8Array(bytes);
      guarded(() => subscription.receive(own, subject));
    }
  };
  channel.onmessage = (message) => {
    const [subject, bytes] = (message as { readonly data: readonly [string, Uint8Array] }).data;
    deliver(subject, bytes, subscriptions.of(subject));
  };
  const refuseWhenClosed = () => {
    if (connection.now() !== 'closed') return;
    throw new TransportError('The thread transport is closed: open a new one.');
  };
  const close = () => {
    if (connection.now() !== 'closed') channel.close();
    connection.become('closed');
    return Promise.resolve();
  };

  return {
    shared: false,
    publish(subject, bytes) {
      refuseWhenClosed();
      // A view is sent with all of the memory behind it, and the slice of a Buffer is a view.
      const sent = new Uint8Array(bytes);
      channel.postMessage([subject, sent]);
      const receivers = subscriptions.of(subject);
      if (receivers.length === 0) return;
      queueMicrotask(() => {
        if (connection.now() === 'connected') deliver(subject, sent, receivers);
      });
    },
    subscribe(pattern, receive) {
      refuseWhenClosed();
      return subscriptions.add(pattern, { receive });
    },
    onStatus: (changed) => connection.watch(changed),
    close,
    [Symbol.asyncDispose]: close,
  };
}
