/**
 * What is kept out of a recording: inputs, results, messages, details, progress and the bytes of logs. A
 * word stands for each, and at replay a value made from that word.
 *
 *   "my secret" ──HMAC(key of the recording, never written)──▶ hidden string 9 9 5f1d… ──▶ "5f1d…5f1d"
 *
 * The word tells the type and the encoded size, so that what is split by size is split alike, and equal
 * values have equal words. Nothing else can be learned from it; null and booleans are not hidden.
 */
import { createHmac } from 'node:crypto';
import { encodedBytes, pack } from '../../transport/msgpack.ts';
import type { Hide } from './spelling.ts';

/** `values`: what users hand in and get back, and what handlers say. `none`: nothing is kept out. */
export type Redaction = 'values' | 'none';

const HASH_CHARACTERS = 16;

/** @param key of this recording: random, and written nowhere */
export function createHide(redaction: Redaction, key: Uint8Array): Hide | undefined {
  if (redaction === 'none') return undefined;
  const words = new WeakMap<object, string>();
  const word = (value: unknown): string | undefined => {
    if (value === null || value === undefined || typeof value === 'boolean') return undefined;
    if (typeof value !== 'object') return wordFor(value, key);
    const known = words.get(value) ?? wordFor(value, key);
    words.set(value, known);
    return known;
  };
  return (value, name, holder) =>
    value instanceof Uint8Array || isOfUsers(name, holder) ? word(value) : undefined;
}

/** Whether a property of that name holds what only users know the meaning of. */
function isOfUsers(name: string, holder: object): boolean {
  switch (name) {
    case 'input':
    case 'result':
    case 'failure':
    case 'spec':
      return true;
    case 'message':
      return (holder as { kind?: unknown }).kind !== 'log';
    // Facts have details too, which are ours.
    case 'detail':
      return 'message' in holder;
    case 'progress':
      return 'birth' in holder;
    case 'value':
      return (holder as { kind?: unknown }).kind === 'progress' || 'bytes' in holder;
    default:
      return false;
  }
}

function wordFor(value: unknown, key: Uint8Array): string {
  const encoded = pack(value);
  const hash = createHmac('sha256', key).update(encoded).digest('hex').slice(0, HASH_CHARACTERS);
  if (typeof value === 'string')
    return `hidden string ${Buffer.byteLength(value)} ${value.length} ${hash}`;
  if (value instanceof Uint8Array) return `hidden bytes ${value.length} ${hash}`;
  const type = Array.isArray(value) ? 'array' : typeof value;
  return `hidden ${type} ${encoded.length} ${hash}`;
}

export const isHiddenWord = (word: string) => word.startsWith('hidden ');

/** The value that stands for what was hidden: same type, same encoded size. @throws {SyntaxError} */
export function hiddenValue(word: string): unknown {
  const [, type, size, ...rest] = word.split(' ');
  const bytes = Number(size);
  const hash = rest.at(-1)!;
  switch (type) {
    case 'string':
      return textOf(bytes, Number(rest[0]), hash);
    case 'bytes':
      return new Uint8Array(Buffer.alloc(bytes, hash));
    case 'number':
      return numberOf(bytes, hash);
    case 'array':
      return listOf(bytes - 1, hash);
    case 'object':
      return bytes === 1 ? {} : { '': fill(bytes - 2, hash) };
    default:
      throw new SyntaxError(`${JSON.stringify(word)} hides no value`);
  }
}

/** Text of so many characters that takes so many bytes. */
function textOf(bytes: number, characters: number, hash: string): string {
  const more = bytes - characters;
  const [threes, twos] = [more >> 1, more & 1];
  const ones = characters - threes - twos;
  const repeated = hash.repeat(Math.ceil(ones / hash.length)).slice(0, ones);
  return repeated + 'ß'.repeat(twos) + '€'.repeat(threes);
}

/** A number that takes so many bytes. */
function numberOf(bytes: number, hash: string): number {
  const chance = Number.parseInt(hash.slice(0, 8), 16);
  if (bytes === 1) return chance % 0x80;
  if (bytes === 2) return 0x80 + (chance % 0x80);
  if (bytes === 3) return 0x100 + (chance % 0xff00);
  return bytes === 5 ? 0x10000 + (chance % 0x7fff0000) : chance + 0.5;
}

/** A value of so many bytes. Text of that size, or, where there is none, a list. */
function fill(bytes: number, hash: string): unknown {
  for (const head of [1, 2, 3, 5]) {
    const text = textOf(bytes - head, bytes - head, hash);
    if (bytes >= head && encodedBytes(text) === bytes) return text;
  }
  return listOf(bytes - 1, hash);
}

/** A list whose parts take so many bytes. */
function listOf(bytes: number, hash: string): readonly unknown[] {
  return bytes === 0 ? [] : [fill(bytes, hash)];
}
