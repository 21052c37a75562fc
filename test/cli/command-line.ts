/** Runs a command line within the test: its own streams and environment, everything else is real. */
import { systemClock } from '../../actors/clock.ts';
import { runCommandLine } from '../../cli/program.ts';
import { verbs } from '../../cli/verbs.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Surroundings {
  readonly stdin?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** Times as fast passes time for it. Default 1. */
  readonly haste?: number;
}

/** A command that is under way. */
export interface Running {
  readonly ran: Promise<Ran>;
  /** As SIGINT does; the second time as the second one. */
  interrupt(): void;
  /** What it has written so far. */
  said(): Pick<Ran, 'out' | 'err'>;
  /** Resolves once it has written that to stdout or stderr; rejects when it ends before. */
  says(text: string): Promise<void>;
}

/** Starts a command line. */
export function startCommandLine(
  argv: readonly string[],
  { stdin = '', env = {}, haste = 1 }: Surroundings = {},
): Running {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const said = () => ({ out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() });
  const watchers = new Set<() => void>();
  const sink = (pieces: Buffer[]) => ({
    write(text: string | Uint8Array) {
      pieces.push(Buffer.from(text as string));
      for (const look of [...watchers]) look();
    },
  });
  const interruption = new AbortController();
  const hurry = new AbortController();
  const ran = runCommandLine(argv, verbs, '9.9.9', {
    env,
    // eslint-disable-next-line @typescript-eslint/require-await
    stdin: (async function* () {
      yield Buffer.from(stdin as string);
    })(),
    stdout: sink(out),
    stderr: sink(err),
    clock: {
      now: () => systemClock.now(),
      elapsed: () => systemClock.elapsed() * haste,
      after: (ms, wake) => systemClock.after(ms / haste, wake),
    },
    interruption: () => interruption.signal,
    hurry: () => hurry.signal,
  }).then((code) => ({ code, ...said() }));
  return {
    ran,
    said,
    interrupt: () => (interruption.signal.aborted ? hurry : interruption).abort(),
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const { out: one, err: other } = said();
          if (!one.includes(text) && !other.includes(text)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
        void ran.then((ended) => reject(new Error(`It ended: ${JSON.stringify(ended)}`)));
      }),
  };
}

export const commandLine = (argv: readonly string[], around: Surroundings = {}): Promise<Ran> =>
  startCommandLine(argv, around).ran;
