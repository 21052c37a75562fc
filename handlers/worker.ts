/**
 * Worker threads for handlers that are modules: one task a thread at a time, threads kept for the next.
 *
 *   start ──idle thread of that module?──yes──▶ run ──ended──▶ idle (up to `idleMax`, then let go)
 *                   │ no                          │
 *                   └──▶ new thread ──────────────┤ kill, crash, process.exit, out of memory
 *                                                 ▼
 *                                            thread gone ──▶ ended
 *
 * A pool of our own, since a kill must end exactly one task's thread and be reported only when that thread
 * is gone (R9); the libraries reject the promise first and stop the thread afterwards. A fresh thread costs
 * some 30 to 50 ms, a kept one less than one.
 */
import { Worker } from 'node:worker_threads';
import { deadlineIn } from './elapsed.ts';
import { failed, failedBy } from './failure.ts';
import type { Exit, LogStream, StepNews, Work } from './handler.ts';
import { sibling } from './sibling.ts';
import { LEASE_OVER_CODE } from './worker-messages.ts';
import type { FromThread, ThreadData, ToThread } from './worker-messages.ts';

export interface ThreadEvents {
  readonly output: (stream: LogStream, bytes: Uint8Array) => void;
  readonly progress: (value: unknown) => void;
  readonly step: (news: StepNews, begin: () => void) => void;
  /** Called once; after a kill or a crash not before the thread is gone. */
  readonly ended: (exit: Exit) => void;
}

/** `abort`: the task's signal. `kill`: its thread. */
export type StopTask = (how: 'abort' | 'kill') => void;

export interface ThreadPool {
  /** Runs the module's default export on the work's input. `ended` is never called from within. */
  run(module: URL, work: Work, events: ThreadEvents): StopTask;
  /** Threads end themselves `ms` from now, even if this thread is blocked then. Without it: never. */
  leaseFor(ms: number): void;
  /** Threads alive, busy and idle. */
  size(): number;
  /** Ends all threads, whatever they do. Their tasks end as stopped. */
  close(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  readonly module: string;
  task: { readonly number: number; readonly events: ThreadEvents } | undefined;
  killed: boolean;
  /** Why it crashed, once it has. */
  error: unknown;
}

/**
 * @param options.idleMax threads kept without work
 * @param options.heapMb most memory of one thread's objects in MB; undefined: Node's own limit
 */
export function createThreadPool(options: {
  readonly idleMax: number;
  readonly heapMb: number | undefined;
}): ThreadPool {
  const threads = new Set<Thread>();
  const lease = new SharedArrayBuffer(16);
  const leaseDoubles = new Float64Array(lease).fill(NaN);
  let tasks = 0;

  const rest = (thread: Thread) => {
    thread.task = undefined;
    thread.worker.unref();
    const idle = [...threads].filter((other) => !other.task && !other.killed);
    const oldest = idle[0];
    if (oldest && idle.length > options.idleMax) void kill(oldest);
  };
  const create = (module: string): Thread => {
    const thread = createThread({ module, lease }, options.heapMb);
    threads.add(thread);
    thread.worker.on('message', (message: FromThread) => {
      const { task } = thread;
      if (task?.number !== message.task) return;
      if (message.kind === 'log') task.events.output('log', Buffer.from(`${message.line}\n`));
      else if (message.kind === 'progress') task.events.progress(message.value);
      else if (message.kind === 'step') {
        const { key } = message.news;
        const begin: ToThread = { kind: 'beginStep', task: message.task, key };
        task.events.step(message.news, () => thread.worker.postMessage(begin));
      } else if (!thread.killed) {
        rest(thread);
        task.events.ended(message.exit);
      }
    });
    thread.worker.once('exit', (code) => {
      threads.delete(thread);
      thread.task?.events.ended(exitOfDead(thread, code));
    });
    return thread;
  };

  return {
    run(module, work, events) {
      const idle = [...threads].findLast(
        (thread) => thread.module === module.href && !thread.task && !thread.killed,
      );
      const thread = idle ?? create(module.href);
      const number = (tasks += 1);
      thread.task = { number, events };
      thread.worker.ref();
      const { id, job, fence, input, properties = null, known = [] } = work;
      const tell = (message: ToThread) => thread.worker.postMessage(message);
      tell({ kind: 'run', task: number, id, job, fence, input, properties, known });
      return (how) => {
        if (thread.task?.number !== number) return;
        if (how === 'abort') tell({ kind: 'abort', task: number });
        else void kill(thread);
      };
    },
    leaseFor(ms) {
      const { monotonicMs, uptimeMs } = deadlineIn(ms);
      leaseDoubles.set([monotonicMs, uptimeMs]);
    },
    size: () => threads.size,
    async close() {
      await Promise.all([...threads].map(kill));
    },
  };
}

function createThread(data: ThreadData, heapMb: number | undefined): Thread {
  const worker = new Worker(sibling('./worker-entry.ts', import.meta.url), {
    workerData: data,
    env: environment(),
    stdout: true,
    stderr: true,
    ...(heapMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMb } }),
  });
  const { module } = data;
  const thread: Thread = { worker, module, task: undefined, killed: false, error: undefined };
  worker.stdout.on('data', (bytes: Buffer) => thread.task?.events.output('out', bytes));
  worker.stderr.on('data', (bytes: Buffer) => thread.task?.events.output('err', bytes));
  worker.on('error', (error) => (thread.error = error));
  return thread;
}

/** Without what tells of the agent itself: where its keys are, and whom it speaks to. */
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LIFELINE_')));

function kill(thread: Thread): Promise<number> {
  thread.killed = true;
  return thread.worker.terminate();
}

function exitOfDead({ killed, error }: Thread, code: number): Exit {
  if (killed || code === LEASE_OVER_CODE) return { kind: 'stopped' };
  if (error === undefined) {
    return failed('error', `The handler ended its thread with exit code ${code}.`);
  }
  if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return failed('error', 'The handler ran out of memory; its thread was ended.');
  }
  return failedBy(error);
}
