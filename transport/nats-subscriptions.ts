/**
 * Who listens to what over NATS. The client library forgets a subscription that the server denied; here it
 * is kept, and made again when there is a new connection.
 *
 *   made ──denied──▶ wanted ──renew──▶ made
 */
import { isPattern } from './subjects.ts';

type Receive = (bytes: Uint8Array, subject: string) => void;

/** As much of a message as is looked at; both are views that live as long as the call. */
interface Message {
  readonly data: Uint8Array;
  readonly subject: string;
}

export interface NatsSubscriptions {
  add(pattern: string, receive: Receive): () => void;
  /** Makes those again that were denied. */
  renew(): void;
  /** Ends all. */
  drop(): void;
}

/**
 * @param make subscribes and returns what unsubscribes; calls `heard` with an error when it is denied
 * @param report hears what a receiver throws
 */
export function createSubscriptions(
  make: (
    pattern: string,
    heard: (error: Error | null | undefined, message: Message) => void,
  ) => { unsubscribe(): void },
  report: (error: unknown) => void,
): NatsSubscriptions {
  interface Held {
    readonly pattern: string;
    readonly receive: Receive;
    made: { unsubscribe(): void } | undefined;
  }
  const all = new Set<Held>();

  const open = (held: Held) => {
    const { pattern, receive } = held;
    const isPlain = !isPattern(pattern);
    held.made = make(pattern, (error, message) => {
      if (error) {
        held.made = undefined;
        return;
      }
      try {
        receive(new Uint8Array(message.data), isPlain ? pattern : message.subject);
      } catch (thrown) {
        report(thrown);
      }
    });
  };
  return {
    add(pattern, receive) {
      const held: Held = { pattern, receive, made: undefined };
      all.add(held);
      open(held);
      return () => {
        if (all.delete(held)) held.made?.unsubscribe();
      };
    },
    renew() {
      for (const held of all) if (held.made === undefined) open(held);
    },
    drop() {
      for (const held of all) held.made?.unsubscribe();
      all.clear();
    },
  };
}
