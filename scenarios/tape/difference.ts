/**
 * Where what was decided at replay first differs from what was decided then.
 *
 *   { later: [{ kind: 'frame', … }] }  ×  the same of now  ──▶  later[0].frame.echo: 5 then, 6 now
 *
 * What was kept out of the recording is the same when it is what stands for it; where a text or bytes are
 * another piece of what was hidden, or ours, their length decides.
 */
import { isHiddenWord, hiddenValue } from './hidden.ts';
import { spell, wordOf, type Json } from './spelling.ts';

export interface Difference {
  /** As `later[0].frame.echo`. */
  readonly path: string;
  /** Undefined: it is not there. */
  readonly expected: Json | undefined;
  readonly actual: Json | undefined;
}

/** @param expected from the recording. @param actual a value of now */
export function firstDifference(
  expected: Json | undefined,
  actual: unknown,
  path = '',
): Difference | undefined {
  const differs = () => ({
    path,
    expected,
    actual: actual === undefined ? undefined : spell(actual),
  });
  if (expected === undefined || actual === undefined)
    return expected === actual ? undefined : differs();
  const word = wordOf(expected);
  if (word !== undefined && isHiddenWord(word))
    return isHidden(word, actual) ? undefined : differs();
  if (Array.isArray(expected)) {
    return Array.isArray(actual) ? inList(expected as Json[], actual, path) : differs();
  }
  if (expected === null || typeof expected !== 'object')
    return Object.is(expected, spell(actual)) || expected === actual ? undefined : differs();
  const spelled = word === undefined ? actual : spell(actual);
  if (!isRecord(spelled)) return differs();
  return inObject(expected as Record<string, Json>, spelled, path);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array);

function inList(expected: readonly Json[], actual: readonly unknown[], path: string) {
  const length = Math.max(expected.length, actual.length);
  for (let i = 0; i < length; i++) {
    const part = i < actual.length ? (actual[i] ?? null) : undefined;
    const found = firstDifference(expected[i], part, `${path}[${i}]`);
    if (found) return found;
  }
  return undefined;
}

function inObject(
  expected: Readonly<Record<string, Json>>,
  actual: Readonly<Record<string, unknown>>,
  path: string,
) {
  const value = actual instanceof Error ? (spell(actual) as Record<string, Json>) : actual;
  const names = new Set([...Object.keys(expected), ...Object.keys(value)]);
  for (const name of names) {
    // The words of a log line are free to change; what is said of whom is not.
    if (name === 'message' && expected['kind'] === 'log') continue;
    const inner = path === '' ? name : `${path}.${name}`;
    const found = firstDifference(expected[name], value[name], inner);
    if (found) return found;
  }
  return undefined;
}

/** Whether a value may be what was hidden under that word. */
function isHidden(word: string, actual: unknown): boolean {
  const hidden = hiddenValue(word);
  if (typeof hidden === 'string') {
    return typeof actual === 'string' && (actual === hidden || isPiece(hidden, actual));
  }
  if (hidden instanceof Uint8Array)
    return actual instanceof Uint8Array && actual.length === hidden.length;
  return JSON.stringify(spell(hidden)) === JSON.stringify(spell(actual));
}

/** A text of the same length that stands for nothing else that was hidden. */
const isPiece = (hidden: string, actual: string) =>
  actual.length === hidden.length && !/^[0-9a-f]{16}/.test(actual);
