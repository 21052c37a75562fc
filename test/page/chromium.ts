/**
 * The Chromium of the page's tests: found on this machine, or installed as Debian's package.
 *
 *   $CHROMIUM ──▶ PATH ──▶ apt-get install chromium (`npm run setup`, and on CI; by root)
 *
 * A browser of playwright's own is not used: it comes from a server of its makers, not with any package.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findCommand } from '../../handlers/containment.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const PATIENCE_MS = 10 * 60_000;

const run = promisify(execFile);

/**
 * The path of a Chromium on this machine, or undefined.
 *
 * @throws when $CHROMIUM names what is no program
 */
export function findChromium(env: NodeJS.ProcessEnv): string | undefined {
  const { CHROMIUM: named = '', PATH: path = '' } = env;
  if (named !== '') {
    const found = findCommand(named, path, process.cwd());
    if (found !== undefined) return found;
    throw new Error(`$CHROMIUM is ${named}, which is no program; name the binary of a Chromium.`);
  }
  if (path === '') return undefined;
  for (const name of NAMES) {
    const found = findCommand(name, path, process.cwd());
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Installs Debian's package. @throws one sentence that says what to do instead */
export async function installChromium(env: NodeJS.ProcessEnv): Promise<string> {
  const options = {
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    timeout: PATIENCE_MS,
    maxBuffer: 64 * 1024 * 1024,
  };
  try {
    await run('apt-get', ['-qq', 'update'], options);
    await run('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', 'chromium'], options);
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string };
    const why = stderr.trim().split('\n').at(-1) || String(error);
    throw new Error(`Chromium cannot be installed by apt (${why}); ${OTHERWISE}.`, {
      cause: error,
    });
  }
  const found = findChromium(env);
  if (found === undefined) throw new Error(`apt has installed no Chromium; ${OTHERWISE}.`);
  return found;
}

const OTHERWISE =
  'as root run `apt-get install chromium`, or name the binary of a Chromium in $CHROMIUM';

/** Why there is no Chromium, for tests that need one. */
export const NO_CHROMIUM = `The tests of the page need Chromium, and there is none: run "npm run setup" once, or ${OTHERWISE}.`;
