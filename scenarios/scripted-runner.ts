/**
 * A runner whose work is a script under virtual time: for tests and the simulator. What it does is told
 * to a ledger outside the system, so that a checker can hold the system to it.
 *
 *   start ─▶ ledger 'start' ─ afterMs ─▶ ledger 'end' ─▶ ended
 *      stop(abort) ends it after `abortMs`; stop(kill) after `killMs`
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
  readonly lines?: { readonly everyMs: number; readonly text: (n: number) => string };
  /** How long it takes to end when asked, in ms; `Infinity`: it does not listen. Default 0. */
  readonly abortMs?: number;
  /** How long killing it takes, in ms. Default 0. */
  readonly killMs?: number;
}

export interface LedgerLine {
  readonly at: number;
  readonly what: 'start' | 'end';
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

interface Run {
  readonly work: Work;
  readonly events: RunnerEvents;
  cancel: () => void;
  cancelLine: () => void;
  readonly behaviour: Behaviour;
}

export function createScriptedRunner(options: {
  readonly agent: string;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly logs: LogStore & {
    append(fence: FenceToken, stream: 'out', bytes: Uint8Array, at: number): void;
  };
  readonly behave: (work: Work) => Behaviour;
  readonly handlers?: readonly string[];
}): ScriptedRunner {
  const { agent, clock, ledger, logs, behave } = options;
  const runs = new Map<string, Run>();
  const nameOf = (fence: FenceToken) => `${fence.birth}/${fence.attempt}`;
  const tell = (what: LedgerLine['what'], work: Work, exit?: LedgerLine['exit']) => {
    const line = { at: clock.now(), what, agent, fence: work.fence, id: work.id };
    ledger.push(exit === undefined ? line : { ...line, exit });
  };
  const endAfter = (run: Run, ms: number, exit: Exit) => {
    run.cancel();
    if (ms === Infinity) return;
    run.cancel = clock.after(ms, () => {
      run.cancelLine();
      runs.delete(nameOf(run.work.fence));
      tell('end', run.work, exit.kind);
      run.events.ended(run.work.fence, exit);
    });
  };
  const write = ({ work, events }: Run, text: string) => {
    logs.append(work.fence, 'out', new TextEncoder().encode(text), clock.now());
    events.logged(work.fence);
  };

  return {
    handlers: options.handlers ?? [],
    logs,
    get running() {
      return [...runs.values()].map(({ work }) => work.fence);
    },
    start(work, events) {
      const behaviour = behave(work);
      const run: Run = { work, events, behaviour, cancel: () => {}, cancelLine: () => {} };
      runs.set(nameOf(work.fence), run);
      tell('start', work);
      if (behaviour.log) write(run, behaviour.log);
      writeLines(run, clock, (text) => write(run, text));
      endAfter(run, behaviour.afterMs, behaviour.exit);
    },
    stop(fence, how) {
      const run = runs.get(nameOf(fence));
      if (!run) return;
      const { abortMs = 0, killMs = 0 } = run.behaviour;
      endAfter(run, how === 'abort' ? abortMs : killMs, { kind: 'stopped' });
    },
    killable: () => true,
    endedByLease: false,
    leaseFor: () => {},
    close() {
      this.crash();
      return Promise.resolve();
    },
    crash() {
      for (const run of runs.values()) {
        run.cancel();
        run.cancelLine();
        tell('end', run.work, 'crash');
      }
      runs.clear();
    },
  };
}

/** Has a run write line after line until that is cancelled. */
function writeLines(run: Run, clock: Clock, write: (text: string) => void, n = 1): void {
  const { lines } = run.behaviour;
  if (!lines) return;
  run.cancelLine = clock.after(lines.everyMs, () => {
    write(lines.text(n));
    writeLines(run, clock, write, n + 1);
  });
}
