#!/usr/bin/env node
/**
 * The command line: joins its commands with the real clock, the real streams and the signals. What it can
 * do is in cli/, one file a command.
 */
import { existsSync } from 'node:fs';
import process from 'node:process';
import { systemClock } from './actors/clock.ts';
import { exitCodes } from './cli/failure.ts';
import { packageVersion, runCommandLine } from './cli/program.ts';
import { verbs } from './cli/verbs.ts';

/** The first signal interrupts, the second hurries, the third ends the process where it stands. */
const interrupted = new AbortController();
const hurried = new AbortController();
let isListening = false;

function listenForSignals(): void {
  if (isListening) return;
  isListening = true;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Not process.exit: a write to the store that is under way would wait for this thread for ever.
      if (hurried.signal.aborted) process.kill(process.pid, 'SIGKILL');
      (interrupted.signal.aborted ? hurried : interrupted).abort();
    });
  }
}

const listening = (signal: AbortSignal) => () => {
  listenForSignals();
  return signal;
};

// Whoever reads our output may leave early (`| head`); that is no failure, and what runs goes on.
let isUnwritable = false;
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') return;
  isUnwritable = true;
  process.stderr.write(`lifeline: The output cannot be written (${code}); send it elsewhere.\n`);
});

// In a build this file lies one directory deeper than the manifest.
const [beside, above] = ['./package.json', '../package.json'].map(
  (path) => new URL(path, import.meta.url),
) as [URL, URL];

const code = await runCommandLine(
  process.argv.slice(2),
  verbs,
  packageVersion(existsSync(beside) ? beside : above),
  {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    clock: systemClock,
    interruption: listening(interrupted.signal),
    hurry: listening(hurried.signal),
  },
);
process.exitCode = isUnwritable ? Math.max(code, exitCodes.someFailed) : code;
