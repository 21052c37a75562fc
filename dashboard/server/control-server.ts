/**
 * The JSON interface over the transport: requests of clients become requests to the same routes.
 *
 *   <ns>.control.<client> ─▶ decode ─▶ known id? ─ yes ─▶ the same answer again
 *                                         └─ no ──▶ route ─▶ answer ─▶ <ns>.reply.<client>
 *
 * Invariants:
 *   C1  A POST is carried out once per client and id, however often it comes, while this controller runs:
 *       its answer is kept longer than a client asks (kept-answers.ts).
 *   C2  Who asks is who the subject says: what a client claims is recorded beside its name.
 *   C3  A client that asks for more at once than it may is not heard until it asks again. What is read and
 *       what is done have room of their own.
 *   C4  What was heard is answered before the end, unless that takes more than two seconds.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../actors/clock.ts';
import type { Logger } from '../../actors/logger.ts';
import { MAX_FRAME_BYTES } from '../../transport/codec.ts';
import {
  controlAnswers,
  controlRequests,
  type ControlAnswer,
  type ControlRequest,
} from '../../transport/control.ts';
import { PROTOCOL_VERSION } from '../../transport/frame.ts';
import { ID_PATTERN } from '../../transport/ids.ts';
import { allControls, reply } from '../../transport/subjects.ts';
import type { Transport } from '../../transport/transport.ts';
import { jsonText } from './json.ts';
import { createKeptAnswers } from './kept-answers.ts';
import { problemOf, PROBLEM_TYPE, RequestRefused } from './problem.ts';
import { within } from './within.ts';

/** Requests of one method that are answered at once: of all clients, and of one. */
const AT_ONCE = 64;
const AT_ONCE_OF_CLIENT = 16;
/** What is being answered when the server ends has so long. */
const ANSWERS_WITHIN_MS = 2_000;
/** What an answer needs beside its body. */
const ROOM_BYTES = 1_000;

export interface ControlServerOptions {
  readonly api: FastifyInstance;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly namespace: string;
  readonly logger: Logger;
}

const zipped = promisify(gzip);

/**
 * Answers what is asked over the transport, until the returned function is called: that hears nothing more,
 * and resolves when what was heard is answered, after two seconds at most.
 */
export function answerOverTransport(options: ControlServerOptions): () => Promise<void> {
  const { api, transport, clock, namespace, logger } = options;
  const kept = createKeptAnswers(clock);
  const lanes = { GET: createLane(), POST: createLane() };
  const underWay = new Set<Promise<void>>();
  let isOver = false;

  const send = (client: string, frame: Uint8Array) => {
    if (!isOver) transport.publish(reply(namespace, client), frame);
  };
  const frameFor = async (client: string, request: ControlRequest) => {
    const { id, method } = request;
    if (method === 'GET') return frameOf(id, await ask(api, client, request));
    if (!kept.hasRoom(client)) return problemFrame(id, TOO_MANY);
    const frame = await frameOf(id, await ask(api, client, request));
    kept.keep(client, id, frame);
    return frame;
  };
  const answer = async (client: string, request: ControlRequest) => {
    try {
      send(client, await frameFor(client, request));
    } catch (error) {
      // The transport is closed; or a path that is none, which its schema has let pass.
      logger.error({ err: error, client }, 'a request over the transport could not be answered');
    }
  };
  const take = async (client: string, request: ControlRequest) => {
    const lane = lanes[request.method];
    if (!lane.enter(client, request.id)) return;
    const answered = answer(client, request);
    underWay.add(answered);
    await answered;
    underWay.delete(answered);
    lane.leave(client, request.id);
  };
  const tellDropped = createDropTeller(logger);
  const unsubscribe = transport.subscribe(allControls(namespace), (bytes, subject) => {
    const client = subject.slice(subject.lastIndexOf('.') + 1);
    const decoded = controlRequests.decode(bytes);
    if (!decoded.ok) return tellDropped(client, decoded.why);
    if (!ID_PATTERN.test(client)) return tellDropped(client, 'client');
    const known = kept.find(client, decoded.frame.id);
    if (known) send(client, known);
    else void take(client, decoded.frame);
  });
  const end = async () => {
    unsubscribe();
    await within(clock, ANSWERS_WITHIN_MS, Promise.all(underWay));
    isOver = true;
  };
  let ending: Promise<void> | undefined;
  return () => (ending ??= end());
}

const TOO_MANY = new RequestRefused(
  'busy',
  'This client has had too much done within a minute: ask again in a minute.',
);

/** The requests of one method that are being answered. */
function createLane() {
  const open = new Map<string, Set<string>>();
  let all = 0;
  return {
    /** False when it is being answered already, or too many are. */
    enter(client: string, id: string): boolean {
      const own = open.get(client) ?? new Set<string>();
      if (own.has(id) || own.size === AT_ONCE_OF_CLIENT || all === AT_ONCE) return false;
      open.set(client, own.add(id));
      all++;
      return true;
    },
    leave(client: string, id: string): void {
      const own = open.get(client)!;
      own.delete(id);
      if (own.size === 0) open.delete(client);
      all--;
    },
  };
}

/** Garbage must not fill the log: the 1st, 2nd, 4th, 8th … is told. */
function createDropTeller(logger: Logger): (client: string, why: string) => void {
  let dropped = 0;
  return (client, why) => {
    dropped++;
    if ((dropped & (dropped - 1)) !== 0) return;
    logger.warn({ client, why, dropped }, 'dropped what is no request over the transport');
  };
}

interface Response {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array;
}

async function ask(
  api: FastifyInstance,
  client: string,
  { method, path, by, body }: ControlRequest,
): Promise<Response> {
  const response = await api.inject({
    method,
    url: path,
    headers: {
      'lifeline-by': by === null ? client : `${by} via ${client}`,
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
    },
    ...(body === null || method === 'GET' ? {} : { payload: Buffer.from(body) }),
  });
  const type = response.headers['content-type'];
  return {
    status: response.statusCode,
    type: typeof type === 'string' ? type : '',
    body: new Uint8Array(response.rawPayload),
  };
}

/** An answer that does not fit into a frame is compressed; when that is not enough it is refused. */
async function frameOf(id: string, response: Response): Promise<Uint8Array> {
  const plain: ControlAnswer = { v: PROTOCOL_VERSION, id, ...response, gzip: false };
  const most = MAX_FRAME_BYTES - ROOM_BYTES;
  if (plain.body.length <= most) return controlAnswers.encode(plain);
  const body = new Uint8Array(await zipped(plain.body));
  if (body.length <= most) return controlAnswers.encode({ ...plain, body, gzip: true });
  const kb = Math.ceil(plain.body.length / 1024);
  return problemFrame(
    id,
    new RequestRefused(
      'tooLarge',
      `The answer has ${kb} KB, too much for a message: ask for less at once, or over HTTP.`,
    ),
  );
}

function problemFrame(id: string, refused: RequestRefused): Uint8Array {
  const problem = problemOf(refused);
  return controlAnswers.encode({
    v: PROTOCOL_VERSION,
    id,
    status: problem.status,
    type: PROBLEM_TYPE,
    body: new TextEncoder().encode(jsonText(problem)),
    gzip: false,
  });
}
