/**
 * What an ingest leaves alone: entries of a type, files and directories by their full path in the source.
 *
 *   types        regular, directory, character, block, socket, pipe, link
 *   names        patterns for whatever is no directory      ┐ anchored at the start of the full path:
 *   directories  patterns for directories                   ┘ `.*\.tmp$`, `/data/old/`
 *
 * A pattern sees a path as text in which each byte that is no UTF-8 is one character (U+DC80 to U+DCFF, as
 * Python has it), so that `.` matches it. The root of a tree is never excluded.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';

/** What an entry may be. */
export const entryTypes = [
  'regular', 'directory', 'character', 'block', 'socket', 'pipe', 'link',
] as const; // prettier-ignore

export type EntryType = (typeof entryTypes)[number];

export const Exclusions = Type.Object(
  {
    types: Type.Array(
      Type.Unsafe<EntryType>(Type.Union(entryTypes.map((type) => Type.Literal(type)))),
    ),
    names: Type.Array(Type.String()),
    directories: Type.Array(Type.String()),
  },
  { additionalProperties: false },
);

export type Exclusions = Static<typeof Exclusions>;

/** They travel with each task. */
const PATTERN_BYTES_MAX = 16 * 1024;

/** What is wrong with exclusions, as a sentence; undefined when they can be used. */
export function flawOfExclusions({ types, names, directories }: Exclusions): string | undefined {
  const odd = types.find((type) => !entryTypes.includes(type));
  if (odd !== undefined) {
    return `"${String(odd)}" is no type of entry to exclude; there are ${entryTypes.join(', ')}.`;
  }
  for (const pattern of [...names, ...directories]) {
    if (pattern === '') return 'A pattern to exclude by is empty, and would leave out everything.';
    try {
      new RegExp(pattern, FLAGS);
    } catch (error) {
      const why = (error as Error).message.replace(/^.*: /su, '');
      return `${JSON.stringify(pattern)} is no regular expression to exclude by: ${why}.`;
    }
  }
  const bytes = Buffer.byteLength([...names, ...directories].join(''));
  if (bytes <= PATTERN_BYTES_MAX) return undefined;
  return `The patterns to exclude by have ${bytes} bytes; at most ${PATTERN_BYTES_MAX} are possible.`;
}

/** The part of the statistics of an entry that says its type. */
interface Kind {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isBlockDevice(): boolean;
}

/** Says why an entry is excluded; undefined: it is not. `path`: the full one, in the source. */
export type Excluder = (path: Buffer, kind: Kind) => string | undefined;

/** @throws {SyntaxError} for what `flawOfExclusions` would not let pass */
export function createExcluder(exclusions: Exclusions | undefined): Excluder {
  if (exclusions === undefined) return () => undefined;
  const types = new Set<string>(exclusions.types);
  const names = exclusions.names.map(anchored);
  const directories = exclusions.directories.map(anchored);
  return (path, kind) => {
    const type = typeOf(kind);
    if (types.has(type)) return `its type is excluded: ${type}`;
    const patterns = type === 'directory' ? directories : names;
    if (patterns.length === 0) return undefined;
    const text = textOf(path);
    if (!patterns.some((pattern) => pattern.test(text))) return undefined;
    return type === 'directory' ? 'the directory is excluded' : 'its name is excluded';
  };
}

/** A dot matches a newline too, which a name may have. */
const FLAGS = 'su';

const anchored = (pattern: string): RegExp => new RegExp(`^(?:${pattern})`, FLAGS);

function typeOf(kind: Kind): EntryType {
  if (kind.isFile()) return 'regular';
  if (kind.isDirectory()) return 'directory';
  if (kind.isSymbolicLink()) return 'link';
  if (kind.isFIFO()) return 'pipe';
  if (kind.isSocket()) return 'socket';
  return kind.isBlockDevice() ? 'block' : 'character';
}

/** A path as a pattern sees it. */
function textOf(path: Buffer): string {
  const text = path.toString();
  if (!text.includes('\ufffd')) return text;
  // Byte by byte: whatever does not decode stands for itself.
  let out = '';
  for (let at = 0; at < path.length;) {
    const length = lengthAt(path, at);
    const piece = path.subarray(at, at + length);
    const decoded = piece.toString();
    const isWhole = Buffer.from(decoded).equals(piece);
    out += isWhole ? decoded : String.fromCharCode(0xdc00 + path[at]!);
    at += isWhole ? length : 1;
  }
  return out;
}

/** Of the character that the byte would begin. */
function lengthAt(path: Buffer, at: number): number {
  const byte = path[at]!;
  if (byte >= 0xf0) return 4;
  if (byte >= 0xe0) return 3;
  return byte >= 0xc0 ? 2 : 1;
}
