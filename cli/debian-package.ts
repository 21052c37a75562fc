/**
 * Brings a program to a machine that has none, without root: the distribution's own packages are
 * downloaded by apt over what apt is configured with, and only unpacked, into the user's cache.
 *
 *   apt-get update ──▶ apt-get download ──▶ dpkg-deb -x ──▶ rename ──▶ <cache>/lifeline/<name>/<suite>/<name>
 *   (lists of its own: the system's are left alone)
 *
 * Everything happens in a new directory beside the goal. Its files are moved there at the end by one rename
 * each, the program last: two who fetch at once do not disturb each other, and what was broken off is never
 * taken for whole.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { findCommand } from '../handlers/containment.ts';
import { CommandFailed, exitCodes } from './failure.ts';

export interface FetchOptions {
  readonly env: NodeJS.ProcessEnv;
  /** A release of the distribution whose package is wanted, as `sid`. Default: the one that runs here. */
  readonly suite?: string;
  /** Ends the fetching, which then fails. */
  readonly signal?: AbortSignal;
}

export interface Wanted extends FetchOptions {
  /** The package, and the program in it. */
  readonly name: string;
  /** Whether the packages come along that it needs and this machine has not. Default: no. */
  readonly withMissing?: boolean;
  /** What to do where it cannot be fetched: "install … so that it is on PATH". */
  readonly otherwise: string;
  /**
   * Puts what is kept of the unpacked tree into an empty directory: files, one of them the program, which
   * has the package's name.
   */
  readonly keep: (tree: string, kept: string) => Promise<void>;
}

const run = promisify(execFile);
const PATIENCE_MS = 10 * 60_000;

/** Where a fetched program lies, or would: below $XDG_CACHE_HOME or ~/.cache. */
export function cachedProgram(name: string, { env, suite = 'distribution' }: FetchOptions): string {
  const { XDG_CACHE_HOME: configured = '', HOME: home = homedir() } = env;
  const cache = isAbsolute(configured) ? configured : join(home, '.cache');
  return join(cache, 'lifeline', name, suite, name);
}

/**
 * Downloads and unpacks a program, or takes the one that was fetched before.
 *
 * @returns the path of the program, which has been run once
 * @throws {CommandFailed} where there is no apt, it finds no package, or what it brings does not run
 */
export async function fetchProgram(wanted: Wanted): Promise<string> {
  const { name, env, suite, otherwise, keep } = wanted;
  const goal = cachedProgram(name, wanted);
  if (findCommand(goal, undefined, '/') !== undefined) return goal;
  const [apt, dpkg] = ['apt-get', 'dpkg-deb'].map((tool) => findCommand(tool, env['PATH'], '/'));
  if (apt === undefined || dpkg === undefined) {
    throw failed(`There is no apt here to fetch a ${name} with; ${otherwise}.`);
  }
  await mkdir(dirname(goal), { recursive: true });
  const work = await mkdtemp(join(dirname(goal), '.fetch-'));
  try {
    await unpack({ ...wanted, work, apt, dpkg });
    const kept = join(work, 'kept');
    await mkdir(kept);
    await keep(join(work, 'tree'), kept);
    await run(join(kept, name), ['--version'], patienceOf(wanted));
    const isProgram = (file: string) => Number(file === name);
    const files = await readdir(kept);
    for (const file of files.sort((one, other) => isProgram(one) - isProgram(other))) {
      await rename(join(kept, file), join(dirname(goal), file));
    }
    return goal;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const why = stderr.trim().split('\n').at(-1) || String(error);
    const which = suite === undefined ? '' : ` of ${suite}`;
    throw failed(
      `The package ${name}${which} cannot be fetched by apt (${why}); ${otherwise}.`,
      error,
    );
  } finally {
    // Tools that were told to end may be writing yet.
    await rm(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** How long a tool may take. */
const patienceOf = ({ signal }: FetchOptions) => ({
  timeout: PATIENCE_MS,
  ...(signal === undefined ? {} : { signal }),
});

/** Downloads the packages into `work`, and unpacks them all into one tree. */
async function unpack(
  wanted: Wanted & { readonly work: string; readonly apt: string; readonly dpkg: string },
): Promise<void> {
  const { name, withMissing = false, work, apt, dpkg, env, suite } = wanted;
  const lists = join(work, 'lists');
  const own = [
    `Dir::State=${work}`,
    `Dir::State::lists=${lists}`,
    `Dir::Cache=${join(work, 'cache')}`,
    // What is installed here matters only for what is missing.
    ...(withMissing ? [] : ['Dir::State::status=/dev/null']),
  ];
  const call = async (...args: string[]) => {
    const { stdout } = await run(
      apt,
      ['-qq', ...own.flatMap((setting) => ['-o', setting]), ...args],
      { cwd: work, env: { ...env, LC_ALL: 'C' }, ...patienceOf(wanted) },
    );
    return stdout;
  };
  await mkdir(join(lists, 'partial'), { recursive: true });
  await call('update');
  if (suite !== undefined) {
    // Targets are told only once their lists are there.
    const format = '$(REPO_URI) $(COMPONENT)';
    const targets = await call('indextargets', '--format', format, 'Created-By: Packages');
    const sources = join(work, 'sources.list');
    await writeFile(sources, sourcesOf(targets, suite));
    own.push(`Dir::Etc::sourcelist=${sources}`, 'Dir::Etc::sourceparts=/dev/null');
    await call('update');
  }
  const packages = withMissing
    ? missingOf(await call('install', '--simulate', '--no-install-recommends', name))
    : [name];
  await call('download', ...packages);
  const archives = (await readdir(work)).filter((file) => file.endsWith('.deb'));
  if (archives.length === 0) throw new Error('apt downloaded nothing');
  for (const archive of archives) {
    await run(dpkg, ['-x', join(work, archive), join(work, 'tree')], patienceOf(wanted));
  }
}

/** What an installation would bring, by its own account: `Inst redis-tools (5:7.0.15 …)`. */
const missingOf = (simulation: string): string[] =>
  [...simulation.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name!);

/** The first mirror that apt uses here, with another release. */
function sourcesOf(targets: string, suite: string): string {
  const lines = targets.split('\n').filter((line) => line !== '');
  const mirror = lines[0]?.split(' ')[0];
  if (mirror === undefined) throw new Error('apt has no sources');
  const components = lines
    .filter((line) => line.startsWith(`${mirror} `))
    .map((line) => line.slice(mirror.length + 1));
  return `deb ${mirror} ${suite} ${[...new Set(components)].join(' ')}\n`;
}

const failed = (message: string, cause?: unknown) =>
  new CommandFailed(exitCodes.someFailed, message, { cause });
