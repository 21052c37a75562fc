/**
 * The JSON interface over HTTP, behind the guard: the same routes, and the page that shows what they tell.
 *
 *   127.0.0.1 (default)   http, the token for every POST
 *   another address       https only, the token for every request; the certificate says the names
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { FastifyServerOptions } from 'fastify';
import { InvalidSetting } from '../../machines/timing.ts';
import type { ApiAccess } from './access.ts';
import { buildApi } from './api.ts';
import { followConnections } from './connections.ts';
import { createGuard } from './guard.ts';
import { jsonText } from './json.ts';
import { checkListening, isLoopback } from './loopback.ts';
import { servePage } from './page-files.ts';
import { problemOf, PROBLEM_TYPE, RequestRefused } from './problem.ts';

export interface HttpServerOptions {
  /** Address to listen at. Anything but a loopback address needs `tls`. */
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** What a POST must bring as `authorization: Bearer …`; with another address than loopback every request. */
  readonly token: string;
  /** PEM. */
  readonly tls?: { readonly cert: string | Uint8Array; readonly key: string | Uint8Array };
}

export interface HttpServer {
  /** `http://127.0.0.1:4280`. */
  readonly url: string;
  /** Takes no more requests, answers within two seconds those it has, and lets go of the port. */
  close(): Promise<void>;
}

/** A request must be here whole within this time. */
const REQUEST_WITHIN_MS = 30_000;
const HEADERS_WITHIN_MS = 10_000;
/** An idle connection is kept for that long. */
const KEEP_ALIVE_MS = 5_000;
const MAX_HEADER_BYTES = 16_384;

/** So that a browser does with the answers what is meant, and nothing else. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/**
 * Begins to listen.
 *
 * @throws {InvalidSetting} one sentence: an address that others can reach without TLS, a port that is taken,
 *   a certificate that cannot be used
 */
export async function createHttpServer(
  access: ApiAccess,
  options: HttpServerOptions,
): Promise<HttpServer> {
  const { port, token, tls } = options;
  const host = options.host === 'localhost' ? '127.0.0.1' : options.host;
  const isReachable = !isLoopback(host);
  checkListening(host, tls !== undefined);
  const certificate = tls && readCertificate(tls.cert);
  const scheme = tls ? 'https' : 'http';
  let boundPort = port;
  const guard = createGuard({
    scheme,
    port: () => boundPort,
    isOurs: (name) =>
      (!isReachable && isLoopback(name)) ||
      name === host.toLowerCase() ||
      (certificate !== undefined && isNamedBy(certificate, name)),
    token,
    isReachable,
  });
  const api = buildApi(access, serverOptions(tls), { guard, headers: HEADERS, streams: true });
  await servePage(api);
  const endConnections = followConnections(api.server, access.clock);
  try {
    await api.listen({ host, port });
  } catch (error) {
    await api.close();
    throw unusable(error, host, port);
  }
  boundPort = (api.server.address() as { readonly port: number }).port;
  const name = certificate && isWildcard(host) ? (nameOf(certificate) ?? host) : host;
  const shownName = isIP(name) === 6 ? `[${name}]` : name;
  return { url: `${scheme}://${shownName}:${boundPort}`, close: () => endConnections(api.close()) };
}

const isWildcard = (host: string) => host === '0.0.0.0' || host === '::';

function readCertificate(cert: string | Uint8Array): X509Certificate {
  try {
    return new X509Certificate(cert);
  } catch (error) {
    throw new InvalidSetting('The file of --tls-cert holds no PEM certificate.', { cause: error });
  }
}

const isNamedBy = (certificate: X509Certificate, name: string) =>
  (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;

/** The first name that a certificate is for. */
const nameOf = ({ subjectAltName }: X509Certificate): string | undefined =>
  /(?:DNS|IP Address):([^,\s*]+)/.exec(subjectAltName ?? '')?.[1];

function serverOptions(tls: HttpServerOptions['tls']): FastifyServerOptions {
  const limits = { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_WITHIN_MS };
  const options = {
    requestTimeout: REQUEST_WITHIN_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    clientErrorHandler: refuseGarbage,
  };
  if (!tls) return { ...options, http: limits } as FastifyServerOptions;
  const pair = { cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) };
  try {
    createSecureContext(pair);
  } catch (error) {
    throw new InvalidSetting(
      'The files of --tls-cert and --tls-key do not belong together, or hold no PEM.',
      { cause: error },
    );
  }
  return { ...options, https: { ...limits, ...pair } } as FastifyServerOptions;
}

/** What is no HTTP is told so, and cut off. */
function refuseGarbage(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const isTooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const problem = problemOf(
    isTooLong
      ? new RequestRefused('tooManyHeaders', 'The headers are too long: 16 KB is the most.')
      : new RequestRefused('badRequest', 'This is no HTTP request.'),
  );
  const body = jsonText(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${problem.title}`,
      'connection: close',
      `content-type: ${PROBLEM_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}

function unusable(error: unknown, host: string, port: number): unknown {
  const why: Readonly<Record<string, string>> = {
    EACCES: `may not be used by this user; choose one above 1023 with --port`,
    EADDRINUSE: `is taken; choose another with --port`,
    EADDRNOTAVAIL: `is not to be had: this machine has no such address`,
    ENOTFOUND: `is not to be had: this machine has no such address`,
  };
  const sentence = why[(error as NodeJS.ErrnoException).code ?? ''];
  if (sentence === undefined) return error;
  return new InvalidSetting(`Port ${port} at ${host} ${sentence}.`, { cause: error });
}
