/**
 * Finds a file beside the one that asks, in the sources (.ts) as in the build (.js).
 *
 * Threads and processes are started by file, and the compiler rewrites extensions in imports only.
 */
import { extname } from 'node:path';

/**
 * @param path as in an import: './worker-entry.ts'
 * @param from `import.meta.url` of the asking file, whose extension counts
 */
export function sibling(path: string, from: string): URL {
  return new URL(path.replace(/\.ts$/, extname(new URL(from).pathname)), from);
}
