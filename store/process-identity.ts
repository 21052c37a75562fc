/**
 * Who a process is, so that another one can tell from a file whether it still runs.
 *
 *   same boot, same PID namespace     alive or dead, by pid and start time
 *   same boot, other PID namespace    unknown: another container, its pids say nothing here
 *   other boot, same machine          dead: the machine was started again
 *   other boot, other machine         unknown: a shared disk
 *
 * A pid alone is given away again; with the start (in ticks since the machine booted) it is not. Where there
 * is no /proc, or it is that of another namespace, the pid alone must do.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  readonly pid: number;
  /** Start of the process in clock ticks since boot; null where /proc does not say. */
  readonly startTime: string | null;
  /** This boot of the machine; null where the kernel gives no such id. */
  readonly boot: string | null;
  /** Number of the PID namespace; null where there are none. */
  readonly namespace: string | null;
  readonly host: string;
  /** The machine's own id; null where it has none. */
  readonly machine: string | null;
}

/** This process. */
export function describeSelf(): ProcessIdentity {
  return {
    pid: process.pid,
    startTime: startTimeOf(process.pid),
    boot: textOf('/proc/sys/kernel/random/boot_id'),
    namespace: pidNamespace(),
    host: hostname(),
    machine: textOf('/etc/machine-id'),
  };
}

/** What `self` can say of the process that another has described. */
export function judge(other: ProcessIdentity, self: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  const isSameMachine =
    other.host === self.host || (other.machine !== null && other.machine === self.machine);
  const isSameBoot = other.boot === self.boot && (other.boot !== null || isSameMachine);
  if (!isSameBoot) return isSameMachine ? 'dead' : 'unknown';
  if (other.namespace !== self.namespace) return 'unknown';
  return isRunning(other) ? 'alive' : 'dead';
}

function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  if (startTime !== null) return startTimeOf(pid) === startTime;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat; the name in field 2 may hold spaces and brackets, so count behind it. */
function startTimeOf(pid: number): string | null {
  try {
    // `unshare --pid` alone leaves the /proc of the outer namespace, with other numbers.
    if (readlinkSync('/proc/self') !== String(process.pid)) return null;
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function pidNamespace(): string | null {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? null;
  } catch {
    return null;
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    return null;
  }
}
