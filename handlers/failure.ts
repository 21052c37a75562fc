/**
 * What is reported of an error that a handler has thrown: its message, and as detail its name, code and
 * the first lines of its stack. An error that carries a `detail` of its own (as ingest's do) keeps it.
 */
import type { Exit, Value } from './handler.ts';
import { toValue } from './value.ts';

type Failed = Extract<Exit, { kind: 'failed' }>;

/** A frame takes 8192 characters. */
const MAX_MESSAGE = 8000;
const STACK_LINES = 6;

/** A failed exit; a message that is too long loses its end. */
export function failed(cause: Failed['cause'], message: string, detail: Value = null): Failed {
  const cut = message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
  return { kind: 'failed', cause, message: wellFormed(cut), detail };
}

/** Half characters, which no frame carries, become U+FFFD. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

/** The exit for whatever a handler has thrown. */
export function failedBy(thrown: unknown): Failed {
  if (!(thrown instanceof Error)) return failed('error', `The handler threw ${shown(thrown)}.`);
  const { code, detail } = thrown as { code?: unknown; detail?: unknown };
  const own = detail === undefined ? undefined : toValue(detail);
  if (own !== undefined && 'value' in own) return failed('error', thrown.message, own.value);
  return failed('error', thrown.message || thrown.name, {
    name: wellFormed(thrown.name),
    ...(typeof code === 'string' ? { code: wellFormed(code) } : {}),
    stack: wellFormed(
      (thrown.stack ?? '').split('\n').slice(0, STACK_LINES).join('\n').slice(0, 2000),
    ),
  });
}

function shown(thrown: unknown): string {
  try {
    return typeof thrown === 'string' ? thrown : (JSON.stringify(thrown) ?? String(thrown));
  } catch {
    return `a ${typeof thrown}`;
  }
}
