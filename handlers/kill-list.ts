/**
 * The kill list: the process trees of this agent that live, on disk. When agent and guard are killed at the
 * same moment nobody else knows of them; the next life of the agent ends them before it says hello (A14).
 *
 *   spawn ──▶ <birth>-<attempt>.tree ──▶ tree gone ──▶ file removed (a spare again, see spare-files.ts)
 *                     │ agent and guard die
 *                     ▼
 *             opened again ──▶ still the same process? ──▶ SIGKILL until all is gone ──▶ file removed
 *
 *   K1  Nothing is killed that cannot be told from a stranger: pid, start and boot of the leader are those
 *       that were written; when the leader is gone, what is left of its group or session bears the fence in
 *       its environment (LIFELINE_FENCE).
 *   K2  What has called setsid is found while its parent lives.
 *
 * Where there is no /proc, processes cannot be recognized again, and nothing is listed.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FenceToken } from './handler.ts';
import {
  hasInEnvironment,
  pidSpace,
  readProcess,
  readProcesses,
  withDescendants,
} from './process-table.ts';
import type { PidSpace, ProcessRow } from './process-table.ts';
import type { Timer } from './process-tree.ts';
import { openSpareFiles } from './spare-files.ts';

/** The processes that run here, on disk, so that the next life can end them. */
export interface KillList {
  /** Lists a tree by its leader, which has just been started. Throws a sentence when the disk refuses. */
  add(fence: FenceToken, leader: number): void;
  /** The tree is gone. */
  remove(fence: FenceToken): void;
}

/** Processes of an earlier life may still live: nothing may be begun beside them. */
export class ProcessesLeft extends Error {
  override readonly name = 'ProcessesLeft';
  readonly retryable = true;
}

/** A file of the list. */
interface Left extends PidSpace {
  readonly path: string;
  readonly fence: string;
  readonly pid: number;
  readonly startTime: string;
}

const NAME = /^(\d+-\d+)\.tree$/;
/** Longest wait for what has been killed. */
const KILL_WITHIN_MS = 10_000;
/** Between two looks at what is being killed. */
const LOOK_MS = 5;

/**
 * Opens the list in a directory, which is made when it is missing and must be this agent's alone. Resolves
 * when nothing lives any more of what is listed there; the list is then empty.
 *
 * @param most trees that will live at once: so many can be listed although the disk is full
 * @throws {ProcessesLeft} when something does not end within 10 s, or cannot be seen from here
 * @throws when the directory cannot be made or read
 */
export async function openKillList(directory: string, timer: Timer, most = 0): Promise<KillList> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const space = pidSpace();
  const listed = readdirSync(directory).filter((name) => NAME.test(name));
  const left = listed.map((name) => readLeft(directory, name)).filter((tree) => tree !== undefined);
  const unseen = left.filter((tree) => !isSeenFrom(space, tree) && !isOfAnotherBoot(space, tree));
  if (unseen.length > 0) {
    const paths = unseen.map(({ path }) => path).join(' ');
    throw new ProcessesLeft(
      `Whether tasks that this agent began in another container still run cannot be seen from here; when that container is surely gone, remove ${paths} and start again.`,
    );
  }
  await end(
    left.filter((tree) => isSeenFrom(space, tree)),
    timer,
  );
  for (const name of listed) rmSync(join(directory, name), { force: true });

  const spares = openSpareFiles(directory, most);
  const pathOf = ({ birth, attempt }: FenceToken) => join(directory, `${birth}-${attempt}.tree`);
  return {
    add(fence, leader) {
      const row = readProcess(leader);
      if (!space || !row) return;
      const entry = JSON.stringify({ pid: leader, startTime: row.startTime, ...space });
      const path = pathOf(fence);
      try {
        if (!spares.take(path, entry)) writeFileSync(path, entry, { mode: 0o600 });
      } catch (cause) {
        throw new Error(`The file ${path} cannot be written; make room for it.`, { cause });
      }
    },
    remove(fence) {
      try {
        if (!spares.giveBack(pathOf(fence))) rmSync(pathOf(fence), { force: true });
      } catch {
        // A disk that refuses: the file names a process that is gone, and harms nobody.
      }
    },
  };
}

/** Undefined for a file that a full disk or a crash has cut short: it names nobody. */
function readLeft(directory: string, name: string): Left | undefined {
  const path = join(directory, name);
  try {
    const entry = JSON.parse(readFileSync(path, 'utf8')) as Omit<Left, 'path' | 'fence'>;
    return { ...entry, path, fence: NAME.exec(name)?.[1] ?? '' };
  } catch {
    return undefined;
  }
}

const isSeenFrom = (space: PidSpace | undefined, tree: Left): boolean =>
  tree.boot === space?.boot && tree.namespace === space.namespace;

/** The machine was started again since: nothing of it lives. */
const isOfAnotherBoot = (space: PidSpace | undefined, tree: Left): boolean =>
  space !== undefined && tree.boot !== space.boot;

async function end(left: readonly Left[], timer: Timer): Promise<void> {
  if (left.length === 0) return;
  const leaders = new Set(left.map(({ pid }) => pid));
  /** Pid and start of all that was found: a child whose parent has been killed is not found again. */
  const doomed = new Map<number, string>();
  let late = false;
  const cancel = timer.after(KILL_WITHIN_MS, () => (late = true));
  try {
    for (;;) {
      const table = readProcesses() ?? [];
      for (const tree of left)
        for (const row of membersOf(tree, table)) doomed.set(row.pid, row.startTime);
      const living = table.filter((row) => !row.isZombie && doomed.get(row.pid) === row.startTime);
      if (living.length === 0) return;
      if (late) {
        const pids = living.map(({ pid }) => pid).join(', ');
        throw new ProcessesLeft(
          `Processes that this agent began in an earlier life have not ended within ${KILL_WITHIN_MS / 1000} s of being killed (pids ${pids}); end them and start again.`,
        );
      }
      // A whole group at once, so that nothing can be forked meanwhile.
      const targets = living.map(({ pid, group }) => (leaders.has(group) ? -group : pid));
      for (const target of new Set(targets)) kill(target);
      await new Promise<void>((resolve) => timer.after(LOOK_MS, resolve));
    }
  } finally {
    cancel();
  }
}

/** The tree as far as it can be told from strangers (K1, K2). */
function membersOf(
  { pid, startTime, fence }: Left,
  table: readonly ProcessRow[],
): readonly ProcessRow[] {
  const leader = table.find((row) => row.pid === pid);
  if (leader !== undefined && leader.startTime !== startTime) return [];
  const mark = `LIFELINE_FENCE=${fence}`;
  const members = table.filter(
    ({ pid: own, group, session }) =>
      (group === pid || session === pid) && (leader !== undefined || hasInEnvironment(own, mark)),
  );
  return withDescendants(members, table);
}

function kill(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch {
    // Gone already, or not ours to kill: the next look tells.
  }
}
