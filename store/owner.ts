/**
 * One owner per data directory (I6): LMDB itself lets two processes in without complaint.
 *
 *   owner.json      who holds the directory; made whole and at once, by a hard link
 *   owner.takeover  held for the moment in which a dead owner's record is removed, so that of two
 *                   starters neither can remove the record the other has just made
 *
 * Taken over is only what is surely dead. An owner that cannot be judged from here (process-identity.ts) is
 * left to a person, who may remove its record.
 */
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeSelf, judge } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { StoreFailed, StoreInUse } from './store.ts';

/** Whether the holder of the directory lives cannot be seen from here: it is of another container or machine. */
export class OwnerUnknown extends StoreInUse {}

export interface Ownership {
  /** Gives the directory free. Harmless when repeated. */
  release(): void;
}

/** How often two starters get into each other's way before one gives up. */
const TRIES_MAX = 100;

/**
 * Makes this process the owner of an existing directory, at once or not at all.
 *
 * @throws StoreInUse when a living process, this one included, holds it.
 * @throws OwnerUnknown when a process of another container or machine holds it, dead or alive.
 * @throws StoreFailed when the directory cannot be written.
 */
export function takeOwnership(directory: string): Ownership {
  const path = join(directory, 'owner.json');
  const self = describeSelf();
  for (let i = 0; i < TRIES_MAX; i++) {
    if (createWhole(path, self)) return ownership(path);
    const owner = readRecord(path, self);
    if (owner === undefined) continue;
    const verdict = judge(owner, self);
    if (verdict === 'alive') throw inUse(directory, path, owner);
    if (verdict === 'unknown') throw unknown(directory, path, owner, self);
    removeDead(directory, path, self);
  }
  throw new StoreInUse(`Others are starting in ${directory} as well; try again.`);
}

function ownership(path: string): Ownership {
  let held = true;
  return {
    release() {
      if (held) rmSync(path, { force: true });
      held = false;
    },
  };
}

/** Whether the file was made; false when there was one. Nobody ever sees it half written. */
function createWhole(path: string, self: ProcessIdentity): boolean {
  // Of all who start here at once, no two may write the same draft: containers share pids.
  const draft = [path, self.boot, self.namespace, self.pid].join('.');
  try {
    writeFileSync(draft, `${JSON.stringify(self)}\n`, { mode: 0o600 });
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new StoreFailed(`The file ${path} cannot be made; make the directory writable.`, {
      cause: error,
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes the record of an owner that is dead, unless somebody else has just done so. */
function removeDead(directory: string, path: string, self: ProcessIdentity): void {
  const guard = join(directory, 'owner.takeover');
  if (!createWhole(guard, self)) {
    const holder = readRecord(guard, self);
    if (holder === undefined) return;
    const verdict = judge(holder, self);
    if (verdict === 'alive') return;
    if (verdict === 'unknown') throw unknown(directory, guard, holder, self);
    throw new StoreFailed(`A start was cut short in ${directory}; remove ${guard} and try again.`);
  }
  try {
    const owner = readRecord(path, self);
    if (owner !== undefined && judge(owner, self) === 'dead') rmSync(path);
  } finally {
    rmSync(guard, { force: true });
  }
}

/** The record; undefined when it has just gone. One that cannot be read belongs to nobody alive. */
function readRecord(path: string, self: ProcessIdentity): ProcessIdentity | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StoreFailed(`The file ${path} cannot be read; make it readable.`, { cause: error });
  }
  try {
    return JSON.parse(text) as ProcessIdentity;
  } catch {
    return { ...self, startTime: 'never' };
  }
}

const sinceOf = (path: string): string =>
  statSync(path, { throwIfNoEntry: false })?.mtime.toISOString() ?? 'just now';

function inUse(directory: string, path: string, { pid }: ProcessIdentity): StoreInUse {
  return new StoreInUse(
    `The data directory ${directory} is in use by process ${pid} (since ${sinceOf(path)}); stop it, or choose another with --data.`,
  );
}

function unknown(
  directory: string,
  path: string,
  { pid, host, boot }: ProcessIdentity,
  self: ProcessIdentity,
): OwnerUnknown {
  const isHere = boot !== null && boot === self.boot;
  const where = isHere ? 'in another container of this machine' : 'on another machine';
  return new OwnerUnknown(
    `The data directory ${directory} is held by process ${pid} of host ${host}, ${where} (since ${sinceOf(path)}), and whether that still runs cannot be seen from here; stop it there or, only if it is surely gone, remove ${path} by hand.`,
  );
}
