/** JSON as the commands print it: one document, or one line each. Bytes are written as base64. */

type Holder = Readonly<Record<string, unknown>>;

function bytesAsText(this: Holder, name: string, value: unknown): unknown {
  // A Buffer would have become an object before it gets here.
  const given = this[name];
  return given instanceof Uint8Array ? { base64: Buffer.from(given).toString('base64') } : value;
}

/** One document, indented. */
export const jsonDocument = (value: unknown): string => JSON.stringify(value, bytesAsText, 2);

/** One line. */
export const jsonLine = (value: unknown): string => JSON.stringify(value, bytesAsText);
