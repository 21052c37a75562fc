/** Runs a command line within the test: its own streams and environment, everything else is real. */
import { systemClock } from '../../actors/clock.ts';
import { runCommandLine } from '../../cli/program.ts';
import { verbs } from '../../cli/verbs.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * @param directory its data directory is `data` in there
 * @param argv the word DATA stands for that data directory
 */
export async function commandLine(
  argv: readonly string[],
  {
    stdin = '',
    env = {},
  }: {
    readonly stdin?: string | Buffer;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Ran> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const sink = (pieces: Buffer[]) => ({
    write: (text: string | Uint8Array) => void pieces.push(Buffer.from(text as string)),
  });
  const code = await runCommandLine(argv, verbs, '9.9.9', {
    env,
    // eslint-disable-next-line @typescript-eslint/require-await
    stdin: (async function* () {
      yield Buffer.from(stdin as string);
    })(),
    stdout: sink(out),
    stderr: sink(err),
    clock: systemClock,
    interruption: () => new AbortController().signal,
    hurry: () => new AbortController().signal,
  });
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}
