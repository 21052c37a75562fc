/**
 * One process group: started as a leader of its own, signalled as a whole, and gone only when the last of
 * it is gone (R9).
 *
 *   spawn ──▶ alive ──leader exits──▶ the rest is killed ──nothing left──▶ output drained ──▶ gone
 *
 * A namespace takes its own children along; where there is none, what the leader leaves behind in its
 * group is killed here.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { LogStream } from './handler.ts';
import { readProcesses } from './process-table.ts';

/** The part of the clock port that is needed here. */
export interface Timer {
  /** Calls `wake` once, `afterMs` from now, and returns a function that cancels it. */
  after(afterMs: number, wake: () => void): () => void;
}

export interface TreeOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | undefined;
  readonly timer: Timer;
}

export interface TreeEvents {
  output(stream: LogStream, bytes: Uint8Array): void;
  /** The last thing that happens. `error`: it could not be started. */
  gone(end: TreeEnd): void;
}

export type TreeEnd =
  | { readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly error: Error };

/** Between two looks at a group that is being killed. */
const LOOK_MS = 5;
/** How long output may still come once the group is gone: something that left the group may hold the pipe. */
const DRAIN_MS = 1000;

/** Starts it. `gone` is called once and never from within. */
export function startTree(
  options: TreeOptions,
  events: TreeEvents,
): { readonly pid: number | undefined; signal(name: 'SIGTERM' | 'SIGKILL'): void } {
  let child: ChildProcess;
  try {
    child = spawn(options.file, options.args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
  } catch (error) {
    // Too long an argument list and the like are thrown instead of being reported.
    queueMicrotask(() => events.gone({ error: error as Error }));
    return { pid: undefined, signal: () => undefined };
  }
  const { pid } = child;
  let over = false;
  const finish = (end: TreeEnd) => {
    if (over) return;
    over = true;
    events.gone(end);
  };
  child.on('error', (error) => {
    // Also emitted when a signal could not be sent; only without a pid was there no start.
    if (pid === undefined) finish({ error });
  });
  child.stdout?.on('data', (bytes: Uint8Array) => events.output('out', bytes));
  child.stderr?.on('data', (bytes: Uint8Array) => events.output('err', bytes));
  // A command need not read what it is given.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.stdin);
  if (pid !== undefined) {
    void Promise.all([
      new Promise<void>((drained) => child.once('close', () => drained())),
      exitOfGroup(child, pid, options.timer).then(() => cutPipes(child, options.timer)),
    ]).then(() => finish({ code: child.exitCode, signal: child.signalCode }));
  }
  return {
    pid,
    signal: (name) => {
      if (pid !== undefined && !over) signalGroup(pid, name);
    },
  };
}

function exitOfGroup(child: ChildProcess, pid: number, timer: Timer): Promise<void> {
  return new Promise((gone) => {
    const look = () => {
      if (!groupLives(pid)) return gone();
      signalGroup(pid, 'SIGKILL');
      timer.after(LOOK_MS, look);
    };
    child.once('exit', look);
  });
}

/** Ends the reading when something outside the group keeps a pipe open for ever. */
function cutPipes(child: ChildProcess, timer: Timer): void {
  const cancel = timer.after(DRAIN_MS, () => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  });
  child.once('close', cancel);
}

function signalGroup(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, name);
  } catch {
    return false;
  }
}

function groupLives(pid: number): boolean {
  try {
    process.kill(-pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return readProcesses()?.some(({ group, isZombie }) => group === pid && !isZombie) ?? true;
}
