/**
 * How a command ends that has not done what was asked: one sentence on stderr and an exit code.
 *
 *   0 all done   1 some failed, were parked or stopped   2 usage or configuration
 *   3 no controller   4 not found   130 interrupted
 *
 * Errors of the other layers bring their own sentence; here they only get their code.
 */
import { Refused } from '../actors/refused.ts';

export const exitCodes = {
  done: 0,
  someFailed: 1,
  usage: 2,
  noController: 3,
  notFound: 4,
  interrupted: 130,
} as const;

/** A command that cannot go on. The message is the sentence that the user reads. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The user has to write something else. */
export const usage = (message: string, cause?: unknown): CommandFailed =>
  new CommandFailed(exitCodes.usage, message, { cause });

/** Errors that say what the user has to change, by the names their classes give them. */
const OF_THE_USER = new Set([
  'InvalidId',
  'InvalidSetting',
  'InvalidHandler',
  'InvalidInput',
  'NamespaceInUse',
  'NothingToCut',
  'NotReplayed',
  'ProcessesLeft',
  'ScenarioError',
  'StoreInUse',
  'UnusableTrees',
  'ValueRefused',
]);

/** What the system says, for people. */
const SYSTEM: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be used by this user',
  EPERM: 'may not be used by this user',
  EISDIR: 'is a directory',
  ENOTDIR: 'is not a directory, or lies in something that is none',
  ENOSPC: 'lies on a disk that is full',
  EROFS: 'lies on a disk that is read-only',
  ELOOP: 'is a link that leads in a circle',
};

/** What is wrong with a path, as a sentence: `The work file a.ndjson does not exist.` */
export function pathSentence(what: string, path: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return `The ${what} ${path} ${SYSTEM[code] ?? `cannot be used (${code || String(error)})`}.`;
}

/** The sentence and the exit code for whatever was thrown. */
export function failureOf(error: unknown): CommandFailed {
  if (error instanceof CommandFailed) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Refused) {
    const code = error.code === 'unknown' ? exitCodes.notFound : exitCodes.usage;
    return new CommandFailed(code, message, { cause: error });
  }
  if (error instanceof Error && OF_THE_USER.has(error.name)) return usage(message, error);
  const { code, path } = error as NodeJS.ErrnoException;
  const sentence =
    code !== undefined && path !== undefined
      ? pathSentence('path', path, error)
      : `${message.replace(/[.\s]*$/, '')}; --log-level debug shows where.`;
  return new CommandFailed(exitCodes.someFailed, sentence, { cause: error });
}
