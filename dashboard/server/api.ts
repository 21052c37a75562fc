/**
 * The JSON interface of a controller, or of the directory of one that does not run.
 *
 *   request ─▶ (guard) ─▶ route ─▶ name, query, body, who ─▶ answer: JSON, or a problem
 *
 * The routes are a table (routes.ts); here is what all of them have in common. Nothing is
 * coerced, filled in or left out on the way in.
 */
import type { OutgoingHttpHeaders } from 'node:http';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify';
import { Outages } from '../../actors/outages.ts';
import { parseId } from '../../transport/ids.ts';
import type { ApiAccess } from './access.ts';
import { createBodyCheck, parseBody } from './body.ts';
import { Census } from './census.ts';
import { EventFeed } from './event-feed.ts';
import { JournalTail } from './journal-tail.ts';
import { jsonText } from './json.ts';
import { Metrics } from './metrics.ts';
import { badRequest, nothingAt, problemOf, PROBLEM_TYPE, RequestRefused } from './problem.ts';
import { Query } from './query.ts';
import type { Ground, Route, Stream } from './route.ts';
import { routes } from './routes.ts';
import { createHandlerSearch } from './work.ts';

/** Largest body. */
export const MAX_BODY_BYTES = 2_000_000;

/** Of a path, before it is looked at: more than a URL can have. */
const LONGEST_NAME = 16_384;

/** Header that names who asks: printable ASCII. */
const BY_HEADER = 'lifeline-by';
const BY_DEFAULT = 'http';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The interface for whoever is trusted already: `inject`, the command line, the transport. */
export function createApi(access: ApiAccess): FastifyInstance {
  return buildApi(access, {}, { guard: () => {}, headers: {}, streams: false });
}

/** What stands before the routes. */
export interface Door {
  /** Called before anything else; throws what is answered instead. */
  readonly guard: (request: FastifyRequest) => void;
  /** Of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Answers may go on without end. */
  readonly streams: boolean;
}

/** @param options of the server */
export function buildApi(
  access: ApiAccess,
  options: FastifyServerOptions,
  { guard, headers, streams }: Door,
): FastifyInstance {
  const { logger } = access;
  const api = Fastify({
    ...options,
    bodyLimit: MAX_BODY_BYTES,
    // A name that is too long is told so like one that is odd, and is not taken for a page that is not there.
    routerOptions: { maxParamLength: LONGEST_NAME },
    frameworkErrors: (error, _request, reply) =>
      void sendProblem((reply as FastifyReply).headers(headers), error),
  });
  api.setReplySerializer((payload) => jsonText(payload));
  // A page of another origin can send forms and text, but no JSON without being asked for leave.
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, bytes, done) =>
    done(null, bytes),
  );
  api.setErrorHandler((error, request, reply) => {
    const { method, url } = request;
    if (problemOf(error).status === 500)
      logger.error({ err: error, method, url }, 'a request failed');
    return sendProblem(reply, error);
  });
  api.setNotFoundHandler(({ url }, reply) => sendProblem(reply, nothingAt(url.split('?')[0]!)));
  api.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers);
    guard(request);
    done();
  });
  const ground = openGround(access);
  api.addHook('preClose', (done) => {
    ground.feed.close();
    ground.tail.close();
    ground.census.close();
    ground.outages.close();
    done();
  });
  for (const route of routes) add(api, ground, route, streams);
  for (const path of new Set(routes.map((route) => route.path))) refuseOthers(api, path);
  return api;
}

function openGround(access: ApiAccess): Ground {
  const tail = new JournalTail(access);
  const feed = new EventFeed(access, tail);
  const census = new Census(access.store, access.clock);
  return {
    ...access,
    findHandler: createHandlerSearch(access),
    tail,
    feed,
    outages: new Outages({ ...access, hear: (listener) => void tail.follow(listener) }),
    census,
    metrics: new Metrics({ ...access, tail, feed, census }),
  };
}

function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const problem = problemOf(error);
  return reply.code(problem.status).header('content-type', PROBLEM_TYPE).send(problem);
}

function add(api: FastifyInstance, ground: Ground, route: Route, streams: boolean): void {
  const check = route.body && createBodyCheck(route.body);
  api.route({
    method: route.method,
    url: route.path,
    exposeHeadRoute: route.method === 'GET' && !route.streams,
    ...(route.bodyBytes === undefined ? {} : { bodyLimit: route.bodyBytes }),
    handler: async (request, reply) => {
      if (route.streams && !streams) throw ENDLESS;
      const given = (request.params as { readonly name?: string }).name;
      const name = given === undefined ? '' : parseId(given, route.names!);
      const query = new Query(request.query as Record<string, unknown>, route.query ?? []);
      const body = check ? parseBody((request.body ?? new Uint8Array(0)) as Uint8Array) : undefined;
      check?.(body);
      const asked = { name, query, body, by: byOf(request), lastEventId: lastEventIdOf(request) };
      const answer = await route.answer(ground, asked);
      if (route.streams) return begin(reply, answer as Stream);
      return reply
        .code(route.status ?? 200)
        .type(route.text ?? 'application/json')
        .send(answer);
    },
  });
}

const ENDLESS = new RequestRefused(
  'noStream',
  'This answer has no end and is given over HTTP alone: ask the address of the controller, or read /api/v1/history page by page.',
);

/** From here on the response is the stream's. */
function begin(reply: FastifyReply, open: Stream): FastifyReply {
  reply.hijack();
  const headers = reply.getHeaders() as OutgoingHttpHeaders;
  reply.raw.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
  try {
    open(reply.raw);
  } catch (error) {
    // Too late for another answer: the client comes back.
    reply.raw.destroy();
    throw error;
  }
  return reply;
}

const lastEventIdOf = ({ headers }: FastifyRequest): string | undefined => {
  const id = headers['last-event-id'];
  return typeof id === 'string' ? id : undefined;
};

function refuseOthers(api: FastifyInstance, path: string): void {
  const here = routes.filter((route) => route.path === path);
  const own = here.map(({ method }) => method as string);
  const hasHead = here.some(({ method, streams }) => method === 'GET' && !streams);
  const known = hasHead ? [...own, 'HEAD'] : own;
  api.route({
    method: METHODS.filter((method) => !known.includes(method)),
    url: path,
    onRequest: ({ method }, reply) => {
      void reply.header('allow', known.join(', '));
      throw new RequestRefused(
        'methodNotAllowed',
        `${method} is not possible here; use ${own.join(' or ')}.`,
      );
    },
    handler: () => {},
  });
}

function byOf({ headers }: FastifyRequest): string {
  const by = headers[BY_HEADER];
  if (by === undefined) return BY_DEFAULT;
  if (typeof by === 'string' && /^[!-~]([ -~]{0,198}[!-~])?$/.test(by)) return by;
  throw badRequest(`The header ${BY_HEADER} must be 1 to 200 printable ASCII characters.`);
}
