/** Starts the built command line as a process of its own, as a user would. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built command line. */
export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface Ended {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly said: () => { readonly out: string; readonly err: string };
  readonly ended: Promise<Ended>;
}

/**
 * @param options.stdin closed at once when left out
 * @param options.env beside this process' own
 */
export function start(
  argv: readonly string[],
  options: {
    readonly stdin?: string;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Started {
  const env = { ...process.env, ...options.env };
  const child = spawn(process.execPath, [CLI, ...argv], { stdio: 'pipe', env });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => out.push(piece));
  child.stderr.on('data', (piece: Buffer) => err.push(piece));
  // A process that ends before it has read everything is what some tests are about.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin ?? '');
  const said = () => ({ out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...said() }));
  });
  return { child, said, ended };
}

export const lifeline = (
  argv: readonly string[],
  options: { readonly stdin?: string } = {},
): Promise<Ended> => start(argv, options).ended;

/** stdout as the one JSON document it should be. */
export async function lifelineJson<T>(argv: readonly string[]): Promise<T> {
  const { code, out, err } = await lifeline([...argv, '--json']);
  if (code !== 0) throw new Error(`lifeline ${argv.join(' ')} ended with ${code}: ${err}`);
  return JSON.parse(out) as T;
}
