/**
 * A runner whose work is a script under virtual time: for tests and the simulator. What it does is told
 * to a ledger outside the system, so that a checker can hold the system to it.
 *
 *   start ─▶ ledger 'start' ─ afterMs ─▶ ledger 'end' ─▶ ended
 *      stop(abort) ends it after `abortMs`; stop(kill) after `killMs`; so does the guard, once the lease
 *      is over, whatever has become of the agent by then
 *
 * Work that can be killed runs outside the agent's process: it goes on while that is stopped, and what it
 * says is heard afterwards. Work that cannot is a function within it.
 */
import type { Clock } from '../actors/clock.ts';
import type {
  Exit,
  FenceToken,
  LogStore,
  Runner,
  RunnerEvents,
  Work,
} from '../handlers/handler.ts';

/** What one attempt does. */
export interface Behaviour {
  /** How long it runs by itself, in ms; `Infinity`: until it is stopped. */
  readonly afterMs: number;
  readonly exit: Exit;
  /** What it writes to its log at once. */
  readonly log?: string;
  /** What it writes while it runs: line `n` after `n` times so many ms. */
  readonly lines?: {
    readonly everyMs: number;
    readonly text: (n: number) => string;
    /** Default: as many as there is time for. */
    readonly most?: number;
  };
  /** How long it takes to end when asked, in ms; `Infinity`: it does not listen. Default 0. */
  readonly abortMs?: number;
  /** How long killing it takes, in ms. Default 0. */
  readonly killMs?: number;
  /** At its end it takes the agent with it. */
  readonly crashes?: boolean;
  /** Does a step once, right after its start, unless it is known to be done; it ends `afterMs` after that. */
  readonly once?: string;
}

/** How long a step takes. */
const STEP_MS = 20;

export interface LedgerLine {
  readonly at: number;
  /** `step`: the step that is done once was begun. */
  readonly what: 'start' | 'end' | 'step';
  readonly agent: string;
  readonly fence: FenceToken;
  readonly id: string;
  /** How it ended; absent for a start. */
  readonly exit?: Exit['kind'] | 'crash';
}

export type Ledger = LedgerLine[];

export interface ScriptedRunner extends Runner {
  /** The process dies, and all that it runs with it: no end is told. */
  crash(): void;
  /** What runs now. */
  readonly running: readonly FenceToken[];
}

/** The process of the agent, as its work sees it. */
export interface Host {
  /** Time within the process; it stands still while that is stopped. */
  readonly clock: Clock;
  /** Has something said reach the process. */
  reach(call: () => void): void;
  /** The process dies. */
  crash(): void;
}

/** What ends work when the lease is over and the agent does not (handlers/guard-process.ts). */
export interface GuardOptions {
  /** Time on that machine. */
  readonly clock: Clock;
  /** From the end of the lease until nothing may live any more, in ms; the agent itself has half of it. */
  readonly killTimeMs: number;
  /** What the life before was ended by; see `Runner.endedByLease`. */
  readonly endedByLease: boolean;
  /** Something is guarded: from here on the life before is not asked about. */
  began(): void;
  /** The lease is over while something lives. */
  over(): void;
}

interface Run {
  readonly work: Work;
  readonly events: RunnerEvents;
  readonly behaviour: Behaviour;
  readonly isInside: boolean;
  /** How it was told to end, if it was and heeds it. */
  told: 'abort' | 'kill' | undefined;
  /** Called when its step may be begun. */
  begin: () => void;
  cancel: () => void;
  cancelLine: () => void;
}

export interface ScriptedRunnerOptions {
  readonly agent: string;
  /** True time: of the ledger, and of work that runs outside the agent's process. */
  readonly clock: Clock;
  readonly ledger: { push(line: LedgerLine): unknown };
  readonly logs: LogStore & {
    append(fence: FenceToken, stream: 'out', bytes: Uint8Array, at: number): void;
  };
  readonly behave: (work: Work) => Behaviour;
  /** Default none. */
  readonly handlers?: readonly string[];
  /** Handlers whose work is a function within the agent's process, and cannot be killed. Default none. */
  readonly inside?: readonly string[];
  /** Default: a process that is never stopped, and that no work takes down. */
  readonly host?: Host;
  /** Default: nobody guards. */
  readonly guard?: GuardOptions;
}

export function createScriptedRunner(options: ScriptedRunnerOptions): ScriptedRunner {
  const runs = new Map<string, Run>();
  const { start, stop } = createWork(options, runs);
  const { guard, inside = [] } = options;
  const watch = guard && createGuard(guard, hostOf(options), runs, (run) => stop(run, 'kill'));
  return {
    handlers: options.handlers ?? [],
    logs: options.logs,
    get running() {
      return [...runs.values()].map(({ work }) => work.fence);
    },
    start(work, events) {
      watch?.begin();
      start(work, events);
    },
    stop(fence, how) {
      const run = runs.get(nameOf(fence));
      if (run) stop(run, run.isInside ? 'abort' : how);
    },
    beginStep: (fence) => runs.get(nameOf(fence))?.begin(),
    killable: (handler) => !inside.includes(handler),
    endedByLease: guard?.endedByLease ?? false,
    leaseFor: (ms) => watch?.leaseFor(ms),
    close() {
      this.crash();
      return Promise.resolve();
    },
    crash() {
      watch?.close();
      for (const run of runs.values()) {
        run.cancel();
        run.cancelLine();
        tell(options, 'end', run.work, 'crash');
      }
      runs.clear();
    },
  };
}

const hostOf = ({ host, clock }: ScriptedRunnerOptions): Host =>
  host ?? { clock, reach: (call) => call(), crash: () => {} };

function tell(
  { agent, clock, ledger }: ScriptedRunnerOptions,
  what: LedgerLine['what'],
  work: Work,
  exit?: LedgerLine['exit'],
): void {
  const line = { at: clock.now(), what, agent, fence: work.fence, id: work.id };
  ledger.push(exit === undefined ? line : { ...line, exit });
}

/** Starts and stops work by its behaviour. */
function createWork(options: ScriptedRunnerOptions, runs: Map<string, Run>) {
  const { clock, logs, behave, inside = [] } = options;
  const host = hostOf(options);
  const clockOf = ({ isInside }: Run) => (isInside ? host.clock : clock);
  const end = (run: Run, exit: Exit) => {
    run.cancelLine();
    runs.delete(nameOf(run.work.fence));
    tell(options, 'end', run.work, exit.kind);
    host.reach(() => run.events.ended(run.work.fence, exit));
  };
  const endAfter = (run: Run, ms: number, then: () => void) => {
    run.cancel();
    if (ms !== Infinity) run.cancel = clockOf(run).after(ms, then);
  };
  const doOnce = (run: Run, key: string, then: () => void) => {
    const { work, events } = run;
    const known = work.known?.find((step) => step.key === key);
    const undecided = { message: 'undecided', detail: { key } };
    if (known?.isDone === true) then();
    else if (known) end(run, { kind: 'failed', cause: 'onceUnknown', ...undecided });
    else {
      run.begin = () => {
        if (run.told !== undefined) return;
        run.begin = () => {};
        tell(options, 'step', work);
        endAfter(run, STEP_MS, () => {
          host.reach(() => events.step(work.fence, { key, isDone: true, result: null }));
          then();
        });
      };
      host.reach(() => events.step(work.fence, { key, isDone: false }));
    }
  };
  const write = ({ work, events }: Run, text: string) =>
    host.reach(() => {
      logs.append(work.fence, 'out', new TextEncoder().encode(text), clock.now());
      events.logged(work.fence);
    });
  return {
    start(this: void, work: Work, events: RunnerEvents) {
      const behaviour = behave(work);
      const isInside = inside.includes(work.handler);
      const calls = { told: undefined, begin: () => {}, cancel: () => {}, cancelLine: () => {} };
      const run: Run = { work, events, behaviour, isInside, ...calls };
      runs.set(nameOf(work.fence), run);
      tell(options, 'start', work);
      if (behaviour.log) write(run, behaviour.log);
      writeLines(run, clockOf(run), (text) => write(run, text));
      const finish = () =>
        endAfter(run, behaviour.afterMs, () => {
          if (behaviour.crashes) host.crash();
          else end(run, behaviour.exit);
        });
      if (behaviour.once === undefined) finish();
      else doOnce(run, behaviour.once, finish);
    },
    stop(this: void, run: Run, how: 'abort' | 'kill') {
      const { abortMs = 0, killMs = 0 } = run.behaviour;
      const ms = how === 'abort' ? abortMs : killMs;
      if (run.told === how || run.told === 'kill' || ms === Infinity) return;
      run.told = how;
      endAfter(run, ms, () => end(run, { kind: 'stopped' }));
    },
  };
}

const nameOf = (fence: FenceToken) => `${fence.birth}/${fence.attempt}`;

/** Kills what runs once the lease is over, and the process itself when it holds what cannot be killed. */
function createGuard(
  options: GuardOptions,
  host: Host,
  runs: ReadonlyMap<string, Run>,
  kill: (run: Run) => void,
) {
  let cancel = () => {};
  let hasBegun = false;
  const isHeld = () => [...runs.values()].some(({ isInside }) => isInside);
  const expire = () => {
    if (runs.size === 0) return;
    options.over();
    for (const run of [...runs.values()]) if (!run.isInside) kill(run);
    cancel = options.clock.after(options.killTimeMs / 2, () => {
      if (isHeld()) host.crash();
    });
  };
  return {
    begin() {
      if (!hasBegun) options.began();
      hasBegun = true;
    },
    leaseFor(ms: number) {
      cancel();
      cancel = options.clock.after(ms, expire);
    },
    close: () => cancel(),
  };
}

/** Has a run write line after line until that is cancelled. */
function writeLines(run: Run, clock: Clock, write: (text: string) => void, n = 1): void {
  const { lines } = run.behaviour;
  if (!lines || n > (lines.most ?? Infinity)) return;
  run.cancelLine = clock.after(lines.everyMs, () => {
    write(lines.text(n));
    writeLines(run, clock, write, n + 1);
  });
}
