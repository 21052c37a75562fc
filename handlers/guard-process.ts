/**
 * The guard: a small process that ends what the agent runs when the agent cannot (R10).
 *
 *   agent ── stdin ──▶ guard        add <pid>       watch this process group
 *                                   remove <pid>    it is gone
 *                                   hold, free      from here to there something runs that only the end
 *                                                   of the agent ends for sure: a thread, a function
 *                                   lease <ms> <ms> how long all that may live (a deadline, elapsed.ts)
 *
 *   lease over ─▶ SIGKILL of all groups, the mark ─▶ something held? ──no──▶ ends
 *                                                          │ yes: the agent has half of killTime
 *                                     freed: ends ◀────────┴────────▶ SIGKILL of the agent, ends
 *
 * It also kills the groups, and ends, when the pipe closes: the agent is dead then. It is deaf to the
 * signals that end the agent, since it has to outlive it by that moment. The mark is a file that tells the
 * agent's next life that the lease was over; no kill waits for it (R8).
 *
 * This file is a process of its own, started by guard.ts; it takes nothing but lines, and as its argument
 * which agent it may end (`GuardedAgent`, none: none).
 */
import { writeFile } from 'node:fs';
import { createInterface } from 'node:readline';
import { leftUntil } from './elapsed.ts';
import type { Deadline } from './elapsed.ts';
import type { GuardedAgent } from './guard.ts';
import { readProcess, readProcesses, withDescendants } from './process-table.ts';

/** A longer wait is cut up, so that a host that was asleep is noticed soon after it wakes. */
const LONGEST_WAIT_MS = 1000;

const [, , argument] = process.argv;
const agent = argument === undefined ? undefined : (JSON.parse(argument) as GuardedAgent);
const groups = new Set<number>();
let isHeld = false;
let lease: Deadline | undefined;
/** The lease is over and the groups are killed; what is held has the agent to end it. */
let isOver = false;
let timer: NodeJS.Timeout | undefined;

// Nothing of the agent's directory is to be held open for its sake.
process.chdir('/');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

createInterface({ input: process.stdin }).on('line', obey).on('close', end);
process.stdin.on('error', end);

function obey(line: string): void {
  const [command, ...numbers] = line.split(' ');
  const [first = NaN, second = NaN] = numbers.map(Number);
  // Group 1 and below are everybody's; no line may ever lead there.
  if (command === 'add' && Number.isInteger(first) && first > 1) {
    groups.add(first);
    if (isOver) killGroups();
  } else if (command === 'remove') groups.delete(first);
  else if (command === 'hold') isHeld = true;
  else if (command === 'free') {
    isHeld = false;
    if (isOver) end();
  } else if (command === 'lease' && Number.isFinite(first) && Number.isFinite(second)) {
    lease = { monotonicMs: first, uptimeMs: second };
    isOver = false;
    watch();
  }
}

function leftMs(): number {
  if (!lease) return Infinity;
  return leftUntil(lease) + (isOver && agent ? agent.killTimeMs / 2 : 0);
}

function watch(): void {
  clearTimeout(timer);
  const waitMs = Math.min(Math.max(leftMs(), 0), LONGEST_WAIT_MS);
  timer = setTimeout(judge, waitMs);
}

function judge(): void {
  if (leftMs() > 0) return watch();
  if (!agent || (!isHeld && groups.size === 0)) return end();
  if (isOver) {
    if (isHeld) killAgent(agent);
    return end();
  }
  isOver = true;
  killGroups();
  writeFile(agent.mark, '', () => {
    if (!isHeld) end();
  });
  watch();
}

function end(): void {
  killGroups();
  process.exit();
}

/** What has called setsid is found while its parent lives (K2), so before anything is killed. */
function killGroups(): void {
  if (groups.size === 0) return;
  const table = readProcesses() ?? [];
  const members = table.filter(({ group, session }) => groups.has(group) || groups.has(session));
  const strays = withDescendants(members, table).filter(({ group }) => !groups.has(group));
  for (const pid of groups) kill(-pid);
  for (const { pid } of strays) kill(pid);
}

/** Where there is no /proc there is no start time; that the pipe is open says that it lives. */
function killAgent({ pid, startTime }: GuardedAgent): void {
  if (readProcess(pid)?.startTime === startTime) kill(pid);
}

function kill(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch {
    // Gone already: that is what we are here for.
  }
}
