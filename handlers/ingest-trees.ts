/**
 * Looks at source and target before an ingest begins, so that what cannot work is said at once and in
 * one sentence: also that one tree lies within the other, by whatever links it is reached.
 */
import { access, realpath, stat } from 'node:fs/promises';
import { constants } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';

/** One directory that is copied, and the directory it becomes. */
export interface Tree {
  readonly source: string;
  readonly target: string;
}

/** Source and target do not make an ingest. The message says why. */
export class UnusableTrees extends Error {
  override readonly name = 'UnusableTrees';
  readonly retryable = false;
}

/**
 * @returns the real paths, free of links; the target need not exist
 * @throws {UnusableTrees}
 */
export async function checkTrees(source: string, target: string): Promise<Tree> {
  const real = await realpath(source).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'does not exist' : `cannot be reached (${error.code})`;
    throw new UnusableTrees(`The source ${source} ${why}.`);
  });
  if (!(await stat(real)).isDirectory()) {
    throw new UnusableTrees(
      `The source ${source} is not a directory: give the directory it is in.`,
    );
  }
  await access(real, constants.R_OK | constants.X_OK).catch(() => {
    throw new UnusableTrees(`The source directory ${source} may not be read by this user.`);
  });
  const realTarget = await realTargetOf(target);
  if (realTarget === real) throw new UnusableTrees(`Source and target are the same: ${real}.`);
  if (isWithin(realTarget, real)) {
    throw new UnusableTrees(
      `The target ${target} lies inside the source: choose one outside of it.`,
    );
  }
  if (isWithin(real, realTarget)) {
    throw new UnusableTrees(`The source ${source} lies inside the target: choose another target.`);
  }
  return { source: real, target: realTarget };
}

/**
 * Several sources: each becomes a directory of its own name in the target, as with `cp`.
 *
 * @param sources absolute paths
 * @throws {UnusableTrees} also when one would be written over, or into, another
 */
export async function checkSeveralTrees(
  sources: readonly string[],
  target: string,
): Promise<readonly Tree[]> {
  const byName = new Map<string, string>();
  const trees: Tree[] = [];
  for (const source of sources) {
    const name = basename(source);
    if (name === '') throw new UnusableTrees('The source / has no name to have in the target.');
    const other = byName.get(name);
    if (other !== undefined) {
      throw new UnusableTrees(
        `The sources ${other} and ${source} would both become ${join(target, name)}: copy one of them by itself.`,
      );
    }
    byName.set(name, source);
    const tree = await checkTrees(source, join(target, name));
    for (const before of trees) refuseOverlap(before, tree);
    trees.push(tree);
  }
  return trees;
}

function refuseOverlap(one: Tree, other: Tree): void {
  const pairs = [
    [one.target, other.source],
    [other.target, one.source],
    [one.target, other.target],
  ] as const;
  const meets = pairs.find(([a, b]) => a === b || isWithin(a, b) || isWithin(b, a));
  if (!meets) return;
  throw new UnusableTrees(
    `What is copied to ${meets[0]} and ${meets[1]} would get in each other's way: choose another target.`,
  );
}

/** The real path of what exists of it, and the rest as it is written. */
async function realTargetOf(target: string): Promise<string> {
  const missing: string[] = [];
  for (let path = resolve(target); ; path = dirname(path)) {
    const real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new UnusableTrees(`The target ${target} cannot be reached (${error.code}).`);
    });
    if (real === undefined) {
      missing.unshift(basename(path));
      continue;
    }
    if (!(await stat(real)).isDirectory()) {
      throw new UnusableTrees(`The target ${target} is not a directory: ${real} is a file.`);
    }
    await access(real, constants.W_OK | constants.X_OK).catch(() => {
      throw new UnusableTrees(`The target ${target} cannot be written: ${real} refuses this user.`);
    });
    return join(real, ...missing);
  }
}

const isWithin = (path: string, directory: string): boolean =>
  path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
