/**
 * What a script of a plan says, in the words of those who hand work in and of those who do it. What an attempt
 * does follows from the script and the number of the attempt, in whatever order attempts begin.
 *
 *   Script ─▶ item (handed to the controller)
 *         └─▶ behaviour of attempt n (at an agent)
 */
import type { Item } from '../actors/commands.ts';
import type { Exit } from '../handlers/handler.ts';
import { encodedBytes } from '../transport/msgpack.ts';
import type { NamedScript, Script } from './plan.ts';
import type { Behaviour } from './scripted-runner.ts';

/** Handlers of a world: work in a process of its own, and a function within the agent, which nothing kills. */
export const HANDLERS = { outside: 'work', inside: 'function' } as const;

const FAILED: Exit = {
  kind: 'failed',
  cause: 'error',
  message: 'It fails as it is told to.',
  detail: null,
};

/** Work without an end writes a line this often. */
const ENDLESS_LINE_MS = 1_000;

export function itemOf(script: NamedScript): Item {
  const {
    id,
    maxRetries = 4,
    delayMs,
    timeoutMs = 3_600_000,
    onUnknown = 'retry',
    maxLosses = 4,
  } = script;
  const input = { id };
  return {
    id,
    key: id,
    handler: script.unkillable ? HANDLERS.inside : HANDLERS.outside,
    input,
    bytes: encodedBytes(input),
    policy: {
      maxRetries,
      delaysMs: delayMs === undefined ? [] : [delayMs],
      timeoutMs,
      onUnknown,
      maxLosses,
    },
  };
}

/** What attempt number `attempt` of that work does. */
export function behaviourOf(script: Script, id: string, attempt: number): Behaviour {
  const { runsMs = 100, fails = 0, poisons = 0, result = 'ok', lines = 0 } = script;
  const everyMs = runsMs === Infinity ? ENDLESS_LINE_MS : Math.floor(runsMs / (lines + 1));
  return {
    afterMs: runsMs,
    exit: attempt <= fails ? FAILED : { kind: 'done', result },
    abortMs: script.abortMs ?? 0,
    killMs: script.killMs ?? 0,
    crashes: attempt <= poisons,
    ...(lines > 0 && {
      lines: { everyMs, most: lines, text: (n) => lineOf(script, id, attempt, n) },
    }),
  };
}

/** Line `n` (from 1) of an attempt: it says whose it is, so that none can be taken for another. */
export function lineOf({ lineBytes = 20 }: Script, id: string, attempt: number, n: number): string {
  return `${id}#${attempt} ${n}`.padEnd(lineBytes - 1, '.').slice(0, lineBytes - 1) + '\n';
}
