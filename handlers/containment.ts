/**
 * How a command is kept from outliving its task: what this host allows, found out once at start.
 *
 *   namespace   setpriv --pdeathsig KILL --no-new-privs            dies with the agent
 *                 unshare --pid --fork --kill-child=KILL           every descendant dies with its first
 *                   sh -c '(exec "$@"); exit $?'                        the first: waits, passes the exit code on
 *                     command                                      an ordinary process, not number 1
 *   group       command                                            one process group; `setsid` escapes
 *
 * The order matters: setpriv inside unshare leaves orphans. The shell is there since process number 1 of
 * a namespace is deaf to signals it has not asked for: SIGTERM would not end `sleep`, and a program that
 * aborts would look as if it had succeeded.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Handler } from './handler.ts';

export interface Containment {
  readonly kind: 'namespace' | 'group';
  /** For people: how tasks are contained here, and when they are not, why. */
  readonly description: string;
  /** What to spawn in order to run `command` with these arguments. */
  wrap(command: string, args: readonly string[]): { file: string; args: readonly string[] };
}

/** How these handlers keep their processes from outliving a task, for people; undefined: they start none. */
export function containmentOf(handlers: readonly Handler[]): string | undefined {
  const all = handlers.map(({ runs }) => (runs.as === 'process' ? runs.containment : undefined));
  return all.find((each) => each !== undefined);
}

/** The shell keeps its own remarks ("Terminated") to itself; the command's stderr is the task's. */
const FIRST_PROCESS = 'exec 3>&2 2>/dev/null; (exec "$@" 2>&3 3>&-); exit $?';
const PROBE_TIMEOUT_MS = 5000;
/** Root needs no user namespace; the others prefer one in which they stay who they are. */
const USER_NAMESPACES = [[], ['--user', '--map-current-user'], ['--user', '--map-root-user']];

/** One process group and nothing more: for hosts without namespaces. */
export function groupContainment(why: string): Containment {
  return {
    kind: 'group',
    description: `process group only, a child that calls setsid outlives its task: ${why}`,
    wrap: (file, args) => ({ file, args }),
  };
}

/** Tries, by running `true`, what this host allows. Never rejects; takes some 10 ms. */
export async function findContainment(): Promise<Containment> {
  const path = process.env['PATH'];
  const [setpriv, unshare, shell, probe] = ['setpriv', 'unshare', 'sh', 'true'].map((name) =>
    findCommand(name, path, '/'),
  );
  if (!setpriv || !unshare || !shell || !probe) {
    return groupContainment('setpriv and unshare (util-linux) are not installed.');
  }
  let why = '';
  for (const user of USER_NAMESPACES) {
    const outer = ['--pdeathsig', 'KILL', '--no-new-privs', unshare, ...user];
    const inner = ['--pid', '--fork', '--kill-child=KILL', '--', shell, '-c', FIRST_PROCESS, 'sh'];
    const before = [...outer, ...inner];
    try {
      await run(setpriv, [...before, probe], { timeout: PROBE_TIMEOUT_MS, env: { PATH: path } });
      const shown = user.length > 0 ? ` (unshare ${user.join(' ')})` : '';
      return {
        kind: 'namespace',
        description: `a PID namespace of its own for each task${shown}`,
        wrap: (command, args) => ({ file: setpriv, args: [...before, command, ...args] }),
      };
    } catch (error) {
      const { stderr } = error as { stderr?: string };
      why = (stderr ?? String(error)).trim().split('\n')[0] ?? '';
    }
  }
  return groupContainment(`this host allows no PID namespace (${why}).`);
}

const run = promisify(execFile);

/**
 * The absolute path of a command, found as a shell would: by PATH, or relative to `cwd` if it has a slash.
 *
 * @param path directories separated as in PATH; undefined: none
 */
export function findCommand(
  command: string,
  path: string | undefined,
  cwd: string,
): string | undefined {
  const candidates = command.includes('/')
    ? [resolve(cwd, command)]
    : (path ?? '').split(delimiter).map((directory) => resolve(cwd, directory, command));
  return candidates.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
