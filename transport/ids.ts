/**
 * The one parser of ids. Every id passes here before a subject, a file name or a key is built from it.
 * What does not fit is refused, never escaped or stripped.
 */

export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** A name that is no legal id. The message suggests one that is. */
export class InvalidId extends Error {
  override readonly name = 'InvalidId';
  readonly retryable = false;
}

/**
 * Returns `text` when it is a legal id.
 *
 * @param text what somebody typed
 * @param what what it names, for the sentence: "job name", "agent id"
 * @throws {InvalidId} naming the rule and a legal spelling
 */
export function parseId(text: string, what: string): string {
  if (ID_PATTERN.test(text)) return text;
  const legal = text.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 64);
  const suggestion = /[A-Za-z0-9]/.test(legal) ? ` Try "${legal}".` : '';
  throw new InvalidId(
    `The ${what} ${JSON.stringify(text.slice(0, 80))} is not allowed: use 1 to 64 of A-Z a-z 0-9 _ and -.${suggestion}`,
  );
}
