/**
 * The inside of a worker thread: loads one module and runs its default export, task after task, between what
 * it exports as `before` and `after`.
 *
 *   run ──▶ work(input, task) ──▶ ended          log, progress on the way; abort in between
 *
 * The thread also watches the agent's lease: when the agent's own loop is blocked, it cannot be asked to
 * kill anybody, so the thread ends itself (R10). Work that never yields is beyond this; the handler's
 * author is told so.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { leftUntil } from './elapsed.ts';
import { failed, failedBy } from './failure.ts';
import type { Exit, TaskContext } from './handler.ts';
import { hooked, type TaskHooks } from './hooks.ts';
import { Steps } from './steps.ts';
import { toValue } from './value.ts';
import { LEASE_OVER_CODE } from './worker-messages.ts';
import type { FromThread, ThreadData, ToThread } from './worker-messages.ts';

type Work = (input: unknown, task: TaskContext) => unknown;

const LEASE_CHECK_MS = 250;

const data = workerData as ThreadData;
const lease = new Float64Array(data.lease);
let running:
  { readonly task: number; readonly abort: AbortController; readonly steps: Steps } | undefined;
/** What the steps that wait are begun by. */
const begins = new Map<string, () => void>();

const say = (message: FromThread) => parentPort?.postMessage(message);

parentPort?.on('message', (message: ToThread) => {
  if (message.kind === 'run') return void run(message);
  if (running?.task !== message.task) return;
  if (message.kind === 'beginStep') return begins.get(message.key)?.();
  running.abort.abort();
  running.steps.stop();
});

async function run(message: Extract<ToThread, { kind: 'run' }>): Promise<void> {
  const { task } = message;
  const abort = new AbortController();
  begins.clear();
  const steps = new Steps(message.known, (news, begin) => {
    begins.set(news.key, begin);
    say({ kind: 'step', task, news });
  });
  running = { task, abort, steps };
  const watch = setInterval(endWithLease, LEASE_CHECK_MS);
  const exit = steps.end(await exitOf(message, abort.signal, steps.once));
  clearInterval(watch);
  running = undefined;
  // What the work printed travels on another way and must not come after its end.
  await drained(process.stdout);
  await drained(process.stderr);
  say({ kind: 'ended', task, exit });
}

async function exitOf(
  { task, id, job, fence, input, properties }: Extract<ToThread, { kind: 'run' }>,
  signal: AbortSignal,
  once: TaskContext['once'],
): Promise<Exit> {
  try {
    const work = await load();
    if (typeof work === 'string') return failed('error', work);
    const result = await work(input, {
      id,
      job,
      properties,
      fence,
      signal,
      once,
      log: (line) => say({ kind: 'log', task, line: String(line) }),
      progress: (given) => {
        const fitted = toValue(given);
        if ('value' in fitted) say({ kind: 'progress', task, value: fitted.value });
        else say({ kind: 'log', task, line: `A progress was not reported: it ${fitted.why}.` });
      },
    });
    const fitted = toValue(result);
    if ('value' in fitted) return { kind: 'done', result: fitted.value };
    return failed('error', `The result cannot be sent: it ${fitted.why}.`);
  } catch (error) {
    return signal.aborted ? { kind: 'stopped' } : failedBy(error);
  }
}

/** The work with its hooks, or the sentence that says why there is none. */
async function load(): Promise<Work | string> {
  let loaded: { readonly [name: string]: unknown };
  try {
    loaded = (await import(data.module)) as typeof loaded;
  } catch (error) {
    return `The module ${data.module} could not be loaded: ${String(error)}`;
  }
  if (typeof loaded['default'] !== 'function') {
    return `The module ${data.module} has no function as its default export.`;
  }
  for (const hook of ['before', 'after']) {
    if (!['function', 'undefined'].includes(typeof loaded[hook]))
      return `The module ${data.module} exports "${hook}", which is no function.`;
  }
  return hooked(loaded['default'] as Work, loaded as TaskHooks<unknown, unknown>);
}

function endWithLease(): void {
  const [monotonicMs = NaN, uptimeMs = NaN] = lease;
  if (leftUntil({ monotonicMs, uptimeMs }) <= 0) process.exit(LEASE_OVER_CODE);
}

async function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength > 0) await new Promise<void>((done) => stream.write('', () => done()));
}
