/**
 * Small disks of a run, which can be filled: one tmpfs each in a mount namespace of its own, so that
 * nothing of them is left when the run is gone, however it went.
 *
 *   anchor (unshare --mount, mounts, sleeps) ◀── nsenter ── nodes
 *        └── /proc/<anchor>/root/…  is how the runner looks at them
 *
 * A disk is full when its size is set to what is used; that costs no memory. Not every host allows it.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statfsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Guard } from '../../handlers/guard.ts';

export interface Disks {
  /** Put before a command, it sees the disks. */
  readonly inside: readonly string[];
  /** A path of theirs, as this process sees it. */
  seen(path: string): string;
  /** From now on nothing more fits. */
  fill(directory: string): Promise<void>;
  free(directory: string): Promise<void>;
  close(): Promise<void>;
}

const SIZE = '2g';
const TRIES = 20;
const ANCHOR =
  'for d in "$@"; do mount -t tmpfs -o size=2g chaos "$d" || exit 1; done; echo ready; exec sleep infinity';

const run = promisify(execFile);

/** @returns undefined, where this host does not allow mounts. */
export async function openDisks(
  directories: readonly string[],
  guard: Guard,
): Promise<Disks | undefined> {
  for (const user of [[], ['--user', '--map-root-user']]) {
    const argv = [...user, '--mount', '--', 'sh', '-c', ANCHOR, 'sh', ...directories];
    const anchor = spawn('unshare', argv, { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    const failed = Promise.race([once(anchor, 'close'), once(anchor, 'error')]).then(() => false);
    const isReady = await Promise.race([once(anchor.stdout, 'data').then(() => true), failed]);
    if (!isReady) continue;
    const { pid } = anchor;
    guard.add(pid!);
    const asUser = user.length > 0 ? ['--user', '--preserve-credentials'] : [];
    const inside = ['nsenter', `--target=${pid}`, '--mount', ...asUser, '--'];
    const seen = (path: string) => `/proc/${pid}/root${path}`;
    const resize = (directory: string, size: string) =>
      run('nsenter', [...inside.slice(1), 'mount', '-o', `remount,size=${size}`, directory]);
    return {
      inside,
      seen,
      async fill(directory) {
        for (let tries = 1; ; tries++) {
          const { blocks, bfree, bsize } = statfsSync(seen(directory));
          try {
            await resize(directory, String((blocks - bfree) * bsize));
            return;
          } catch (error) {
            // What is used has grown meanwhile.
            if (tries === TRIES) throw error;
          }
        }
      },
      async free(directory) {
        await resize(directory, SIZE);
      },
      async close() {
        const gone = once(anchor, 'close');
        anchor.kill('SIGKILL');
        await gone;
        guard.remove(pid!);
      },
    };
  }
  return undefined;
}
