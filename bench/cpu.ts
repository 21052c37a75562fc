/**
 * CPU time of processes, their threads included, as the kernel counts it (Linux; elsewhere unknown).
 * On a machine that others use too it says more than the time that went by.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The kernel's unit in /proc/PID/stat. */
let ticksPerSecond: number | undefined;

/** Milliseconds of CPU that these processes have used so far; null where that cannot be read. */
export function cpuMsOf(pids: readonly number[]): number | null {
  try {
    ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
    const perTick = 1000 / ticksPerSecond;
    return pids.reduce((sum, pid) => sum + ticksOf(pid) * perTick, 0);
  } catch {
    return null;
  }
}

/** user + system; the fields are counted after the name, which may have blanks in it. */
function ticksOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
