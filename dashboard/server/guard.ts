/**
 * Who may ask over HTTP. Called before anything of a request is looked at.
 *
 *   Host       a name the server is bound under, with its port: else a page that has its own name resolve to
 *              127.0.0.1 (DNS rebinding) would be of the same origin
 *   Origin     when there is one, the same as the Host; Sec-Fetch-Site: same-origin or none
 *   token      for every POST; on an address that others can reach, for every request
 *
 * `/healthz` is open to all, and tells nothing but that somebody is there. The files of the page hold no data: they
 * need no token, and a link in another page may lead to them.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { PAGE_ROUTE } from './page-files.ts';
import { RequestRefused } from './problem.ts';

/** What of a request is looked at. */
export interface Guarded {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The route that will answer, as it is written in the table; a URL can be spelt in many ways. */
  readonly routeOptions: { readonly url?: string | undefined };
}

export interface GuardOptions {
  readonly scheme: 'http' | 'https';
  /** Port that is bound; asked for at each request, since it is not known before. */
  readonly port: () => number;
  /** Whether the server may be called by this name: `localhost`, `127.0.0.1`, `::1`. */
  readonly isOurs: (host: string) => boolean;
  readonly token: string;
  /** Others than this machine can reach it: nothing is told without the token. */
  readonly isReachable: boolean;
}

const OPEN_PATH = '/healthz';
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Returns what throws `RequestRefused` for a request that is not let in. */
export function createGuard(options: GuardOptions): (request: Guarded) => void {
  const { scheme, isReachable } = options;
  const hasToken = tokenCheck(options.token);
  return ({ method, url, headers, routeOptions }) => {
    if (url === OPEN_PATH) return;
    const { host = '', origin } = headers;
    if (!isOurHost(host, options)) {
      throw forbidden(
        'This server goes by another name: use the address that it was started with.',
      );
    }
    const isSame =
      origin === undefined || origin.toLowerCase() === `${scheme}://${host}`.toLowerCase();
    const isFile = READING.has(method) && routeOptions.url === PAGE_ROUTE;
    const isLink = isFile && headers['sec-fetch-mode'] === 'navigate';
    const site = headers['sec-fetch-site'] ?? 'none';
    if (!isSame || (site !== 'same-origin' && site !== 'none' && !isLink)) {
      throw forbidden('Pages of other origins may not ask here.');
    }
    if (isFile) return;
    if ((isReachable || !READING.has(method)) && !hasToken(headers.authorization)) {
      throw new RequestRefused(
        'unauthorized',
        'The token is missing or wrong: send "authorization: Bearer …" with what the file token in the data directory holds.',
      );
    }
  };
}

const forbidden = (sentence: string) => new RequestRefused('forbidden', sentence);

/** Compared by their hashes, in the same time whatever was sent. */
function tokenCheck(token: string): (authorization: string | undefined) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const right = digest(`Bearer ${token}`);
  return (authorization = '') =>
    timingSafeEqual(digest(authorization.replace(/^bearer +/i, 'Bearer ')), right);
}

function isOurHost(host: string, { scheme, port, isOurs }: GuardOptions): boolean {
  const parts = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9.-]{1,253}))(?::(\d{1,5}))?$/i.exec(host);
  if (!parts) return false;
  const [, six, name, typed] = parts;
  const given = typed === undefined ? (scheme === 'https' ? 443 : 80) : Number(typed);
  return given === port() && isOurs((six ?? name!).toLowerCase());
}
