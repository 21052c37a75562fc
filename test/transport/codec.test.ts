/**
 * The codec between friends: what is sent is what arrives, and shares nothing with the message.
 * Compared by node:assert where keys are arbitrary, since `toStrictEqual` trips over one called constructor.
 */
import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentFrames, controllerFrames, MAX_FRAME_BYTES } from '../../transport/codec.ts';
import { PROTOCOL_VERSION } from '../../transport/frame.ts';
import { encodedBytes } from '../../transport/msgpack.ts';
import { MAX_VALUE_BYTES, MAX_VALUE_DEPTH } from '../../transport/value.ts';
import { anyAgentFrame, anyControllerFrame } from './arbitrary-frames.ts';
import { sampleAgentFrame, sampleAssignment, sampleControllerFrame } from './sample-frames.ts';

/** The input that arrives when this one is assigned. */
function assigned(input: unknown): unknown {
  const requests = [{ n: 1, kind: 'assign' as const, tasks: [sampleAssignment(input)] }];
  const decoded = controllerFrames.decode(
    controllerFrames.encode(sampleControllerFrame({ requests })),
  );
  if (!decoded.ok) throw new Error(`The frame was refused: ${decoded.why}.`);
  const [request] = decoded.frame.requests;
  if (request?.kind !== 'assign') throw new Error('The request is no longer an assignment.');
  return request.tasks[0]?.input;
}

describe('frame codec', () => {
  it('returns any controller frame as it was', () => {
    fc.assert(
      fc.property(anyControllerFrame, (frame) => {
        deepStrictEqual(controllerFrames.decode(controllerFrames.encode(frame)), {
          ok: true,
          frame,
        });
      }),
      { numRuns: 300 },
    );
  });

  it('returns any agent frame as it was', () => {
    fc.assert(
      fc.property(anyAgentFrame, (frame) => {
        deepStrictEqual(agentFrames.decode(agentFrames.encode(frame)), { ok: true, frame });
      }),
      { numRuns: 300 },
    );
  });

  it('begins with the protocol version', () => {
    expect(agentFrames.encode(sampleAgentFrame())[0]).toBe(PROTOCOL_VERSION);
  });

  it.each([
    ['zero', 0],
    ['2^53 − 1', Number.MAX_SAFE_INTEGER],
    ['−(2^53 − 1)', Number.MIN_SAFE_INTEGER],
    ['2^32', 2 ** 32],
    ['−2^31 − 1', -(2 ** 31) - 1],
    ['2^60, exact as a float', 2 ** 60],
    ['a fraction', 0.1 + 0.2],
    ['the smallest number', 5e-324],
    ['the largest number', Number.MAX_VALUE],
    ['text of many scripts', 'žluťoučký 山 🦊 e\u0301\u0000'],
    [
      'an object with telling names',
      { constructor: 1, toString: 2, hasOwnProperty: 3, toJSON: 4, then: 5 },
    ],
    [
      'an object of many keys',
      Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, 0])),
    ],
  ])('carries %s', (_name, input) => {
    deepStrictEqual(assigned(input), input);
  });

  it('leaves out a property that is undefined', () => {
    expect(assigned({ path: 'cat.jpg', width: undefined })).toStrictEqual({ path: 'cat.jpg' });
  });

  it('carries a value as deep as a value may be', () => {
    let input: unknown = 'bottom';
    for (let level = 0; level < MAX_VALUE_DEPTH; level++) input = level % 2 ? [input] : { input };
    expect(assigned(input)).toStrictEqual(input);
  });

  it('carries the largest value there may be, whatever it is made of', () => {
    const smallest = Array.from({ length: MAX_VALUE_BYTES - 5 }, () => []);
    expect(encodedBytes(smallest)).toBe(MAX_VALUE_BYTES);
    expect(assigned(smallest)).toStrictEqual(smallest);
  });

  it('gives the frame bytes of its own', () => {
    const message = agentFrames.encode(sampleAgentFrame());
    const decoded = agentFrames.decode(message);
    message.fill(0);
    expect(decoded).toStrictEqual({ ok: true, frame: sampleAgentFrame() });
  });

  it('leaves an encoded frame alone when it encodes the next one', () => {
    const messages = Array.from({ length: 50 }, (_, n) =>
      agentFrames.encode(sampleAgentFrame({ seen: n })),
    );
    for (const [seen, message] of messages.entries()) {
      expect(agentFrames.decode(message)).toMatchObject({ ok: true, frame: { seen } });
    }
  });

  it('decodes a message that lies in the midst of a larger buffer', () => {
    const message = agentFrames.encode(sampleAgentFrame());
    const buffer = Buffer.alloc(message.length + 20, 0xc1);
    buffer.set(message, 7);
    const decoded = agentFrames.decode(buffer.subarray(7, 7 + message.length));
    expect(decoded).toStrictEqual({ ok: true, frame: sampleAgentFrame() });
  });

  it('encodes a frame of the largest size and refuses one byte more', () => {
    const logsOf = (length: number) => [
      { birth: 1, attempt: 1, offset: 0, bytes: new Uint8Array(length) },
    ];
    const overhead = agentFrames.encode(sampleAgentFrame({ logs: logsOf(70_000) })).length - 70_000;
    const frame = sampleAgentFrame({ logs: logsOf(MAX_FRAME_BYTES - overhead) });
    const message = agentFrames.encode(frame);
    expect(message.length).toBe(MAX_FRAME_BYTES);
    expect(agentFrames.decode(message).ok).toBe(true);
    const larger = sampleAgentFrame({ logs: logsOf(MAX_FRAME_BYTES - overhead + 1) });
    expect(() => agentFrames.encode(larger)).toThrow(
      'A frame of 900001 bytes is too large: split it into frames of at most 900000.',
    );
  });
});
