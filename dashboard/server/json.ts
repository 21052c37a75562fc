/** JSON as everybody is shown it, over HTTP and on the command line: bytes are written as base64. */

type Holder = Readonly<Record<string, unknown>>;

function bytesAsText(this: Holder, name: string, value: unknown): unknown {
  // A Buffer would have become an object before it gets here.
  const given = this[name];
  return given instanceof Uint8Array ? { base64: Buffer.from(given).toString('base64') } : value;
}

/** @param indent spaces for each level; left out: all on one line */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, bytesAsText, indent);
