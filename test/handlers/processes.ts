/**
 * Looks at real processes, for tests that wait until they are there or gone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { vi } from 'vitest';

/** True while the process exists and is no zombie. */
export function lives(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !['Z', 'X'].includes(stat.slice(stat.lastIndexOf(')') + 2)[0] ?? 'X');
  } catch {
    return false;
  }
}

/** Waits for a condition by looking again and again. */
export const until = (condition: () => boolean): Promise<unknown> =>
  vi.waitUntil(condition, { interval: 10, timeout: 50_000 });

/** Pids of living processes that have this text among their arguments. */
export function pidsWith(argument: string): number[] {
  const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return names
    .map(Number)
    .filter((pid) => commandOf(pid).split(' ').includes(argument) && lives(pid));
}

/** Program and arguments of a process, joined by spaces; empty when it is gone. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** The name of the program that a process runs. */
export function programOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Pids of the living children of a process. */
export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && lives(pid) && field(pid, 'PPid') === String(parent));
}

/** True when the process has a handler of its own for this signal. */
export function catches(pid: number, signal: number): boolean {
  const mask = BigInt(`0x${field(pid, 'SigCgt') ?? '0'}`);
  return ((mask >> BigInt(signal - 1)) & 1n) === 1n;
}

function field(pid: number, name: string): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1];
  } catch {
    return undefined;
  }
}
