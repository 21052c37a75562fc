/**
 * What may be asked of an ingest, as plain data: the body of a request, what a command line says, and what is
 * kept with the job, so that every later run and every later controller does the same.
 *
 *   { kind: 'ingest', source: '/a' | ['/a', '/b'], target: '/c', mode: 'put-sync', delete: true, … }
 *
 * All of it is checked before anything is begun; each flaw is one sentence.
 */
import { isAbsolute } from 'node:path';
import { nearest } from '../actors/nearest.ts';
import { InvalidInput } from '../actors/work-item.ts';
import { flawOfExclusions, type Exclusions } from '../handlers/ingest-exclusions.ts';
import { ingestModes, type IngestMode } from '../handlers/ingest-items.ts';
import { FILES_PER_TASK } from '../handlers/ingest-walk.ts';

/** What an ingest is about. */
export interface IngestSpec {
  /** A path, or several: each of them becomes a directory of its name in the target. */
  readonly source: string | readonly string[];
  readonly target: string;
  /** Default 50. */
  readonly filesPerTask: number;
  readonly checksum: boolean;
  /** Default put-sync. */
  readonly mode: IngestMode;
  readonly delete: boolean;
  readonly dryRun: boolean;
  readonly excludeTypes: Exclusions['types'];
  readonly excludeNames: readonly string[];
  readonly excludeDirectories: readonly string[];
}

const DEFAULTS = {
  filesPerTask: FILES_PER_TASK,
  checksum: false,
  mode: 'put-sync',
  delete: false,
  dryRun: false,
  excludeTypes: [],
  excludeNames: [],
  excludeDirectories: [],
} as const;

const NAMES = ['kind', 'source', 'target', ...Object.keys(DEFAULTS)];
const MOST_SOURCES = 100;

/** @throws {InvalidInput} for a spec that is none */
export function checkIngestSpec(given: { readonly [key: string]: unknown }): IngestSpec {
  const odd = Object.keys(given).find((name) => !NAMES.includes(name));
  if (odd !== undefined) {
    const meant = nearest(odd, NAMES);
    const hint = meant === undefined ? `use ${NAMES.join(', ')}` : `do you mean "${meant}"?`;
    throw new InvalidInput(`An ingest has no "${odd.slice(0, 80)}"; ${hint}`);
  }
  const { source, target, ...rest } = given;
  const { filesPerTask, mode, ...asked } = { ...DEFAULTS, ...rest } as Partial<typeof given>;
  const isCount = Number.isInteger(filesPerTask) && Number(filesPerTask) >= 1;
  if (!isCount || Number(filesPerTask) > 1_000) {
    throw new InvalidInput(
      'The "filesPerTask" of an ingest must be a whole number from 1 to 1000.',
    );
  }
  if (!(ingestModes as readonly unknown[]).includes(mode)) {
    throw new InvalidInput(`The "mode" of an ingest must be ${ingestModes.join(', ')}.`);
  }
  const spec: IngestSpec = {
    source: sourceOf(source),
    target: absolutePath(target, 'target'),
    filesPerTask: Number(filesPerTask),
    mode: mode as IngestMode,
    checksum: yesOrNo(asked.checksum, 'checksum'),
    delete: yesOrNo(asked.delete, 'delete'),
    dryRun: yesOrNo(asked.dryRun, 'dryRun'),
    excludeTypes: texts(asked.excludeTypes, 'excludeTypes') as Exclusions['types'],
    excludeNames: texts(asked.excludeNames, 'excludeNames'),
    excludeDirectories: texts(asked.excludeDirectories, 'excludeDirectories'),
  };
  if (mode === 'put' && spec.delete) {
    throw new InvalidInput(
      'operation [put] and delete_mode [delete] are incompatible: delete with the mode put-sync or put-append.',
    );
  }
  const flaw = flawOfExclusions(exclusionsOf(spec) ?? NOTHING);
  if (flaw !== undefined) throw new InvalidInput(flaw);
  return spec;
}

/** What the work is told to leave alone; undefined: nothing. */
export function exclusionsOf(spec: IngestSpec): Exclusions | undefined {
  const { excludeTypes: types, excludeNames: names, excludeDirectories: directories } = spec;
  if (types.length + names.length + directories.length === 0) return undefined;
  return { types: [...types], names: [...names], directories: [...directories] };
}

const NOTHING: Exclusions = { types: [], names: [], directories: [] };

function sourceOf(source: unknown): string | readonly string[] {
  if (!Array.isArray(source)) return absolutePath(source, 'source');
  if (source.length > 0 && source.length <= MOST_SOURCES) {
    return source.map((path: unknown) => absolutePath(path, 'source'));
  }
  throw new InvalidInput(`An ingest takes 1 to ${MOST_SOURCES} sources, not ${source.length}.`);
}

function absolutePath(path: unknown, what: string): string {
  if (typeof path === 'string' && isAbsolute(path) && !path.includes('\0')) return path;
  throw new InvalidInput(
    `The "${what}" of an ingest must be an absolute path on the controller's machine, not ${JSON.stringify(path)}.`,
  );
}

function yesOrNo(value: unknown, what: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new InvalidInput(`The "${what}" of an ingest must be true or false.`);
}

function texts(value: unknown, what: string): readonly string[] {
  if (Array.isArray(value) && value.every((text) => typeof text === 'string')) return value;
  throw new InvalidInput(`The "${what}" of an ingest must be a list of texts.`);
}
