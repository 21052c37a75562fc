/**
 * What is kept out of a recording: nothing of it can be read there, and what stands for it at replay has
 * its type and its size, so that the same decisions follow.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodedBytes } from '../../transport/msgpack.ts';
import { createHide, hiddenValue } from '../../scenarios/tape/hidden.ts';
import { spell, unspell, type Json } from '../../scenarios/tape/spelling.ts';

const key = new TextEncoder().encode('of this recording');
const hide = createHide('values', key)!;
const through = (json: Json) => JSON.parse(JSON.stringify(json)) as Json;

const typeOf = (value: unknown) =>
  Array.isArray(value) ? 'array' : value instanceof Uint8Array ? 'bytes' : typeof value;

describe('what is hidden', () => {
  it('has the same type and the same encoded size at replay', () => {
    const values = fc.anything({ withBigInt: false, withNullPrototype: false, maxDepth: 2 });
    fc.assert(
      fc.property(values, (value) => {
        const plain = unspell(through(spell(JSON.parse(JSON.stringify(value ?? null)))));
        const hidden = unspell(through(spell({ input: plain }, hide))) as { input: unknown };
        expect(typeOf(hidden.input)).toBe(typeOf(plain));
        expect(encodedBytes(hidden.input)).toBe(encodedBytes(plain));
      }),
    );
  });

  it.each([0, 1, 31, 32, 33, 34, 255, 256, 257, 258, 259, 65_536, 65_538, 65_540, 65_541, 65_542])(
    'fills an object, a list and a text of about %i bytes exactly',
    (bytes) => {
      for (const word of [`object ${bytes + 3}`, `array ${bytes + 1}`]) {
        expect(encodedBytes(hiddenValue(`hidden ${word} 0123456789abcdef`))).toBe(
          Number(word.split(' ')[1]),
        );
      }
      const text = hiddenValue(`hidden string ${bytes} ${bytes} 0123456789abcdef`) as string;
      expect(text).toHaveLength(bytes);
    },
  );

  it('keeps the characters and the bytes of a text that is not ASCII', () => {
    for (const text of ['', 'a', 'ß', '€€€', 'a€', 'ßa', '👍🏽', 'naïve café ☃']) {
      const { message } = unspell(spell({ message: text }, hide)) as { message: string };
      expect([message.length, Buffer.byteLength(message)]).toEqual([
        text.length,
        Buffer.byteLength(text),
      ]);
    }
  });

  it('is told apart where it differs, and is the same where it is equal', () => {
    const word = (input: unknown) => JSON.stringify(spell({ input }, hide));
    expect(word({ secret: 'one' })).toBe(word({ secret: 'one' }));
    expect(word({ secret: 'one' })).not.toBe(word({ secret: 'two' }));
    const other = createHide('values', new TextEncoder().encode('of another'))!;
    expect(JSON.stringify(spell({ input: 'one' }, other))).not.toBe(word('one'));
  });

  it('is what users hand in and handlers say, wherever it stands, and nothing else', () => {
    const spelled = JSON.stringify(
      spell(
        [
          {
            kind: 'command',
            command: { kind: 'submit', item: { id: 'visible', input: 'SECRET' } },
          },
          { ending: { kind: 'done', result: { a: 'SECRET' } }, startedAt: 5 },
          { kind: 'failed', cause: 'error', message: 'SECRET', detail: { b: 'SECRET' } },
          { kind: 'progress', fence: { birth: 1, attempt: 1 }, value: 'SECRET' },
          { progress: [{ birth: 1, attempt: 1, progress: 'SECRET' }] },
          { message: 'SECRET', failure: ['SECRET'], logLength: 7 },
          { birth: 1, attempt: 1, offset: 0, bytes: new TextEncoder().encode('SECRET') },
          { kind: 'log', level: 'info', fields: { agent: 'visible' }, message: 'visible' },
          { value: 'SECRET', bytes: 7 },
        ],
        hide,
      ),
    );
    expect(spelled).not.toContain('SECRET');
    expect(spelled).not.toContain(Buffer.from('SECRET').toString('base64').slice(0, 8));
    expect(spelled.match(/visible/g)).toHaveLength(3);
    expect(spelled).toContain('"logLength":7');
  });
});

describe('what is not hidden', () => {
  it('comes back as it was', () => {
    const value = {
      $: 'not a word',
      nested: { $: { $: 1 } },
      list: [1, undefined, NaN, -Infinity, new Uint8Array([0, 1, 255])],
      empty: {},
    };
    expect(unspell(through(spell(value)))).toEqual(value);
  });

  it('leaves out what is undefined, and tells of an error what it says', () => {
    const error = Object.assign(new Error('no'), { name: 'Refused', code: 'idTaken' });
    expect(spell({ a: undefined, error })).toEqual({
      error: { name: 'Refused', code: 'idTaken', message: 'no' },
    });
  });
});
