/**
 * How a client asks a controller over the transport, and is answered.
 *
 *   client ── ControlRequest ──▶ <ns>.control.<client> ──▶ controller
 *          ◀── ControlAnswer ─── <ns>.reply.<client>  ◀──
 *
 * A request is repeated under the same id until it is answered; the controller carries a POST out once per
 * id. Both subjects carry the client's name, so a broker's permissions vouch for it: nobody asks in the
 * name of another, or chooses where an answer goes.
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Type, type Static, type TProperties } from 'typebox';
import { frameCodec } from './codec.ts';
import { PROTOCOL_VERSION } from './frame.ts';
import { bytes, id } from './shapes.ts';
import { control, reply } from './subjects.ts';
import { TransportError, type Transport } from './transport.ts';

/** Most characters of a path with its query. */
export const MAX_PATH_LENGTH = 4_096;
/** Most characters of who asks. */
export const MAX_BY_LENGTH = 100;

const object = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

export const ControlRequest = object({
  v: Type.Literal(PROTOCOL_VERSION),
  /** Chosen by the client; a repeat has the same. */
  id,
  method: Type.Union([Type.Literal('GET'), Type.Literal('POST')]),
  /** With its query; one `/` at the start, and no backslash, which some would read as one. */
  path: Type.String({ pattern: '^/(?!/)[!-[\\]-~]*$', maxLength: MAX_PATH_LENGTH }),
  /** Who asks, by the client's own word. */
  by: Type.Union([
    Type.String({ pattern: '^[!-~]([ -~]*[!-~])?$', maxLength: MAX_BY_LENGTH }),
    Type.Null(),
  ]),
  /** JSON of a POST. */
  body: Type.Union([bytes, Type.Null()]),
});

export const ControlAnswer = object({
  v: Type.Literal(PROTOCOL_VERSION),
  /** Of the request. */
  id,
  /** As in HTTP. */
  status: Type.Integer({ minimum: 200, maximum: 599 }),
  /** Content type of the body. */
  type: Type.String({ maxLength: 200 }),
  body: bytes,
  /** The body is compressed, since it would not have fitted into a frame. */
  gzip: Type.Boolean(),
});

export type ControlRequest = Static<typeof ControlRequest>;
export type ControlAnswer = Static<typeof ControlAnswer>;

export const controlRequests = frameCodec<ControlRequest>(ControlRequest);
export const controlAnswers = frameCodec<ControlAnswer>(ControlAnswer);

/**
 * Longest that a request is repeated. A controller keeps its answer to a POST for longer
 * (dashboard/server/kept-answers.ts): a repeat after that would be carried out again.
 */
export const LONGEST_REQUEST_MS = 30_000;
/** So often an unanswered request is sent again. */
const REPEAT_EVERY_MS = 1_000;
/** Largest answer that is unpacked. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export interface ControlClientOptions {
  readonly transport: Transport;
  readonly clock: {
    /** Only grows, also while the host is suspended. In ms. */
    elapsed(): number;
    /** Calls `wake` once, `ms` from now; returns a function that cancels it. */
    after(ms: number, wake: () => void): () => void;
  };
  readonly namespace: string;
  /** Name of this client, 1 to 64 of A-Z a-z 0-9 _ and -; that of the broker's permissions. */
  readonly client: string;
  /** Makes 1 to 64 letters and digits that nobody else makes. */
  readonly newId: () => string;
}

export interface ControlCall {
  readonly method: 'GET' | 'POST';
  /** With its query: `/api/v1/jobs`. */
  readonly path: string;
  /** JSON of a POST. */
  readonly body?: Uint8Array;
  /** Who asks: printable ASCII, at most 100 characters. The controller adds the client's name. */
  readonly by?: string;
}

export interface ControlReply {
  /** As in HTTP. */
  readonly status: number;
  /** Content type of the body. */
  readonly type: string;
  readonly body: Uint8Array;
}

export interface ControlClient {
  /**
   * Asks, again each second, until it is answered. Whatever the answer's status, it resolves.
   *
   * @param within at most 30 s
   * @throws {TransportError} when nobody answers in time (`retryable`: a POST may have been carried out all
   *   the same), when the request cannot be sent, or when the client is closed
   */
  request(call: ControlCall, within: { readonly timeoutMs: number }): Promise<ControlReply>;
  /** Gives up what is under way. The transport stays open. */
  close(): void;
}

interface Waiting {
  readonly answered: (answer: ControlAnswer) => void;
  readonly failed: (error: unknown) => void;
}

const unzip = promisify(gunzip);

/** A client of the controller of a namespace. @throws {InvalidId} for a name that is none */
export function createControlClient(options: ControlClientOptions): ControlClient {
  const { transport, clock, namespace, client, newId } = options;
  const subject = control(namespace, client);
  const waiting = new Map<string, Waiting>();
  const stopHearing = transport.subscribe(reply(namespace, client), (frame) => {
    const decoded = controlAnswers.decode(frame);
    // Other processes of this client hear the same subject, and repeats are answered twice.
    if (decoded.ok) waiting.get(decoded.frame.id)?.answered(decoded.frame);
  });
  let isClosed = false;

  /** Resolves with the first answer. */
  const exchange = (id: string, frame: Uint8Array, timeoutMs: number) =>
    new Promise<ControlAnswer>((resolve, reject) => {
      const endsAt = clock.elapsed() + timeoutMs;
      const send = () => {
        // After a suspension timers go on where they were, and the answer may be forgotten by now.
        if (clock.elapsed() >= endsAt) return failed(late());
        try {
          transport.publish(subject, frame);
        } catch (error) {
          return failed(error);
        }
        cancelRepeat = clock.after(REPEAT_EVERY_MS, send);
      };
      const over = () => {
        waiting.delete(id);
        cancelRepeat();
        cancelTimeout();
      };
      const failed = (error: unknown) => {
        over();
        reject(error instanceof Error ? error : new TransportError(String(error)));
      };
      let cancelRepeat = () => {};
      const late = () =>
        new TransportError(
          `No controller answers in the namespace "${namespace}" within ${timeoutMs / 1_000} s: start one, or name another namespace.`,
          { retryable: true },
        );
      const cancelTimeout = clock.after(timeoutMs, () => failed(late()));
      const answered = (answer: ControlAnswer) => {
        over();
        resolve(answer);
      };
      waiting.set(id, { answered, failed });
      send();
    });

  return {
    async request(call, { timeoutMs }) {
      if (isClosed) throw closed();
      if (timeoutMs > LONGEST_REQUEST_MS) {
        throw new RangeError(`A request lasts ${LONGEST_REQUEST_MS / 1_000} s at most.`);
      }
      const id = newId();
      const answer = await exchange(id, encoded(id, call), timeoutMs);
      const { status, type, gzip, body } = answer;
      if (!gzip) return { status, type, body };
      return { status, type, body: await unzipped(body) };
    },
    close() {
      isClosed = true;
      stopHearing();
      for (const { failed } of [...waiting.values()]) failed(closed());
    },
  };
}

const closed = () =>
  new TransportError('The client is closed; whether its last request was carried out is unknown.', {
    retryable: true,
  });

/** @throws {TransportError} for a request that no controller would take */
function encoded(id: string, { method, path, body, by }: ControlCall): Uint8Array {
  const request = { v: PROTOCOL_VERSION, id, method, path, by: by ?? null, body: body ?? null };
  let frame: Uint8Array;
  try {
    frame = controlRequests.encode(request as ControlRequest);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const size = Math.ceil((body?.length ?? 0) / 1024);
    throw new TransportError(
      `The request has ${size} KB, more than can be sent at once: send it in smaller parts.`,
      { cause: error },
    );
  }
  if (controlRequests.decode(frame).ok) return frame;
  throw new TransportError(
    'The request cannot be sent: its path, or the name of who asks, is too long or not printable ASCII.',
  );
}

async function unzipped(body: Uint8Array): Promise<Uint8Array> {
  try {
    return new Uint8Array(await unzip(body, { maxOutputLength: MAX_ANSWER_BYTES }));
  } catch (error) {
    throw new TransportError('The answer of the controller cannot be unpacked.', { cause: error });
  }
}
