/**
 * Frames to bytes and back.
 *
 *   byte 0            byte 1 …
 *   PROTOCOL_VERSION  msgpack of the frame
 *
 * The version stands in front of everything else, so that a node of another version is told apart from
 * garbage. `decode` never throws, whatever bytes come: what does not fit is named by a word, for the
 * receiver to count and drop. What `decode` returns satisfies the schema to the last field.
 */
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { AgentFrame, ControllerFrame, PROTOCOL_VERSION } from './frame.ts';
import { pack, unpack } from './msgpack.ts';
import { MAX_VALUE_DEPTH } from './value.ts';

/**
 * Largest frame in bytes, version byte included. NATS carries 1,048,576 by default; the rest is for
 * headers. It bounds the items of a frame too, for each takes a byte: the worst ones decode in 0.15 s.
 */
export const MAX_FRAME_BYTES = 900_000;

/** The value of a user lies at most six levels deep in a frame. */
const MAX_FRAME_DEPTH = MAX_VALUE_DEPTH + 8;

export type Decoded<Frame> =
  | { readonly ok: true; readonly frame: Frame }
  /**
   * `size`: empty or too large. `version`: of another protocol version. `msgpack`: not decodable.
   * `shape`: extensions, deep nesting, keys that come twice and the like. `schema`: not such a frame.
   */
  | { readonly ok: false; readonly why: 'size' | 'version' | 'msgpack' | 'shape' | 'schema' };

export interface FrameCodec<Frame> {
  /** @throws {RangeError} when the frame is larger than MAX_FRAME_BYTES; the sender splits before */
  encode(frame: Frame): Uint8Array;
  /** Never throws; the frame shares no memory with `bytes`. */
  decode(bytes: Uint8Array): Decoded<Frame>;
}

/** A codec for the frames that satisfy `schema`; the schema is compiled once, here. */
export function frameCodec<Frame>(schema: TSchema): FrameCodec<Frame> {
  const validator = Compile(schema);
  const fits = (value: unknown): value is Frame => validator.Check(value);
  return {
    encode(frame) {
      const bytes = pack(frame, 1);
      bytes[0] = PROTOCOL_VERSION;
      if (bytes.length > MAX_FRAME_BYTES) {
        throw new RangeError(
          `A frame of ${bytes.length} bytes is too large: split it into frames of at most ${MAX_FRAME_BYTES}.`,
        );
      }
      return bytes;
    },
    decode(bytes) {
      if (bytes.length === 0 || bytes.length > MAX_FRAME_BYTES) return { ok: false, why: 'size' };
      if (bytes[0] !== PROTOCOL_VERSION) return { ok: false, why: 'version' };
      const unpacked = unpack(bytes, 1, MAX_FRAME_DEPTH);
      if (!unpacked.ok) return unpacked;
      return fits(unpacked.value)
        ? { ok: true, frame: unpacked.value }
        : { ok: false, why: 'schema' };
    },
  };
}

export const controllerFrames = frameCodec<ControllerFrame>(ControllerFrame);
export const agentFrames = frameCodec<AgentFrame>(AgentFrame);
