/**
 * Serves the page that people look at: files that `npm run build` has made, the same for everybody, without data.
 *
 *   /assets/main-3F2A.js   for ever, since its name says what is in it
 *   /icon.svg              for an hour
 *   anything else          index.html, if a browser asks for a page: which view it means is for the page to say
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { nothingAt, RequestRefused } from './problem.ts';

/** Route of the page's files. It is the last one: what has a route of its own does not come here. */
export const PAGE_ROUTE = '/*';

/** Diagrams carry styles of their own; scripts come from here only. */
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Where the page may lie, seen from the sources, the compiled file, and a file of the bundle. */
const PLACES = [
  '../../dist/dashboard/page/',
  '../page/',
  '../dashboard/page/',
  './dashboard/page/',
];

const HOUR_S = 3_600;
const YEAR_S = 31_536_000;

/** Adds the route of the page's files. */
export async function servePage(api: FastifyInstance): Promise<void> {
  const root = PLACES.map((place) => new URL(place, import.meta.url)).find((folder) =>
    existsSync(new URL('index.html', folder)),
  );
  if (root) await api.register(fastifyStatic, { root: fileURLToPath(root), serve: false });
  api.get(PAGE_ROUTE, (request, reply) => {
    const path = request.url.split('?')[0]!;
    if (root && path.startsWith('/assets/')) return send(reply, path, YEAR_S);
    if (root && path === '/icon.svg') return send(reply, path, HOUR_S);
    const { accept = '' } = request.headers;
    if (!accept.includes('text/html') || path.startsWith('/api/')) throw nothingAt(path);
    if (!root) throw new RequestRefused('noRoute', 'The page is not built: run `npm run build`.');
    void reply.header('content-security-policy', POLICY);
    return reply.sendFile('index.html', { cacheControl: false });
  });
}

function send(reply: FastifyReply, path: string, maxAgeS: number): FastifyReply {
  const isFixed = maxAgeS === YEAR_S ? ', immutable' : '';
  return reply
    .header('cache-control', `public, max-age=${maxAgeS}${isFixed}`)
    .sendFile(path, { cacheControl: false });
}
