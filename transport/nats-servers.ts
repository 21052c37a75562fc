/**
 * Which servers are meant, and which of them are there.
 *
 *   nats://host:4222   tls://host:4222   host   nats://user:password@host   nats://token@host
 *
 * Before the client library connects for the first time, each server is asked once for its greeting. The
 * library would forget for good what does not answer at that moment, would leave its socket open, and
 * cannot tell a silent machine from one that speaks something else.
 */
import { connect } from 'node:net';
import { TransportError } from './transport.ts';

export interface NatsServerAddress {
  readonly host: string;
  readonly port: number;
  /** For people: without user, password or token. */
  readonly url: string;
}

/** What is in the addresses besides host and port. */
export interface NatsServers {
  readonly addresses: readonly NatsServerAddress[];
  /** Whether one of them says `tls://`. */
  readonly tls: boolean;
  readonly login: UrlLogin | undefined;
}

export type UrlLogin =
  { readonly user: string; readonly pass: string } | { readonly token: string };

/** The part of a server's greeting that is looked at. */
export interface Greeting {
  readonly tls_required?: boolean;
  readonly tls_available?: boolean;
  /** It wants a certificate of its clients. */
  readonly tls_verify?: boolean;
}

const USUAL_PORT = 4222;
const GREETING_MAX = 64 * 1024;

/**
 * Reads addresses; one text may hold several, with commas between them.
 *
 * @throws {TransportError} for what is no address, or for several logins
 */
export function parseServers(servers: string | readonly string[]): NatsServers {
  const texts = [servers]
    .flat()
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
  if (texts.length === 0) throw new TransportError('Name a NATS server, as nats://host:4222.');
  const parsed = texts.map(parseServer);
  const logins = new Map(parsed.map(({ login }) => [JSON.stringify(login), login]));
  if (logins.size > 1) {
    throw new TransportError('Give all NATS servers the same user and password, or none.');
  }
  return {
    addresses: parsed.map(({ address }) => address),
    tls: parsed.some(({ tls }) => tls),
    login: parsed[0]?.login,
  };
}

function parseServer(text: string) {
  const [, scheme = 'nats', rest = ''] = /^(?:(nats|tls):\/\/)?([^/]+)\/?$/i.exec(text) ?? [];
  try {
    const { hostname, port, username, password } = new URL(`nats://${rest}`);
    if (hostname === '') throw new Error('no host');
    const user = decodeURIComponent(username);
    const login: UrlLogin | undefined =
      user === ''
        ? undefined
        : password === ''
          ? { token: user }
          : { user, pass: decodeURIComponent(password) };
    const tls = scheme.toLowerCase() === 'tls';
    const number = port === '' ? USUAL_PORT : Number(port);
    const url = `${tls ? 'tls' : 'nats'}://${hostname}:${number}`;
    const host = hostname.replace(/^\[|\]$/g, '');
    return { address: { host, port: number, url }, tls, login };
  } catch {
    const shown = text.replace(/^(.*:\/\/)?.*@/, '$1…@');
    throw new TransportError(
      `"${shown}" is no address of a NATS server: write it as nats://host:4222.`,
    );
  }
}

export interface Present {
  readonly address: NatsServerAddress;
  readonly greeting: Greeting;
}

/**
 * Asks each server for its greeting: those who answer, the quickest first, and the others.
 *
 * @param ms how long to wait for an answer
 * @throws {TransportError} when no NATS server answers
 */
export async function seekServers(
  addresses: readonly NatsServerAddress[],
  ms: number,
): Promise<{
  readonly present: readonly Present[];
  readonly absent: readonly NatsServerAddress[];
}> {
  const present: Present[] = [];
  const absent: NatsServerAddress[] = [];
  const reasons: Error[] = [];
  const seek = async (address: NatsServerAddress) => {
    try {
      present.push({ address, greeting: await greetingOf(address, ms) });
    } catch (error) {
      absent.push(address);
      reasons.push(new Error(`${address.url}: ${(error as Error).message}`, { cause: error }));
    }
  };
  await Promise.all(addresses.map(seek));
  if (present.length > 0) return { present, absent };
  const shown = reasons.map(({ message }) => message).join('; ');
  throw new TransportError(`No NATS server answers (${shown}): start one there, or name another.`, {
    retryable: true,
    cause: new AggregateError(reasons),
  });
}

function greetingOf({ host, port }: NatsServerAddress, ms: number): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect({ host, port, timeout: ms });
    const end = (error?: Error) => {
      if (error !== undefined) reject(error);
      socket.destroy();
    };
    socket.on('timeout', () => end(new Error(`silent for ${ms} ms`)));
    socket.on('error', (error) => end(new Error(plain(error), { cause: error })));
    socket.on('close', () => reject(new Error('closes the connection at once')));
    socket.on('data', (piece: Buffer) => {
      said += piece.toString('latin1');
      const isWhole = said.includes('\r\n');
      if (!isWhole && said.length < GREETING_MAX && said.startsWith('INFO'.slice(0, said.length))) {
        return;
      }
      try {
        resolve(JSON.parse(/^INFO (\{.*\})\s*\r\n/.exec(said)?.[1] ?? '') as Greeting);
        end();
      } catch {
        end(new Error('is no NATS server'));
      }
    });
  });
}

/** What the system says, in words. */
function plain(
  error: Error & { readonly code?: string; readonly errors?: readonly Error[] },
): string {
  const { code } = error;
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'no such host';
  return error.message || code || 'unreachable';
}
