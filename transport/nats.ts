/**
 * The transport over a NATS server: core NATS and nothing more, no request and reply, no JetStream. What
 * must not be lost is repeated by the link above.
 *
 *   publish ──▶ copy ──▶ client library ──▶ server ──▶ client library ──▶ copy ──▶ receivers
 *                └─ not connected: dropped
 *
 * Invariants:
 *   I1  What was published while disconnected never comes out later: the library empties its buffer at
 *       the beginning of each attempt to connect, and from then until it is connected it is given nothing.
 *   I2  Attempts never end; only `close`, or the owner of a connection that was handed in, closes.
 *   I3  Subscriptions outlive connections. One that the server denied is tried again with the next.
 *   I4  A connection that was handed in is left open: only our subscriptions go.
 */
import { connect, jwtAuthenticator, nkeyAuthenticator } from '@nats-io/transport-node';
import type { Authenticator, NatsConnection, Status } from '@nats-io/transport-node';
import { MAX_FRAME_BYTES } from './codec.ts';
import { createStatus, guard, rethrowLater } from './listeners.ts';
import type { KeyLogin } from './nats-login.ts';
import { connectionSettings, type NatsAddressing } from './nats-settings.ts';
import { createSubscriptions } from './nats-subscriptions.ts';
import { createTrouble, openingError, tooSmall, type NatsLogger } from './nats-trouble.ts';
import { TransportError, type Transport } from './transport.ts';

/** How to connect, or the connection to use, and who hears of trouble. */
export interface NatsTransportOptions extends NatsAddressing {
  /**
   * A connection of the caller's, which stays open when the transport closes. Then only `logger` and
   * `onError` count besides. Make it with `maxReconnectAttempts: -1` and without `noEcho`.
   */
  readonly connection?: NatsConnection;
  /** Hears of lost and new connections, and of what the server denies. Default: nobody. */
  readonly logger?: NatsLogger;
  /** Hears what a subscriber throws. Default: thrown again in a microtask of its own, as an uncaught error. */
  readonly onError?: (error: unknown) => void;
}

/** A transport over a NATS server. */
export interface NatsTransport extends Transport {
  /** Resolves when the server has taken in what was published and subscribed before, or is lost. */
  flush(): Promise<void>;
}

const unheard: NatsLogger = { info: () => {}, warn: () => {}, error: () => {} };

/**
 * Connects to a NATS server, or takes over a connection.
 *
 * @throws {TransportError} when no server answers (then `retryable`), it refuses the login, TLS fails, its
 *   max_payload is too small, or a file cannot be used; when a connection cannot be taken over
 */
export async function natsTransport(options: NatsTransportOptions = {}): Promise<NatsTransport> {
  const logger = options.logger ?? unheard;
  const given = options.connection;
  if (given?.isClosed() === true) {
    throw new TransportError(
      'The NATS connection that was handed in is closed: hand in an open one.',
    );
  }
  if (given !== undefined && insideOf(given).options?.noEcho === true) {
    throw new TransportError(
      'The NATS connection that was handed in does not hear itself, as a node must: make it without noEcho.',
    );
  }
  const connection = given ?? (await open(options, logger));
  const { max_payload: max = MAX_FRAME_BYTES } = connection.info ?? {};
  if (max < MAX_FRAME_BYTES) {
    const server = connection.getServer();
    if (given === undefined) await connection.close();
    throw tooSmall(server, max, MAX_FRAME_BYTES);
  }
  const isUp = given === undefined || (await answers(given));
  const report = options.onError ?? rethrowLater;
  return over(connection, { isOurs: given === undefined, isUp, logger, report });
}

async function open(options: NatsAddressing, logger: NatsLogger): Promise<NatsConnection> {
  const { settings, at, login } = await connectionSettings(options, ({ message }) =>
    logger.warn({}, `${message} What it held before is used.`),
  );
  const authenticator = login === undefined ? {} : { authenticator: authenticatorOf(login) };
  try {
    return await connect({ ...settings, ...authenticator });
  } catch (error) {
    throw openingError(error as Error, at);
  }
}

const authenticatorOf =
  (login: () => KeyLogin): Authenticator =>
  (nonce) => {
    const { jwt, seed } = login();
    const bytes = new TextEncoder().encode(seed);
    return (jwt === undefined ? nkeyAuthenticator(bytes) : jwtAuthenticator(jwt, bytes))(nonce);
  };

/** Whether it is connected: the library tells by a round trip only. */
const answers = (connection: NatsConnection): Promise<boolean> =>
  connection.rtt().then(
    () => true,
    () => false,
  );

interface Around {
  readonly isOurs: boolean;
  readonly isUp: boolean;
  readonly logger: NatsLogger;
  readonly report: (error: unknown) => void;
}

function over(connection: NatsConnection, { isOurs, isUp, logger, report }: Around): NatsTransport {
  const status = createStatus(isUp ? 'connected' : 'disconnected', guard(report));
  const trouble = createTrouble(logger);
  const subscriptions = createSubscriptions(
    (pattern, callback) => connection.subscribe(pattern, { callback }),
    report,
  );
  const unfollow = follow(connection, {
    lost() {
      if (status.now() === 'connected') logger.warn({}, 'The connection to NATS is lost.');
      status.become('disconnected');
    },
    found() {
      if (status.now() !== 'disconnected') return;
      const server = connection.getServer();
      const { max_payload: max = MAX_FRAME_BYTES } = connection.info ?? {};
      trouble.forget();
      logger.info({ server }, 'The connection to NATS is back.');
      if (max < MAX_FRAME_BYTES) trouble.tell(tooSmall(server, max, MAX_FRAME_BYTES));
      subscriptions.renew();
      status.become('connected');
    },
    failed: (error) => trouble.tell(error),
    ended: () => status.become('closed'),
  });

  const refuseWhenClosed = () => {
    if (status.now() !== 'closed') return;
    throw new TransportError('The NATS transport is closed: open a new one.');
  };
  const end = async () => {
    const wasUp = status.now() === 'connected';
    status.become('closed');
    subscriptions.drop();
    if (!isOurs) return unfollow();
    // What was just said is still in the library's buffer.
    if (wasUp) await flushed(connection);
    await connection.close();
    insideOf(connection).protocol?.transport?.discard();
  };
  let ending: Promise<void> | undefined;
  const close = () => (ending ??= end());

  return {
    shared: true,
    publish(subject, bytes) {
      refuseWhenClosed();
      // Without `info` it is about to connect again, even if that has not been told yet (I1).
      if (status.now() !== 'connected' || connection.info === undefined) return;
      try {
        // The library keeps what it is given until the end of this turn.
        connection.publish(subject, new Uint8Array(bytes));
      } catch (error) {
        trouble.tell(error as Error);
      }
    },
    subscribe(pattern, receive) {
      refuseWhenClosed();
      return subscriptions.add(pattern, receive);
    },
    onStatus: (changed) => status.watch(changed),
    flush: async () => {
      if (status.now() === 'connected') await flushed(connection);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Never rejects. When the connection is closed meanwhile, the library's own promise is for ever. */
async function flushed(connection: NatsConnection): Promise<void> {
  await Promise.race([connection.flush().catch(() => undefined), connection.closed()]);
}

interface Turns {
  lost(): void;
  found(): void;
  failed(error: Error): void;
  ended(): void;
}

/** Tells what becomes of a connection, until it is closed or nobody wants to know any more. */
function follow(connection: NatsConnection, turns: Turns): () => void {
  const events = connection.status() as Events;
  void tell(events, connection, turns);
  return () => events.stop();
}

async function tell(events: Events, connection: NatsConnection, turns: Turns): Promise<void> {
  for await (const status of events) {
    switch (status.type) {
      case 'disconnect':
        turns.lost();
        break;
      case 'reconnect':
        turns.found();
        break;
      case 'error':
        turns.failed(status.error);
        break;
      case 'staleConnection':
      case 'forceReconnect':
        // The library first waits until what it has written has left, which it never does when the other
        // side is frozen.
        void insideOf(connection).protocol?.transport?.close();
        break;
      default:
    }
  }
  turns.ended();
}

/** What the library keeps to itself, in the one version that is used (3.3.1). */
interface Inside {
  readonly options?: { readonly noEcho?: boolean };
  readonly protocol?: { readonly transport?: { close(): Promise<void>; discard(): void } };
}
/** Without `stop` the connection would keep it, and all that it heard, for as long as it is open. */
type Events = AsyncIterable<Status> & { stop(): void };

const insideOf = (connection: NatsConnection): Inside => connection as NatsConnection & Inside;
