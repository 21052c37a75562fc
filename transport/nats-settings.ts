/**
 * How to connect to NATS: from what the caller says to what the client library is told, and everything
 * that can be found wrong before it connects.
 */
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { checkTls, keyLogin, type KeyLogin, type NatsTls } from './nats-login.ts';
import { parseServers, seekServers, type NatsServerAddress } from './nats-servers.ts';
import { TransportError } from './transport.ts';

/** Which NATS servers, and how to log in. */
export interface NatsAddressing {
  /**
   * Addresses, or one text with commas: `nats://host:4222`, `tls://…`, with `user:password@` or `token@` if
   * the server wants them. Only these are connected to, never those a cluster tells of. Default:
   * `nats://127.0.0.1:4222`.
   */
  readonly servers?: string | readonly string[];
  /** What the server shows this connection as. Default: `lifeline`. */
  readonly name?: string;
  /** A file with a JWT and its seed, as nsc makes them. Read again for each connection. */
  readonly credsFile?: string;
  /** A file with the seed of a user. Read again for each connection. */
  readonly nkeyFile?: string;
  /**
   * TLS is then required, as it is by `tls://`, or when the server offered it at the beginning.
   */
  readonly tls?: NatsTls;
  /** How long a server may take to answer, in ms. Default: 5000. */
  readonly firstConnectMs?: number;
}

const FIRST_CONNECT_MS = 5000;
const RECONNECT_MS = 250;
const PING_MS = 5000;
const PINGS_UNANSWERED = 2;

/**
 * Looks at the files, seeks the servers, and says how to connect.
 *
 * @param spoilt hears of a file that could be read at first and cannot later
 * @returns `at`: who is connected to first; `login`: reads the key anew for each connection
 * @throws {TransportError} when a file or an address cannot be used, or no server answers
 */
export async function connectionSettings(
  options: NatsAddressing,
  spoilt: (error: TransportError) => void,
) {
  const { tls, credsFile, nkeyFile, firstConnectMs: timeout = FIRST_CONNECT_MS } = options;
  const servers = parseServers(options.servers ?? 'nats://127.0.0.1:4222');
  const logins = [credsFile, nkeyFile, servers.login].filter((way) => way !== undefined);
  if (logins.length > 1) {
    throw new TransportError(
      'Log in to NATS in one way: by a credentials file, an nkey file, or user and password in the address.',
    );
  }
  if (tls !== undefined) checkTls(tls);
  let login: (() => KeyLogin) | undefined;
  if (credsFile !== undefined) login = keyLogin('credentials', credsFile, spoilt);
  if (nkeyFile !== undefined) login = keyLogin('nkey', nkeyFile, spoilt);

  const { present, absent } = await seekServers(servers.addresses, timeout);
  const { address, greeting } = present[0]!;
  if (greeting.tls_verify === true && tls?.certFile === undefined) {
    throw new TransportError(
      `The NATS server at ${address.url} wants a TLS certificate of its clients: name the files of one and its key.`,
    );
  }
  const offered = greeting.tls_required === true || greeting.tls_available === true;
  const inOrder = [...present.map((one) => one.address), ...absent];
  const settings = {
    name: options.name ?? 'lifeline',
    timeout,
    servers: inOrder.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`),
    // The first has just answered; what does not answer the first attempt would be forgotten.
    noRandomize: true,
    ignoreClusterUpdates: true,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: RECONNECT_MS,
    reconnectJitter: RECONNECT_MS,
    reconnectJitterTLS: RECONNECT_MS,
    pingInterval: PING_MS,
    maxPingOut: PINGS_UNANSWERED,
    ...servers.login,
    ...(tls !== undefined || servers.tls || offered ? { tls: tlsOf(tls ?? {}, inOrder) } : {}),
  };
  return { settings, at: address.url, login };
}

/**
 * Node compares the certificate of a server that was named by its IP address with "localhost", since the
 * library hands it a socket; the addresses that were given are compared instead.
 */
function tlsOf(files: NatsTls, addresses: readonly NatsServerAddress[]) {
  return {
    ...files,
    checkServerIdentity(name: string, certificate: PeerCertificate): Error | undefined {
      if (name !== 'localhost') return checkServerIdentity(name, certificate);
      const errors = addresses.map(({ host }) => checkServerIdentity(host, certificate));
      return errors.includes(undefined) ? undefined : errors[0];
    },
  };
}
