/**
 * What the ingest of a tree consists of: items, each of them one sub-transaction.
 *
 *   files            up to 50 entries of one directory that are no directories, or excluded ones
 *   directory        one directory: it is made, and what the source has not is deleted there, if asked
 *   directoryTimes   directories whose owner, mode and times are set: after everything else, since each
 *                    entry that is put into a directory changes its time
 *
 * Paths are relative to the tree; the tree itself is ''.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Exclusions } from './ingest-exclusions.ts';
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

export const ingestModes = ['put', 'put-sync', 'put-append'] as const;

/**
 * What is done where the target has a file already:
 * put: nothing; put-sync: it is replaced whole if it differs; put-append: what it lacks at its end is added.
 */
export type IngestMode = (typeof ingestModes)[number];

export const IngestInput = Type.Object(
  {
    /** Roots of the tree, as the agent sees them. */
    source: RawName,
    target: RawName,
    item: IngestItem,
    /** Compare contents also where size and time are the same, and read back what was copied. Default false. */
    checksum: Type.Optional(Type.Boolean()),
    /** Default put-sync. */
    mode: Type.Optional(
      Type.Unsafe<IngestMode>(Type.Union(ingestModes.map((mode) => Type.Literal(mode)))),
    ),
    /** What the target has and the source has not is deleted. Default false. */
    delete: Type.Optional(Type.Boolean()),
    /** Nothing is written or deleted; the result says what would have been. Default false. */
    dryRun: Type.Optional(Type.Boolean()),
    exclusions: Type.Optional(Exclusions),
    /** Which of several trees of one ingest this is, from 0. */
    tree: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);

/** Something that was left out, without being a failure. */
export const Skipped = Type.Object({ path: RawName, why: Type.String() });

/** Of a dry run: what would have been. Lists are cut so that a result stays below 256 KB. */
export const IngestResult = Type.Object({
  /** Files written whole, files added to, and the bytes of both. */
  copied: Type.Integer(),
  appended: Type.Integer(),
  bytes: Type.Integer(),
  /** Files and links that were the same already; of `put`: that were there. */
  unchanged: Type.Integer(),
  /** Symbolic links written. */
  links: Type.Integer(),
  /** Directories made or found. */
  directories: Type.Integer(),
  /** Directories whose owner, mode and times are right now. */
  times: Type.Integer(),
  /** Entries excluded; what is in an excluded directory is not looked at. */
  excluded: Type.Integer(),
  /** Entries deleted in the target, each counted. */
  deleted: Type.Integer(),
  /** The first 100 of what was left out, and how many there are in all. */
  skipped: Type.Array(Skipped),
  skippedCount: Type.Integer(),
  /** What became of each entry of the item, a letter each (ingest-outcomes.ts). */
  outcomes: Type.String(),
  /** Bytes of each file copied or added to, in that order. */
  sizes: Type.Array(Type.Integer()),
  /** Why each entry was excluded, skipped or has failed, in that order: a place in `reasons`. */
  why: Type.Array(Type.Integer()),
  reasons: Type.Array(Type.String()),
  /** The first of what was deleted; the rest is named in the log of the task. */
  deletions: Type.Array(RawName),
  tree: Type.Optional(Type.Integer()),
  dryRun: Type.Optional(Type.Boolean()),
});

export type IngestItem = Static<typeof IngestItem>;
export type IngestInput = Static<typeof IngestInput>;
export type IngestResult = Static<typeof IngestResult>;
export type Skipped = Static<typeof Skipped>;
