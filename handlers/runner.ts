/**
 * Runs attempts, each in the way of its handler, and reports each end once.
 *
 *   start ──▶ known handler? input fits? ──no──▶ refused
 *                       │ yes
 *        ┌──────────────┼──────────────────┐
 *      inline         worker             process ──▶ guarded, and on the kill list
 *        └──────────────┼──────────────────┘   (inline and worker too, if it may end the agent)
 *                       ▼
 *              result fits? ──▶ log written out ──▶ ended
 *
 *   I1  `ended` comes exactly once for each start, and never from within `start` or `stop`.
 *   I2  When it comes, nothing of the attempt lives and its log is complete. (What an inline function or
 *       a thread's module has left running behind its own back is not known here.)
 *   I3  Nothing here throws.
 */
import { bindAttempt } from './attempt.ts';
import type { Attempt } from './attempt.ts';
import { containmentOf } from './containment.ts';
import { InvalidHandler } from './define-handler.ts';
import { failed } from './failure.ts';
import { createGuard } from './guard.ts';
import type { EndsAgent } from './guard.ts';
import { startGuarded, startHeld } from './guarded-tree.ts';
import type { FenceToken, Handler, Runner, RunnerEvents, Work } from './handler.ts';
import { runInline } from './inline.ts';
import type { KillList } from './kill-list.ts';
import type { Timer } from './process-tree.ts';
import { checkOf } from './schema.ts';
import type { Spool } from './spool.ts';
import { createThreadPool } from './worker.ts';
import type { StopTask } from './worker.ts';

/** What a runner needs of its host. */
export interface RunnerOptions {
  readonly handlers: readonly Handler[];
  readonly logs: Spool;
  /** Wall clock for the log, timers for those that wait. */
  readonly clock: Timer & { now(): number };
  /** Threads that are kept without work: as many as the agent has slots. */
  readonly idleThreads: number;
  /**
   * What of an earlier life may still live, and what will of this one (`openKillList`). Undefined: a
   * runner whose work ends with its host, such as a test's.
   */
  readonly killList?: KillList | undefined;
  /**
   * This process is an agent and nothing else, and may be ended with its lease: then the guard watches
   * functions and threads as well. Undefined: it watches process trees only.
   */
  readonly endsAgent?: EndsAgent | undefined;
  /** How long `close` waits for inline functions, which cannot be killed, in ms. Default 10,000. */
  readonly closeWithinMs?: number | undefined;
  /**
   * Called by `close` before it resolves, when functions of these handlers have not ended within that time:
   * they still run then, and must end before anybody begins their work again.
   */
  readonly onLeftRunning?: ((handlers: readonly string[]) => void) | undefined;
  /** Most memory of one thread's objects in MB. Default: Node's own limit. */
  readonly threadHeapMb?: number;
}

/** A handler with its compiled checks. */
interface Known {
  readonly handler: Handler;
  readonly checkInput: (given: unknown) => string | undefined;
  readonly checkResult: (given: unknown) => string | undefined;
}

interface Running {
  readonly handler: string;
  readonly stop: StopTask;
  readonly beginStep: (key: string) => void;
  /** Resolves when it has ended. */
  readonly gone: Promise<void>;
}

const CLOSE_WITHIN_MS = 10_000;

/**
 * Runs the given handlers on this host.
 *
 * A second `start` of a fence that is running is ignored. After `close` everything is refused; `close`
 * resolves when nothing lives any more of what was started, but for inline functions that do not heed
 * their signal (`onLeftRunning`).
 *
 * @throws {InvalidHandler} when two handlers have one name
 */
export function createRunner(options: RunnerOptions): Runner {
  const known = knownByName(options.handlers);
  const running = new Map<string, Running>();
  const pool = createThreadPool({ idleMax: options.idleThreads, heapMb: options.threadHeapMb });
  const guard = createGuard(options.endsAgent);
  let closed = false;

  const launch = ({ runs }: Handler, work: Work, attempt: Attempt): StopTask => {
    if (runs.as === 'process') {
      return startGuarded(runs.start, work, attempt, guard, options.killList);
    }
    const run = (events: Attempt) =>
      runs.as === 'inline'
        ? runInline(runs, work, events).abort
        : pool.run(runs.module, work, events);
    return options.endsAgent ? startHeld(run, attempt, guard) : run(attempt);
  };
  const start = (work: Work, events: RunnerEvents) => {
    const key = keyOf(work.fence);
    if (running.has(key)) return;
    const handler = known.get(work.handler);
    let leave: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (leave = resolve));
    const attempt = bindAttempt(work, events, options, handler?.checkResult, () => {
      running.delete(key);
      leave();
    });
    const about = { handler: work.handler, beginStep: attempt.beginStep, gone };
    running.set(key, { ...about, stop: () => undefined });
    const refusal = closed ? 'The agent is closing.' : handler?.checkInput(work.input);
    if (!handler) attempt.ended(failed('refused', `This agent has no handler "${work.handler}".`));
    else if (refusal !== undefined) attempt.ended(failed('refused', refusal));
    else {
      try {
        running.set(key, { ...about, stop: launch(handler.handler, work, attempt) });
      } catch (error) {
        attempt.ended(failed('error', `The handler could not be started: ${String(error)}`));
      }
    }
  };

  const killable = (name: string) => known.get(name)?.handler.runs.as !== 'inline';
  return {
    ...offerOf(known),
    containment: containmentOf(options.handlers),
    logs: options.logs,
    start,
    stop: (fence, how) => running.get(keyOf(fence))?.stop(how),
    beginStep: (fence, step) => running.get(keyOf(fence))?.beginStep(step),
    killable,
    endedByLease: guard.endedByLease,
    leaseFor(ms) {
      guard.leaseFor(ms);
      pool.leaseFor(ms);
    },
    async close() {
      closed = true;
      const last = [...running.values()];
      for (const { stop } of last) stop('kill');
      const inline = last.filter(({ handler }) => !killable(handler));
      await Promise.all([
        ...last.filter(({ handler }) => killable(handler)).map(({ gone }) => gone),
        endOf(inline, options.clock, options.closeWithinMs ?? CLOSE_WITHIN_MS),
      ]);
      await pool.close();
      await guard.close();
      const alive = new Set(running.values());
      const left = inline.filter((one) => alive.has(one)).map(({ handler }) => handler);
      if (left.length > 0) options.onLeftRunning?.([...new Set(left)]);
    },
  };
}

const offerOf = (known: ReadonlyMap<string, Known>): Pick<Runner, 'handlers' | 'policies'> => ({
  handlers: [...known.keys()],
  policies: [...known].map(([name, { handler }]) => ({ handler: name, ...handler.policy })),
});

/** Resolves when all have ended, or when the time is over. */
function endOf(running: readonly Running[], timer: Timer, withinMs: number): Promise<void> {
  if (running.length === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = timer.after(withinMs, resolve);
    void Promise.all(running.map(({ gone }) => gone)).then(() => {
      cancel();
      resolve();
    });
  });
}

function knownByName(handlers: readonly Handler[]): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const handler of handlers.flatMap(withHooks)) {
    if (known.has(handler.name)) {
      throw new InvalidHandler(`Two handlers are called "${handler.name}"; rename one of them.`);
    }
    const [checkInput, checkResult] = [checkOf(handler, 'input'), checkOf(handler, 'result')];
    known.set(handler.name, { handler, checkInput, checkResult });
  }
  return known;
}

/** A handler and those that run before and after its jobs. */
const withHooks = (handler: Handler): readonly Handler[] =>
  [handler, handler.preJob, handler.postJob].filter((one) => one !== undefined) as Handler[];

const keyOf = ({ birth, attempt }: FenceToken): string => `${birth}-${attempt}`;
