/**
 * The agent's side of the guard: starts it before the first process group, tells it what to watch and how
 * long that may live (guard-process.ts). If somebody has killed it, the next `hold`, `add` or `leaseFor`,
 * which comes with every beat, starts it again.
 *
 * Lines go into a pipe that is there before the guard process is, so what is said while it starts is not
 * lost, even if the agent dies in that moment. Deadlines are moments, not durations: they mean the same
 * however late they are read.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, statSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { deadlineIn, leftUntil } from './elapsed.ts';
import type { Deadline } from './elapsed.ts';
import { readProcess } from './process-table.ts';
import { argumentsToRun, sibling } from './sibling.ts';

export interface Guard {
  /**
   * Something is about to be begun: the guard runs and knows of it from here until `release`, and only then
   * is the lease read (R7). False: the lease is over, nothing may be begun, and nothing is held.
   *
   * @throws Error, one sentence, when the system starts no process
   */
  hold(): boolean;
  /** It is gone, or a group that is watched. */
  release(): void;
  /** Watches the process group of this leader. Throws as `hold` does. */
  add(pid: number): void;
  /** The group is gone. */
  remove(pid: number): void;
  /**
   * All that is watched is killed `ms` from now unless this is called again: the groups, and the agent if it
   * holds something half of `killTimeMs` later. Without it: no deadline.
   */
  leaseFor(ms: number): void;
  /** The guard's own pid, or undefined while none runs. */
  pid(): number | undefined;
  /** True when the life before this one ran something that was ended since its lease was over. */
  readonly endedByLease: boolean;
  /** When it killed what was watched since the lease was over, by the host's clock; undefined: it did not, or left no mark. */
  killedAt(): number | undefined;
  /** Lets the guard go; groups that are still watched are killed by it. Resolves when it is gone. */
  close(): Promise<void>;
}

/** That the guard may end this process too. */
export interface EndsAgent {
  /** From the end of the lease until nothing may live any more, in ms; the agent itself has half of it. */
  readonly killTimeMs: number;
  /** An absolute path: a file there says that the lease was over. It goes when another life is guarded. */
  readonly mark: string;
}

/** The process that the guard may end. */
export interface GuardedAgent extends EndsAgent {
  readonly pid: number;
  /** As the kernel has it (process-table.ts). */
  readonly startTime: string | undefined;
}

type GuardChild = ChildProcessByStdio<Writable, null, null>;

/**
 * A guard that is not running until the first `hold`.
 *
 * @param ends undefined: process groups only, and what is held is not ended by anybody
 */
export function createGuard(ends?: EndsAgent): Guard {
  const groups = new Set<number>();
  let held = 0;
  let lease: Deadline | undefined;
  let child: GuardChild | undefined;
  let closed = false;
  /** A mark that is there is of this life: the one before it went with the first start. */
  let isMarkOurs = false;

  const say = (line: string) => void child?.stdin.write(`${line}\n`);
  const sayLease = ({ monotonicMs, uptimeMs }: Deadline) =>
    say(`lease ${Math.round(monotonicMs)} ${Math.round(uptimeMs)}`);
  const start = () => {
    if (child || closed) return;
    const started = startGuardProcess(ends);
    child = started;
    isMarkOurs = true;
    // A broken pipe shows as its end, just below.
    started.stdin.on('error', () => undefined);
    started.once('close', () => {
      if (child === started) child = undefined;
    });
    for (const pid of groups) say(`add ${pid}`);
    if (held > 0) say('hold');
    // Behind what it is about: it may be over already, and then it is the last line that is read.
    if (lease) sayLease(lease);
  };
  const release = () => {
    held -= 1;
    if (held === 0) say('free');
  };
  return {
    hold() {
      start();
      held += 1;
      if (held === 1) say('hold');
      if (!lease || leftUntil(lease) > 0) return true;
      release();
      return false;
    },
    release,
    add(pid) {
      groups.add(pid);
      if (child) say(`add ${pid}`);
      else start();
    },
    remove(pid) {
      groups.delete(pid);
      say(`remove ${pid}`);
    },
    leaseFor(ms) {
      // The guard of a lease that is over has ended or is about to, and heeds nothing more.
      if (lease && leftUntil(lease) <= 0) child = undefined;
      lease = deadlineIn(ms);
      if (child) return sayLease(lease);
      try {
        if (groups.size > 0 || held > 0) start();
      } catch {
        // The host has no room for it now; the next beat tries again.
      }
    },
    pid: () => child?.pid,
    endedByLease: ends !== undefined && existsSync(ends.mark),
    killedAt: () => (ends && isMarkOurs ? writtenAt(ends.mark) : undefined),
    async close() {
      closed = true;
      const last = child;
      if (!last) return;
      const gone = once(last, 'close');
      last.ref();
      last.stdin.end();
      await gone;
    },
  };
}

function startGuardProcess(ends: EndsAgent | undefined): GuardChild {
  const toRun = argumentsToRun(sibling('./guard-process.ts', import.meta.url));
  const child = trySpawn([...toRun, ...(ends ? [argumentFor(ends)] : [])]);
  // It must not keep the agent alive; it watches the agent, not the other way round.
  child.unref();
  (child.stdin as Writable & { unref?: () => void }).unref?.();
  return child;
}

/** The guard writes its mark just after it has killed. */
function writtenAt(file: string): number | undefined {
  const mtimeMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return mtimeMs === undefined ? undefined : Math.floor(mtimeMs);
}

/** From here on the life before is not what the mark is about. */
function argumentFor(ends: EndsAgent): string {
  try {
    rmSync(ends.mark, { force: true });
  } catch {
    // A disk that refuses: the next death may be taken for the end of a lease, and costs no more than a try.
  }
  const { pid } = process;
  const agent: GuardedAgent = { ...ends, pid, startTime: readProcess(pid)?.startTime };
  return JSON.stringify(agent);
}

/** The system may refuse in three ways: thrown, without a pid, or even without a pipe. */
function trySpawn(args: readonly string[]): GuardChild {
  const sentence = `The guard, which ends tasks when the agent cannot, does not start (${process.execPath}); see to it that this host has processes, files and memory left for it.`;
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, args, {
      detached: true,
      env: { PATH: process.env['PATH'] },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
  } catch (cause) {
    throw new Error(sentence, { cause });
  }
  // Told later what is known by now.
  child.on('error', () => undefined);
  if (child.pid === undefined) throw new Error(sentence);
  return child as GuardChild;
}
