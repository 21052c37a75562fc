/**
 * What the kernel says of the processes of this host (/proc), read anew at each call.
 *
 * A pid is given away again; with the start of its process it is not. Both mean something in one boot of
 * the machine and one PID namespace only. Zombies are processes that are gone: on a host whose first
 * process reaps none they stay for ever.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Clock ticks between the machine's boot and its start. */
  readonly startTime: string;
  readonly isZombie: boolean;
}

/** Where pids are what they are. */
export interface PidSpace {
  /** The machine's boot id. */
  readonly boot: string;
  /** Number of the PID namespace. */
  readonly namespace: string;
}

/** All processes, zombies included; undefined where there is no /proc. */
export function readProcesses(): readonly ProcessRow[] | undefined {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return undefined;
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((row) => row !== undefined);
}

/** One process; undefined when there is none. */
export function readProcess(pid: number): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold anything, so count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, parent, group, session] = fields;
    return {
      pid,
      parent: Number(parent),
      group: Number(group),
      session: Number(session),
      startTime: fields[19] ?? '',
      isZombie: state === 'Z' || state === 'X',
    };
  } catch {
    return undefined;
  }
}

/** These and all that descends from them, as far as the parents still live. */
export function withDescendants(
  members: Iterable<ProcessRow>,
  table: readonly ProcessRow[],
): readonly ProcessRow[] {
  const found = new Set(members);
  // Grows while it is walked.
  for (const parent of found)
    for (const row of table) if (row.parent === parent.pid) found.add(row);
  return [...found];
}

/** Undefined where there is no /proc, or where it shows the pids of another namespace. */
export function pidSpace(): PidSpace | undefined {
  try {
    // `unshare --pid` alone leaves the /proc of the outer namespace.
    if (readlinkSync('/proc/self') !== String(process.pid)) return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { boot, namespace: readlinkSync('/proc/self/ns/pid').replace(/\D/g, '') };
  } catch {
    return undefined;
  }
}

/** True when the environment that the process was started with has this entry (`NAME=value`). */
export function hasInEnvironment(pid: number, entry: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(entry);
  } catch {
    return false;
  }
}
