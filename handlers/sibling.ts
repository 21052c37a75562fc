/**
 * Finds a file beside the one that asks, in the sources (.ts) as in the build (.js), and says what Node
 * needs in order to run it as a process.
 *
 * Threads and processes are started by file, and the compiler rewrites extensions in imports only.
 */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @param path as in an import: './worker-entry.ts'
 * @param from `import.meta.url` of the asking file, whose extension counts
 */
export function sibling(path: string, from: string): URL {
  return new URL(path.replace(/\.ts$/, extname(new URL(from).pathname)), from);
}

/** Arguments of Node that make it run this file: from the sources behind this process' own loaders. */
export function argumentsToRun(file: URL): readonly string[] {
  const path = fileURLToPath(file);
  return extname(path) === '.ts' ? [...loadersAmong(process.execArgv), path] : [path];
}

const LOADER = /^(--import|--loader|--experimental-loader|--require|-r)(=|$)/;

/**
 * The loaders among what Node was given, with their values. Nothing else may be passed on: with `-e` a child
 * would do what its parent does, start a child, and so on without end; a second debugger would not start.
 */
export function loadersAmong(args: readonly string[]): readonly string[] {
  const takesNext = (arg = '') => LOADER.test(arg) && !arg.includes('=');
  return args.filter((arg, i) => LOADER.test(arg) || takesNext(args[i - 1]));
}
