/**
 * `lifeline run`: a file of work, work from stdin, or one command, under supervision.
 *
 *   work ─▶ checked and hashed as a whole ─▶ job run-<hash> ─▶ two agents ─▶ summary, exit code
 *
 * The hash names the work: the same command after a crash goes on with the run that was cut short.
 */
import { createWriteStream, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readLog } from '../actors/read-log.ts';
import { listSubTransactions } from '../actors/queries.ts';
import type { JobView } from '../actors/views.ts';
import type { Handler, Policy } from '../handlers/handler.ts';
import type { Recorded } from '../actors/facts.ts';
import { makeDirectories } from '../store/data-directory.ts';
import { parseId } from '../transport/ids.ts';
import { createHandlers, openEmbedded } from './embedded.ts';
import { CommandFailed, exitCodes, pathSentence, usage } from './failure.ts';
import { followJob } from './follow-job.ts';
import { jsonDocument } from './json.ts';
import { recordsOf, writeBoth } from './log-verb.ts';
import { firstUnwell, jobExitCode, jobLine, unwellLines } from './outcome.ts';
import type { Call, Verb } from './verb.ts';
import { whoAmI } from './who.ts';
import { checkWorkFile, createLineParser, readWorkFile } from './work-file.ts';

export const run: Verb = {
  name: 'run',
  arguments: '[work]',
  summary: 'do the work of a file (WORK.ndjson), of stdin (-), or one command (-- CMD ARG…)',
  notes: `
A line of work: {"handler":"shell","input":{"command":"convert","args":["a.png","a.jpg"]},"id":"a"}
The same command again goes on with a run that was cut short, and begins the next run of one that ended.`,
  settings: ['agents', 'slots', 'on-unknown', 'retries', 'task-timeout'],
  // Trouble with agents is told in words.
  fallbacks: { 'log-level': 'error' },
  options: [['--job <NAME>', 'name of the job (default run- and the first 8 digits of its hash)']],
  takesCommand: true,
  async run(call) {
    const source = sourceOf(call);
    const name = typeof call.options['job'] === 'string' ? call.options['job'] : undefined;
    if (name !== undefined) parseId(name, 'job name');
    const path =
      source.kind === 'file' ? source.path : join(workDirectory(call), `${process.pid}.ndjson`);
    try {
      if (source.kind === 'stdin') await spool(call, path);
      if (source.kind === 'command') writeCommand(path, source.command);
      return await runFile(call, path, source, name);
    } finally {
      if (source.kind !== 'file') rmSync(path, { force: true });
    }
  },
};

type Source =
  | { readonly kind: 'file'; readonly path: string; readonly shown: string }
  | { readonly kind: 'stdin'; readonly shown: string }
  | { readonly kind: 'command'; readonly shown: string; readonly command: readonly string[] };

function sourceOf({ args: [work], command }: Call): Source {
  if (command !== undefined) {
    if (work !== undefined) throw usage('Give either a work file or a command behind "--".');
    if (command.length === 0) throw usage('Give a command behind "--".');
    return { kind: 'command', shown: 'the command', command };
  }
  if (work === undefined) {
    throw usage('Say what to run: a work file, "-" for stdin, or "-- CMD ARG…" for one command.');
  }
  if (work === '-') return { kind: 'stdin', shown: 'stdin' };
  return { kind: 'file', path: work, shown: basename(work) };
}

function workDirectory({ values }: Call): string {
  const directory = join(resolve(values.data), 'work');
  try {
    makeDirectories(directory);
  } catch (error) {
    throw usage(pathSentence('data directory', values.data, error), error);
  }
  return directory;
}

/** What comes by stdin is read twice, as a file is; so it becomes one. */
async function spool({ stdin, interruption }: Call, path: string): Promise<void> {
  const interrupted = interruption();
  try {
    await pipeline(Readable.from(stdin), createWriteStream(path), { signal: interrupted });
  } catch (error) {
    if (!interrupted.aborted) throw error;
    throw new CommandFailed(exitCodes.interrupted, 'Interrupted before any work was accepted.');
  }
}

function writeCommand(path: string, [command, ...args]: readonly string[]): void {
  writeFileSync(path, `${JSON.stringify({ handler: 'shell', input: { command, args } })}\n`);
}

async function runFile(
  call: Call,
  path: string,
  source: Source,
  given: string | undefined,
): Promise<number> {
  const handlers = (await createHandlers(call.clock)).map((handler) => withPolicy(handler, call));
  const parse = createLineParser(source.shown, handlers);
  const { hash } = await checkWorkFile(path, source.shown, parse);
  const byName = new Map(handlers.map((handler) => [handler.name, handler]));
  const embedded = await openEmbedded(call, handlers, call.values.agents);
  try {
    const job = await embedded.controller.startJob({
      name: given ?? `run-${hash.slice(0, 8)}`,
      source: `sha256:${hash}`,
      items: itemsOf(readWorkFile(path, source.shown, parse), byName),
      by: whoAmI(),
    });
    const ended = await followJob(call, embedded, job);
    if (ended === undefined) {
      throw new CommandFailed(
        exitCodes.interrupted,
        `Interrupted; the same command goes on with "${job.name}" where it was.`,
      );
    }
    report(call, embedded.store, ended, source.kind === 'command');
    return jobExitCode(ended);
  } finally {
    await embedded.close();
  }
}

async function* itemsOf(
  lines: ReturnType<typeof readWorkFile>,
  handlers: ReadonlyMap<string, Handler>,
) {
  for await (const { handler, input, id } of lines) {
    yield { handler: handlers.get(handler)!, input, ...(id === undefined ? {} : { id }) };
  }
}

/** The handler with what the user wants otherwise. */
function withPolicy(handler: Handler, { values }: Call): Handler {
  const policy: Policy = {
    ...handler.policy,
    maxRetries: values.retries ?? handler.policy.maxRetries,
    timeoutMs: values['task-timeout'] ?? handler.policy.timeoutMs,
    onUnknown: values['on-unknown'] ?? handler.policy.onUnknown,
  };
  return { ...handler, policy };
}

function report(call: Call, store: Recorded, job: JobView, isCommand: boolean): void {
  const unwell = firstUnwell(store, job);
  if (call.values.json) return call.print(jsonDocument({ ...job, unwell }));
  const lines = unwellLines(job, unwell);
  if (isCommand) {
    printLogs(call, store, job);
    // stdout is the command's own.
    for (const line of lines) call.screen.line(line);
  } else for (const line of [jobLine(job), ...lines]) call.print(line);
}

function printLogs(call: Call, store: Recorded, { name, generation }: JobView): void {
  for (const { id, attempt } of listSubTransactions(store, { job: name, generation })) {
    if (attempt === 0) continue;
    for (const record of recordsOf(readLog(store, id))) writeBoth(record, call);
  }
}
