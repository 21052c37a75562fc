/**
 * The codec among enemies: bytes that nobody should have sent. `decode` names what is wrong and never
 * throws; what it lets through is a frame to the last field.
 */
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { agentFrames, controllerFrames, MAX_FRAME_BYTES } from '../../transport/codec.ts';
import { createChance, mutate } from './mutants.ts';
import { sampleAgentFrame, sampleControllerFrame } from './sample-frames.ts';

const plain = new Packr({ useRecords: false });
const withTypes = new Packr({ useRecords: false, moreTypes: true });
const withRecords = new Packr();
const withPointers = new Packr({ useRecords: false, structuredClone: true });

const message = (...parts: (number | Uint8Array)[]) =>
  Buffer.concat([
    Buffer.of(1),
    ...parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : part)),
  ]);

/** The sample frame of an agent with fields replaced by whatever, as bytes. */
const agentFrameWith = (changes: Record<string, unknown>, packr = plain) =>
  message(packr.pack({ ...sampleAgentFrame(), ...changes }));

const controllerFrameWith = (changes: Record<string, unknown>) =>
  message(plain.pack({ ...sampleControllerFrame(), ...changes }));

/** A frame whose progress is the given msgpack bytes: a place where any value may stand. */
function progressOf(...value: number[]): Uint8Array {
  const marker = 'the value stands here';
  const frame = agentFrameWith({ progress: [{ birth: 1, attempt: 1, progress: marker }] });
  const at = frame.indexOf(marker) - 1;
  return Buffer.concat([
    frame.subarray(0, at),
    Buffer.from(value),
    frame.subarray(at + 1 + marker.length),
  ]);
}

function cyclic(): unknown {
  const node: Record<string, unknown> = {};
  node['self'] = node;
  return node;
}

describe('decoding hostile bytes', () => {
  it.each<[string, Uint8Array, string]>([
    ['an empty message', new Uint8Array(0), 'size'],
    ['a message larger than any frame', new Uint8Array(MAX_FRAME_BYTES + 1).fill(1), 'size'],
    [
      'a frame of the next protocol version',
      Buffer.concat([Buffer.of(2), plain.pack(sampleAgentFrame())]),
      'version',
    ],
    ['JSON of another program', Buffer.from('{"stream":"ORDERS","seq":1}'), 'version'],
    ['the version byte alone', message(), 'msgpack'],
    ['a frame cut short', agentFrameWith({}).subarray(0, 100), 'msgpack'],
    ['bytes behind the frame', message(plain.pack(sampleAgentFrame()), 0xc0), 'msgpack'],
    ['an array that claims 4 G items', message(0xdd, 0xff, 0xff, 0xff, 0xff), 'msgpack'],
    ['a map that claims 4 G entries', message(0xdf, 0xff, 0xff, 0xff, 0xff), 'msgpack'],
    ['text that claims 4 GB', message(0xdb, 0xff, 0xff, 0xff, 0xff, 0x61), 'msgpack'],
    ['bytes that claim 4 GB', message(0xc6, 0xff, 0xff, 0xff, 0xff, 0x61), 'msgpack'],
    ['a value cut within a number', message(0xcb, 0x40), 'msgpack'],
    ['the byte that never occurs', progressOf(0xc1), 'shape'],
    ['20,000 arrays within each other', message(Buffer.alloc(20_000, 0x91), 0xc0), 'shape'],
    [
      '20,000 maps within each other',
      message(Buffer.alloc(40_000, Buffer.of(0x81, 0xa0)), 0xc0),
      'shape',
    ],
    [
      '900 KB of empty arrays',
      message(0xdd, 0, 0x0d, 0xbb, 0x9a, Buffer.alloc(899_994, 0x90)),
      'schema',
    ],
    ['NaN', progressOf(0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0), 'shape'],
    ['an infinite short float', progressOf(0xca, 0xff, 0x80, 0, 0), 'shape'],
    ['an integer of 2^53', progressOf(0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0), 'shape'],
    ['an integer of −2^63', progressOf(0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0), 'shape'],
    ['undefined', agentFrameWith({ stamp: undefined }), 'shape'],
    ['a date', agentFrameWith({ stamp: new Date(0) }), 'shape'],
    ['a set', agentFrameWith({ answers: new Set() }, withTypes), 'shape'],
    ['a regular expression', agentFrameWith({ agent: /(a+)+$/ }, withTypes), 'shape'],
    ['an error object', agentFrameWith({ agent: new Error('a1') }, withTypes), 'shape'],
    ['a typed array', agentFrameWith({ answers: new Float64Array(3) }, withTypes), 'shape'],
    [
      'an object that contains itself',
      agentFrameWith({ progress: cyclic() }, withPointers),
      'shape',
    ],
    ['a record definition', message(withRecords.pack(sampleAgentFrame())), 'shape'],
    ['the key __proto__', progressOf(0x81, 0xa9, ...Buffer.from('__proto__'), 0x80), 'shape'],
    [
      'the key __proto__, long form',
      progressOf(0x81, 0xd9, 9, ...Buffer.from('__proto__'), 0x80),
      'shape',
    ],
    ['a key that comes twice', progressOf(0x82, 0xa1, 0x61, 0x01, 0xa1, 0x61, 0x02), 'shape'],
    ['a key that is a number', progressOf(0x81, 0x01, 0x01), 'shape'],
    ['a key that is an array', progressOf(0x81, 0x90, 0x01), 'shape'],
    ['nothing but null', message(0xc0), 'schema'],
    ['a list instead of a frame', message(plain.pack([sampleAgentFrame()])), 'schema'],
    ['a field too many', agentFrameWith({ extra: 1 }), 'schema'],
    ['a field called constructor', agentFrameWith({ constructor: 1 }), 'schema'],
    [
      'a field too many deep inside',
      agentFrameWith({ beat: { ...sampleAgentFrame().beat, x: 1 } }),
      'schema',
    ],
    ['a frame of the other direction', message(plain.pack(sampleControllerFrame())), 'schema'],
    ['a version field that differs from the first byte', agentFrameWith({ v: 2 }), 'schema'],
    ['an answer of unknown kind', agentFrameWith({ answers: [{ n: 1, kind: 'sudo' }] }), 'schema'],
    [
      'a kind that every object has',
      agentFrameWith({ answers: [{ n: 1, kind: 'toString' }] }),
      'schema',
    ],
    ['a negative number', agentFrameWith({ term: -1 }), 'schema'],
    ['a fraction that should be whole', agentFrameWith({ boot: 1.5 }), 'schema'],
    ['a whole number beyond 2^53', agentFrameWith({ boot: 2 ** 60 }), 'schema'],
    ['a number as text', agentFrameWith({ boot: '7' }), 'schema'],
    ['an id with a wildcard', agentFrameWith({ agent: '*' }), 'schema'],
    ['an id with a newline at its end', agentFrameWith({ agent: 'a1\n' }), 'schema'],
    ['an id with NUL', agentFrameWith({ agent: 'a1\u0000' }), 'schema'],
    ['an id with half a character', agentFrameWith({ agent: 'a\ud800' }), 'schema'],
    ['an id of 65 characters', agentFrameWith({ agent: 'a'.repeat(65) }), 'schema'],
    [
      'log bytes that are text',
      agentFrameWith({ logs: [{ birth: 1, attempt: 1, offset: 0, bytes: 'x' }] }),
      'schema',
    ],
    [
      'log bytes that are a list',
      agentFrameWith({ logs: [{ birth: 1, attempt: 1, offset: 0, bytes: [1] }] }),
      'schema',
    ],
  ])('refuses %s', (_name, bytes, why) => {
    expect(agentFrames.decode(bytes)).toEqual({ ok: false, why });
  });

  it.each<[string, Record<string, unknown>]>([
    ['a request of unknown kind', { requests: [{ n: 1, kind: 'exec' }] }],
    ['an assignment without fence', { requests: [{ n: 1, kind: 'assign', tasks: [{ id: 'x' }] }] }],
    [
      'a reason longer than 200',
      { requests: [{ n: 1, kind: 'kill', fences: [], reason: 'x'.repeat(201) }] },
    ],
    ['a timing without version', { timing: { periodMs: 1, delayMs: 1, timeoutMs: 9 } }],
    ['a notice of unknown kind', { notice: { kind: 'promote', known: 1 } }],
  ])('refuses a controller frame with %s', (_name, changes) => {
    expect(controllerFrames.decode(controllerFrameWith(changes))).toEqual({
      ok: false,
      why: 'schema',
    });
  });

  it('accepts the sample frames that the cases above change in one place', () => {
    expect(agentFrames.decode(agentFrameWith({})).ok).toBe(true);
    expect(controllerFrames.decode(controllerFrameWith({})).ok).toBe(true);
    expect(agentFrames.decode(progressOf(0x07))).toMatchObject({
      frame: { progress: [{ progress: 7 }] },
    });
  });

  it('reads exact 8-byte integers of other encoders as numbers', () => {
    const progress = (bytes: Uint8Array) => {
      const decoded = agentFrames.decode(bytes);
      return decoded.ok ? decoded.frame.progress[0]?.progress : decoded.why;
    };
    expect(progress(progressOf(0xcf, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))).toBe(
      2 ** 53 - 1,
    );
    expect(progress(progressOf(0xd3, 0xff, 0xe0, 0, 0, 0, 0, 0, 1))).toBe(-(2 ** 53) + 1);
  });

  it('pollutes no prototype', () => {
    agentFrames.decode(progressOf(0x81, 0xa9, ...Buffer.from('__proto__'), 0x81, 0xa1, 0x78, 0x01));
    expect('x' in {}).toBe(false);
  });

  it('is as good as before after a refusal', () => {
    const valid = agentFrames.encode(sampleAgentFrame());
    for (const bad of [
      message(0xdd, 0xff, 0xff, 0xff, 0xff),
      progressOf(0xc1),
      valid.subarray(0, 60),
    ]) {
      expect(agentFrames.decode(bad).ok).toBe(false);
      expect(agentFrames.decode(valid)).toStrictEqual({ ok: true, frame: sampleAgentFrame() });
    }
  });
});

describe('decoding mutants of valid frames', () => {
  it.each([
    ['controller frames', controllerFrames, sampleControllerFrame()],
    ['agent frames', agentFrames, sampleAgentFrame()],
  ])('never throws and lets only frames through: %s', (_name, codec, frame) => {
    const codecOfFrame = codec as typeof agentFrames;
    const valid = codecOfFrame.encode(frame as ReturnType<typeof sampleAgentFrame>);
    const chance = createChance(20260101);
    const seen = new Map<string, number>();
    for (let run = 0; run < 75_000; run++) {
      const decoded = codecOfFrame.decode(mutate(valid, chance));
      const outcome = decoded.ok ? 'ok' : decoded.why;
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      if (decoded.ok && !codecOfFrame.decode(codecOfFrame.encode(decoded.frame)).ok) {
        expect.fail(`Run ${run} let a frame through that cannot be sent on.`);
      }
    }
    for (const outcome of ['ok', 'msgpack', 'shape', 'schema']) {
      expect(seen.get(outcome), outcome).toBeGreaterThan(500);
    }
  });
});
