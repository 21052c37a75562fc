/**
 * How what a node takes in and decides is spelled in a recording: JSON, and a word for what JSON has none for.
 *
 *   { "$": "bytes AAEC" }                     bytes, in base64
 *   { "$": "number NaN" }  { "$": "undefined" }
 *   { "$": "hidden string 12 12 9f86d081" }   kept out of the recording (hidden.ts)
 *   { "$": "object", "of": { "$": 1 } }       an object that has a property called $
 *
 * A property that is undefined is left out. An error is its name, code and message.
 */
import { hiddenValue, isHiddenWord } from './hidden.ts';

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Says what stands for a value instead of its spelling; undefined: it is spelled as it is. */
export type Hide = (value: unknown, name: string, holder: object) => string | undefined;

/** @param hide asked for each property, and for all bytes */
export function spell(value: unknown, hide?: Hide, name = '', holder: object = {}): Json {
  const hidden = hide?.(value, name, holder);
  if (hidden !== undefined) return { $: hidden };
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : { $: `number ${value}` };
    case 'object':
      return value === null ? null : spellObject(value, hide);
    default:
      return { $: 'undefined' };
  }
}

function spellObject(value: object, hide: Hide | undefined): Json {
  if (Array.isArray(value)) return value.map((part: unknown) => spell(part, hide, '', value));
  if (value instanceof Uint8Array) return { $: `bytes ${Buffer.from(value).toString('base64')}` };
  if (value instanceof Error) {
    const { name, message } = value;
    const { code } = value as { readonly code?: unknown };
    return typeof code === 'string' ? { name, code, message } : { name, message };
  }
  const spelled: Record<string, Json> = {};
  for (const [name, part] of Object.entries(value))
    if (part !== undefined) spelled[name] = spell(part, hide, name, value);
  return '$' in spelled ? { $: 'object', of: spelled } : spelled;
}

/** The word that stands for a value; undefined: it stands for itself. */
export function wordOf(json: Json): string | undefined {
  const word = json !== null && typeof json === 'object' && '$' in json ? json['$'] : undefined;
  return typeof word === 'string' ? word : undefined;
}

/** The value that was spelled so. @throws {SyntaxError} for a word that is none */
export function unspell(json: Json): unknown {
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return (json as readonly Json[]).map(unspell);
  const word = wordOf(json);
  if (word === undefined) return unspellObject(json as Record<string, Json>);
  if (word === 'object') return unspellObject((json as { of: Record<string, Json> }).of);
  if (word === 'undefined') return undefined;
  if (isHiddenWord(word)) return hiddenValue(word);
  const [kind, rest = ''] = word.split(' ', 2);
  if (kind === 'bytes') return new Uint8Array(Buffer.from(rest, 'base64'));
  if (kind === 'number') return Number(rest);
  throw new SyntaxError(`${JSON.stringify(word)} spells no value`);
}

function unspellObject(json: Readonly<Record<string, Json>>): object {
  const value: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(json)) value[name] = unspell(part);
  return value;
}
