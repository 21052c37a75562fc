/**
 * The agent's side of the guard: starts it before the first process group, tells it what to watch and how
 * long that may live (guard-process.ts). If somebody has killed it, the next `start`, `add` or `leaseFor`,
 * which comes with every beat, starts it again.
 *
 * Lines go into a pipe that is there before the guard process is, so what is said while it starts is not
 * lost, even if the agent dies in that moment.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deadlineIn, leftUntil } from './elapsed.ts';
import type { Deadline } from './elapsed.ts';
import { sibling } from './sibling.ts';

export interface Guard {
  /**
   * Makes sure that it runs; to be called before there is anything to watch.
   *
   * @throws Error, one sentence, when the system starts no process
   */
  start(): void;
  /** Watches the process group of this leader. Throws as `start` does. */
  add(pid: number): void;
  /** The group is gone. */
  remove(pid: number): void;
  /** Every watched group is killed `ms` from now unless this is called again. Without it: no deadline. */
  leaseFor(ms: number): void;
  /** The guard's own pid, or undefined while none runs. */
  pid(): number | undefined;
  /** Lets the guard go; groups that are still watched are killed by it. Resolves when it is gone. */
  close(): Promise<void>;
}

type GuardChild = ChildProcessByStdio<Writable, null, null>;

/** A guard that is not running until the first `start`. */
export function createGuard(): Guard {
  const groups = new Set<number>();
  let lease: Deadline | undefined;
  let child: GuardChild | undefined;
  let closed = false;

  const say = (line: string) => void child?.stdin.write(`${line}\n`);
  const start = () => {
    if (child || closed) return;
    const started = startGuardProcess();
    child = started;
    // A broken pipe shows as its end, just below.
    started.stdin.on('error', () => undefined);
    started.once('close', () => {
      if (child === started) child = undefined;
    });
    for (const pid of groups) say(`add ${pid}`);
    // After the groups: it may be over already, and then it is the last line that is read.
    if (lease) say(`lease ${Math.round(leftUntil(lease))}`);
  };
  return {
    start,
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
      lease = deadlineIn(ms);
      if (child) return say(`lease ${Math.round(ms)}`);
      try {
        if (groups.size > 0) start();
      } catch {
        // The host has no room for it now; the next beat tries again.
      }
    },
    pid: () => child?.pid,
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

function startGuardProcess(): GuardChild {
  const file = fileURLToPath(sibling('./guard-process.ts', import.meta.url));
  // From the sources, Node needs what this process was given to understand them; from the build, nothing.
  const loader = extname(file) === '.ts' ? process.execArgv.filter((arg) => !isDebug(arg)) : [];
  const child = trySpawn([...loader, file]);
  // It must not keep the agent alive; it watches the agent, not the other way round.
  child.unref();
  (child.stdin as Writable & { unref?: () => void }).unref?.();
  return child;
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

/** A second debugger on the same port would not start. */
const isDebug = (arg: string): boolean => arg.startsWith('--inspect');
