/**
 * The guard: a small process that ends the agent's process groups when the agent cannot (R10).
 *
 *   agent ── stdin ──▶ guard        add <pid>      watch this process group
 *                                   remove <pid>   it is gone
 *                                   lease <ms>     they may live that long from now
 *
 * It kills every group it knows with SIGKILL when the lease is over (the agent is blocked, stopped or
 * cut off) or when the pipe closes (the agent is dead), and then ends. It is deaf to the signals that end
 * the agent, since it has to outlive it by that moment.
 *
 * This file is a process of its own, started by guard.ts; it takes nothing but lines.
 */
import { createInterface } from 'node:readline';
import { deadlineIn, leftUntil } from './elapsed.ts';
import type { Deadline } from './elapsed.ts';

/** A longer wait is cut up, so that a host that was asleep is noticed soon after it wakes. */
const LONGEST_WAIT_MS = 1000;

const groups = new Set<number>();
let lease: Deadline | undefined;
let timer: NodeJS.Timeout | undefined;

// Nothing of the agent's directory is to be held open for its sake.
process.chdir('/');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

createInterface({ input: process.stdin }).on('line', obey).on('close', end);
process.stdin.on('error', end);

function obey(line: string): void {
  const [command, argument] = line.split(' ');
  const number = Number(argument);
  // Group 1 and below are everybody's; no line may ever lead there.
  if (command === 'add' && Number.isInteger(number) && number > 1) groups.add(number);
  else if (command === 'remove') groups.delete(number);
  else if (command === 'lease' && Number.isFinite(number)) {
    lease = deadlineIn(number);
    watch();
  }
}

function watch(): void {
  clearTimeout(timer);
  if (!lease) return;
  const leftMs = leftUntil(lease);
  if (leftMs <= 0) end();
  else timer = setTimeout(watch, Math.min(leftMs, LONGEST_WAIT_MS));
}

function end(): void {
  for (const pid of groups) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Gone already: that is what we are here for.
    }
  }
  process.exit();
}
