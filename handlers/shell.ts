/**
 * The handler `shell`: runs one command, without a shell in between, as a process tree of its own.
 *
 *   { command: 'convert', args: ['a.png', 'a.jpg'], cwd: '/data', env: { QUALITY: '80' }, stdin: '…' }
 *
 * The environment is built from nothing: PATH, HOME, LANG and TZ of the agent, what the input gives, and
 * LIFELINE_ID, LIFELINE_ATTEMPT, LIFELINE_FENCE, so that a command can make itself idempotent. Output goes
 * to the attempt's log as it comes; only the last 4 KB of it are kept in memory.
 */
import { statSync } from 'node:fs';
import { constants } from 'node:os';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Containment } from './containment.ts';
import { findCommand } from './containment.ts';
import { policyOf } from './define-handler.ts';
import { failed } from './failure.ts';
import type { Exit, Handler, LogStream, ProcessStart, Work } from './handler.ts';
import { startTree } from './process-tree.ts';
import type { Timer, TreeEnd } from './process-tree.ts';

/** What the operating system takes: no NUL. */
const text = Type.String({ pattern: '^[^\\u0000]*$' });

export const ShellInput = Type.Object(
  {
    /** A name looked up in PATH, or a path. */
    command: Type.String({ minLength: 1, pattern: '^[^\\u0000]+$' }),
    args: Type.Optional(Type.Array(text)),
    /** Default: the agent's working directory. */
    cwd: Type.Optional(text),
    env: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), text, {
        additionalProperties: false,
      }),
    ),
    /** Default: nothing to read. */
    stdin: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

export const ShellResult = Type.Object({
  exitCode: Type.Literal(0),
  /** Bytes written to stdout and stderr. */
  outBytes: Type.Integer(),
  errBytes: Type.Integer(),
});

export type ShellInput = Static<typeof ShellInput>;
export type ShellResult = Static<typeof ShellResult>;

const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ'];
const TAIL_BYTES = 4096;
const TAIL_LINES = 3;

/**
 * The handler. Retries 0, outcome unknown: parked.
 *
 * @param options.containment from `findContainment()`
 * @param options.timer a clock
 */
export function createShell(options: {
  readonly containment: Containment;
  readonly timer: Timer;
}): Handler<ShellInput, ShellResult> {
  return {
    name: 'shell',
    policy: policyOf({ name: 'shell', maxRetries: 0, onUnknown: 'park' }),
    input: ShellInput,
    result: ShellResult,
    runs: {
      as: 'process',
      start: (work, output, ended) => startCommand(options, work, output, ended),
      containment: options.containment.description,
    },
  };
}

function startCommand(
  { containment, timer }: { readonly containment: Containment; readonly timer: Timer },
  work: Work,
  output: (stream: LogStream, bytes: Uint8Array) => void,
  ended: (exit: Exit) => void,
): ReturnType<ProcessStart> {
  const input = work.input as ShellInput;
  const env = environmentOf(work, input);
  const cwd = input.cwd ?? process.cwd();
  const refuse = (message: string) => {
    queueMicrotask(() => ended(failed('error', message)));
    return { pid: undefined, stop: () => undefined };
  };
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    return refuse(`The directory "${cwd}" was not found on the agent.`);
  }
  const command = findCommand(input.command, env['PATH'], cwd);
  if (command === undefined) return refuse(`The command "${input.command}" was not found.`);

  const seen = { out: 0, err: 0, tail: Buffer.alloc(0) };
  let stopped = false;
  const tree = startTree(
    { ...containment.wrap(command, input.args ?? []), cwd, env, stdin: input.stdin, timer },
    {
      output(stream, bytes) {
        if (stream === 'out') seen.out += bytes.length;
        else {
          seen.err += bytes.length;
          seen.tail = Buffer.concat([seen.tail, bytes.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
        }
        output(stream, bytes);
      },
      gone: (end) => ended(exitOf(end, stopped, input.command, seen)),
    },
  );
  return {
    pid: tree.pid,
    stop(how) {
      stopped = true;
      tree.signal(how === 'abort' ? 'SIGTERM' : 'SIGKILL');
    },
  };
}

function environmentOf({ id, fence }: Work, input: ShellInput): Record<string, string> {
  const inherited = INHERITED.map((name) => [name, process.env[name]] as const);
  return {
    ...Object.fromEntries(inherited.filter((entry): entry is [string, string] => !!entry[1])),
    ...input.env,
    LIFELINE_ID: id,
    LIFELINE_ATTEMPT: String(fence.attempt),
    LIFELINE_FENCE: `${fence.birth}-${fence.attempt}`,
  };
}

function exitOf(
  end: TreeEnd,
  stopped: boolean,
  command: string,
  seen: { readonly out: number; readonly err: number; readonly tail: Buffer },
): Exit {
  if ('error' in end) {
    return failed('error', `The command "${command}" could not be started: ${end.error.message}.`);
  }
  // A namespace reports a signal as 128 + its number, as shells do; without one it is made the same.
  const signal = end.signal ?? signalOf(end.code ?? 0);
  const exitCode = end.code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  if (exitCode === 0) {
    return { kind: 'done', result: { exitCode, outBytes: seen.out, errBytes: seen.err } };
  }
  if (stopped) return { kind: 'stopped' };
  const stderrTail = new TextDecoder().decode(seen.tail);
  const last = readable(stderrTail).split('\n').slice(-TAIL_LINES).join('\n');
  const what = `exit code ${exitCode}${signal === null ? '' : ` (${signal})`}`;
  return failed('error', last === '' ? what : `${what}: ${last}`, { exitCode, signal, stderrTail });
}

function signalOf(code: number): NodeJS.Signals | null {
  const found = Object.entries(constants.signals).find(([, number]) => number === code - 128);
  return found === undefined ? null : (found[0] as NodeJS.Signals);
}

/** Without terminal sequences and control characters. */
function readable(output: string): string {
  const escapes = new RegExp(
    '\\u001b(?:\\[[0-9;?]*[ -/]*[@-~]|\\][^\\u0007\\u001b]*\\u0007?|.)',
    'g',
  );
  const controls = new RegExp('[\\u0000-\\u0008\\u000b-\\u001f\\u007f]', 'g');
  return output.replace(escapes, '').replace(controls, '').trim();
}
