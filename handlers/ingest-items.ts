/**
 * What the ingest of a tree consists of: items, each of them one sub-transaction.
 *
 *   files            up to 50 entries of one directory that are no directories
 *   directory        one directory: it is made
 *   directoryTimes   directories whose owner, mode and times are set: after everything else, since each
 *                    entry that is put into a directory changes its time
 *
 * Paths are relative to the tree; the tree itself is ''.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { RawName as Name } from './raw-name.ts';

/** As raw-name.ts writes it. */
const RawName = Type.Unsafe<Name>(
  Type.Union([
    Type.String(),
    Type.Object({ base64: Type.String() }, { additionalProperties: false }),
  ]),
);

export const IngestItem = Type.Union([
  Type.Object({ kind: Type.Literal('files'), dir: RawName, names: Type.Array(RawName) }),
  Type.Object({
    kind: Type.Literal('directory'),
    dir: RawName,
    /** Why the walk could not read it (an error code): what is in it, or some of it, is missing. */
    unreadable: Type.Optional(Type.String()),
  }),
  Type.Object({ kind: Type.Literal('directoryTimes'), dirs: Type.Array(RawName) }),
]);

export const IngestInput = Type.Object(
  {
    /** Roots of the trees, as the agent sees them. */
    source: RawName,
    target: RawName,
    item: IngestItem,
    /** Compare contents also where size and time are the same, and read back what was copied. Default false. */
    checksum: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

/** Something that was left out, without being a failure. */
export const Skipped = Type.Object({ path: RawName, why: Type.String() });

export const IngestResult = Type.Object({
  /** Files written, and their bytes. */
  copied: Type.Integer(),
  bytes: Type.Integer(),
  /** Files and links that were the same already. */
  unchanged: Type.Integer(),
  /** Symbolic links written. */
  links: Type.Integer(),
  /** Directories made or found. */
  directories: Type.Integer(),
  /** Directories whose owner, mode and times are right now. */
  times: Type.Integer(),
  /** The first 100 of what was left out, and how many there are in all. */
  skipped: Type.Array(Skipped),
  skippedCount: Type.Integer(),
});

export type IngestItem = Static<typeof IngestItem>;
export type IngestInput = Static<typeof IngestInput>;
export type IngestResult = Static<typeof IngestResult>;
export type Skipped = Static<typeof Skipped>;
