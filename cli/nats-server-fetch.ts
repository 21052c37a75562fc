/** Brings a nats-server to a machine that has none, out of the distribution's package (debian-package.ts). */
import { chmod, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedProgram, fetchProgram, type FetchOptions } from './debian-package.ts';

const NAME = 'nats-server';

/** Where a fetched nats-server lies, or would. */
export const cachedNatsServer = (options: FetchOptions): string => cachedProgram(NAME, options);

/**
 * Downloads and unpacks a nats-server, or takes the one that was fetched before.
 *
 * @returns the path of the binary, which has been run once
 * @throws {CommandFailed} where there is no apt, it finds no package, or what it brings does not run
 */
export function fetchNatsServer(options: FetchOptions): Promise<string> {
  return fetchProgram({
    ...options,
    name: NAME,
    otherwise:
      'install NATS server 2.9.10 or later so that it is on PATH, or name its binary in $NATS_SERVER',
    async keep(tree, kept) {
      const program = join(kept, NAME);
      await rename(join(tree, 'usr', 'sbin', NAME), program);
      await chmod(program, 0o755);
    },
  });
}
