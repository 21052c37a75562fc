/**
 * The options of `lifeline ingest` that decide what becomes of entries, and the spec they make.
 *
 * Deleting, excluding and dry runs are typed each time: neither the environment nor a file can bring them in.
 */
import { resolve } from 'node:path';
import type { Call, Verb } from './verb.ts';

export const specOptions: Verb['options'] = [
  [
    '--delete',
    'delete in the target what the source has not; what is excluded stays (default: nothing)',
  ],
  ['--dry-run', 'write and delete nothing, and tell what would be'],
  [
    '--exclude-type <TYPES>',
    'leave out entries of these types: regular, directory, character, block, socket, pipe, link',
  ],
  [
    '--exclude-name <RE>...',
    'leave out whatever is no directory and whose full path in the source the pattern matches from its start; may be given again',
  ],
  [
    '--exclude-directory <RE>...',
    'leave out such directories, with all in them; may be given again',
  ],
];

/** What is asked for, not yet checked. */
export function specOf({ args, values, options }: Call): {
  readonly kind: 'ingest';
  readonly [name: string]: unknown;
} {
  const paths = args.map((path) => resolve(path));
  const sources = paths.slice(0, -1);
  const types = options['excludeType'];
  return {
    kind: 'ingest',
    source: sources.length === 1 ? sources[0] : sources,
    target: paths.at(-1),
    filesPerTask: values['files-per-task'],
    checksum: values.checksum,
    mode: values.mode,
    delete: options['delete'] === true,
    dryRun: options['dryRun'] === true,
    excludeTypes: typeof types === 'string' ? types.split(',').map((type) => type.trim()) : [],
    excludeNames: options['excludeName'] ?? [],
    excludeDirectories: options['excludeDirectory'] ?? [],
  };
}
