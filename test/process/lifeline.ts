/** Starts the built command line as a process of its own, as a user would. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface Ended {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** @param stdin closed at once when left out */
export function start(argv: readonly string[], options: { readonly stdin?: string } = {}): Started {
  const child = spawn(process.execPath, [CLI, ...argv], { stdio: 'pipe' });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => out.push(piece));
  child.stderr.on('data', (piece: Buffer) => err.push(piece));
  // A process that ends before it has read everything is what some tests are about.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin ?? '');
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const text = (pieces: Buffer[]) => Buffer.concat(pieces).toString();
      resolve({ code, signal, out: text(out), err: text(err) });
    });
  });
  return { child, ended };
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
