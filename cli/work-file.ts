/**
 * Work files: one sub-transaction a line, as JSON.
 *
 *   {"handler":"shell","input":{"command":"convert","args":["a.png","a.jpg"]},"id":"a"}
 *
 * A file is read twice: first it is checked as a whole and hashed, so that nothing of a bad file is
 * accepted; then its lines are handed out. Both times as a stream, in the memory of one line.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { checkOf } from '../handlers/schema.ts';
import type { Handler } from '../handlers/handler.ts';
import type { Value } from '../store/store.ts';
import { InvalidId, parseId } from '../transport/ids.ts';
import { checkValue, ValueRefused } from '../transport/value.ts';
import { pathSentence, usage } from './failure.ts';
import { nearest } from '../actors/nearest.ts';

/** One line, checked. */
export interface WorkLine {
  readonly line: number;
  readonly handler: string;
  readonly input: Value;
  readonly id?: string;
}

/** An input has at most 256 KB; JSON may need six characters for one of them. */
const MAX_LINE_BYTES = 2 * 1024 * 1024;

const LEGAL = ['handler', 'input', 'id'];

/** Checks lines and makes `WorkLine`s of them. @throws {CommandFailed} naming the line */
export type LineParser = (text: Uint8Array, line: number) => WorkLine;

/**
 * @param shown the file's name in sentences
 * @param handlers those that may be named
 */
export function createLineParser(
  shown: string,
  handlers: readonly Pick<Handler, 'name' | 'input' | 'result'>[],
): LineParser {
  const checks = new Map(handlers.map((handler) => [handler.name, checkOf(handler, 'input')]));
  const known = [...checks.keys()].join(', ');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (bytes, line) => {
    const bad = (why: string) => usage(`Line ${line} of ${shown} ${why}`);
    let given: unknown;
    try {
      given = JSON.parse(decoder.decode(bytes));
    } catch (error) {
      const isText = error instanceof SyntaxError;
      throw bad(
        isText ? `is not JSON: ${error.message}.` : 'is not UTF-8; write it anew as UTF-8.',
      );
    }
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw bad('must be an object: {"handler":"shell","input":{"command":"…","args":["…"]}}.');
    }
    const unknown = Object.keys(given).find((name) => !LEGAL.includes(name));
    if (unknown !== undefined) {
      const meant = nearest(unknown, LEGAL);
      const hint = meant === undefined ? `use ${LEGAL.join(', ')}.` : `do you mean "${meant}"?`;
      throw bad(`has ${JSON.stringify(unknown)}, which is not known; ${hint}`);
    }
    const { handler, input, id } = given as Record<string, unknown>;
    if (typeof handler !== 'string') throw bad('needs a "handler": the name of one.');
    const check = checks.get(handler);
    if (!check) throw bad(`names the handler ${JSON.stringify(handler)}; known are ${known}.`);
    if (input === undefined) throw bad('needs an "input".');
    if (id !== undefined && typeof id !== 'string') throw bad('has an "id" that is no text.');
    try {
      checkValue(input, 'input');
      if (id !== undefined) parseId(id, 'id');
    } catch (error) {
      if (!(error instanceof ValueRefused || error instanceof InvalidId)) throw error;
      throw bad(`cannot be taken: ${error.message}`);
    }
    const flaw = check(input);
    if (flaw !== undefined) throw bad(`cannot be taken: ${flaw}`);
    return { line, handler, input: input as Value, ...(id === undefined ? {} : { id }) };
  };
}

/** What a whole work file is. */
export interface WorkFile {
  readonly lines: number;
  /** SHA-256 of its bytes, in hex. */
  readonly hash: string;
}

/** Reads it once, checks every line. @throws {CommandFailed} for the first line that cannot be taken */
export async function checkWorkFile(
  path: string,
  shown: string,
  parse: LineParser,
): Promise<WorkFile> {
  const hash = createHash('sha256');
  const ids = new Map<string, number>();
  let lines = 0;
  for await (const { bytes, line } of linesOf(path, shown, (piece) => hash.update(piece))) {
    const { id } = parse(bytes, line);
    lines++;
    if (id === undefined) continue;
    const first = ids.get(id);
    if (first !== undefined) {
      throw usage(`Line ${line} of ${shown} has the id "${id}", as line ${first} has; change one.`);
    }
    ids.set(id, line);
  }
  return { lines, hash: hash.digest('hex') };
}

/** Its lines, in order; empty ones are left out. */
export async function* readWorkFile(
  path: string,
  shown: string,
  parse: LineParser,
): AsyncGenerator<WorkLine> {
  for await (const { bytes, line } of linesOf(path, shown, () => {})) yield parse(bytes, line);
}

async function* linesOf(
  path: string,
  shown: string,
  see: (piece: Buffer) => void,
): AsyncGenerator<{ readonly bytes: Buffer; readonly line: number }> {
  let rest = Buffer.alloc(0);
  let line = 0;
  const tooLong = () =>
    usage(
      `Line ${line + 1} of ${shown} is longer than ${MAX_LINE_BYTES} bytes; send a path instead.`,
    );
  try {
    for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
      see(piece);
      let from = 0;
      for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, from)) {
        const bytes = Buffer.concat([rest, piece.subarray(from, end)]);
        if (bytes.length > MAX_LINE_BYTES) throw tooLong();
        rest = Buffer.alloc(0);
        from = end + 1;
        line++;
        if (!isBlank(bytes)) yield { bytes, line };
      }
      rest = Buffer.concat([rest, piece.subarray(from)]);
      if (rest.length > MAX_LINE_BYTES) throw tooLong();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw usage(pathSentence('work file', shown, error), error);
  }
  if (!isBlank(rest)) yield { bytes: rest, line: line + 1 };
}

const isBlank = (bytes: Buffer) => bytes.every((byte) => byte === 32 || byte === 9 || byte === 13);
