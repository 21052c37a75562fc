/**
 * Finds a redis-server, or brings one, as cli/nats-server.ts does with its own server.
 *
 *   $REDIS_SERVER ──▶ PATH ──▶ the user's cache, filled with the distribution's package
 */
import { chmod, copyFile, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cachedProgram, fetchProgram } from '../cli/debian-package.ts';
import { findCommand } from '../handlers/containment.ts';

const NAME = 'redis-server';

/** The libraries that Debian's Redis stands on lie beside it, where no loader looks by itself. */
const PROGRAM = `#!/bin/sh
here=$(dirname "$0")
LD_LIBRARY_PATH="$here" exec "$here/redis-server-binary" "$@"
`;

/** The path of a redis-server on this machine, or undefined. */
export function findRedisServer(env: NodeJS.ProcessEnv): string | undefined {
  const { REDIS_SERVER: named, PATH: path } = env;
  const here = process.cwd();
  if (named !== undefined && named !== '') {
    const found = findCommand(named, path, here);
    if (found !== undefined) return found;
    throw new Error(`$REDIS_SERVER is ${named}, which is no program; name a redis-server.`);
  }
  return findCommand(NAME, path, here) ?? findCommand(cachedProgram(NAME, { env }), undefined, '/');
}

/** Downloads and unpacks a redis-server. @throws {CommandFailed} where there is no apt, or no package */
export function fetchRedisServer(env: NodeJS.ProcessEnv): Promise<string> {
  return fetchProgram({
    env,
    name: NAME,
    withMissing: true,
    otherwise: 'install Redis 7 so that it is on PATH, or name its redis-server in $REDIS_SERVER',
    async keep(tree, kept) {
      // Below a directory that is named after the processor.
      for (const file of await readdir(join(tree, 'usr', 'lib'), { recursive: true })) {
        if (!/\.so\.[\d.]+$/.test(file)) continue;
        await copyFile(join(tree, 'usr', 'lib', file), join(kept, basename(file)));
      }
      // One program under two names; the package of the server brings but a link to it.
      const binary = join(kept, 'redis-server-binary');
      await copyFile(join(tree, 'usr', 'bin', 'redis-check-rdb'), binary);
      const program = join(kept, NAME);
      await writeFile(program, PROGRAM);
      for (const file of [binary, program]) await chmod(file, 0o755);
    },
  });
}
