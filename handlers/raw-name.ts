/**
 * File names as they are: bytes. On Linux a name is any bytes but NUL and '/', and need not be UTF-8.
 *
 * In JSON and msgpack a name is text when its bytes are valid UTF-8, and base64 when they are not, so
 * that no name is ever changed on its way. A path is written the same way, its names joined by '/'.
 */
/** A name or path: text, or `{ base64 }` where the bytes are no UTF-8. */
export type RawName = string | { readonly base64: string };

export function rawName(bytes: Uint8Array): RawName {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const text = buffer.toString();
  return Buffer.from(text).equals(buffer) ? text : { base64: buffer.toString('base64') };
}

export function bytesOfName(name: RawName): Buffer {
  return typeof name === 'string' ? Buffer.from(name) : Buffer.from(name.base64, 'base64');
}

/** For people: what is no UTF-8 or would break a line is shown as \x… */
export function shownName(bytes: Uint8Array): string {
  const whole = rawName(bytes);
  const text = typeof whole === 'string' ? whole : Buffer.from(bytes).toString('latin1');
  const odd = typeof whole === 'string' ? /\p{Cc}/gu : /[^\x20-\x7e]/g;
  return text.replace(odd, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** `directory/rest` as bytes. An empty rest gives `directory/`, which never names a symbolic link. */
export function joinPath(directory: Uint8Array, rest: Uint8Array): Buffer {
  return Buffer.concat([directory, SLASH, rest]);
}

/** True when a path read from the wire stays below the directory it is joined to. */
export function staysBelow(path: Uint8Array): boolean {
  if (path.length === 0) return true;
  const names = Buffer.from(path).toString('latin1').split('/');
  return names.every((name) => !['', '.', '..'].includes(name) && !name.includes('\0'));
}

const SLASH = Buffer.from('/');
