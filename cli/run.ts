/**
 * `lifeline run`: a file of work, work from stdin, or one command, under supervision.
 *
 *   work ─▶ checked and hashed as a whole ─▶ job run-<hash>
 *     a controller at work ─▶ is handed the lines ─▶ watched ────────────┐
 *     none ─▶ one of this process, with agents ─▶ followed ──────────────┴▶ summary, exit code
 *
 * The hash names the work: the same command after a crash goes on with the run that was cut short.
 */
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { HandlerInfo } from '../actors/work-item.ts';
import type { Handler, Policy } from '../handlers/handler.ts';
import { makeDirectories } from '../store/data-directory.ts';
import { parseId } from '../transport/ids.ts';
import type { Api } from './api-client.ts';
import { createHandlers, openEmbedded } from './embedded.ts';
import { CommandFailed, exitCodes, pathSentence, usage } from './failure.ts';
import { everyAgent } from './lists.ts';
import { feedRun, policyWish, type BegunRun } from './feed.ts';
import { followJob, interruptedHere, resumedLine } from './follow-job.ts';
import { limitOptions, rulesOf } from './job-rules.ts';
import { createPatience } from './patience.ts';
import { askingOwn } from './local-api.ts';
import { withController } from './reach.ts';
import { reportCommand, reportWork } from './report.ts';
import { reachSettings, spoolSettings } from './settings.ts';
import type { Call, Verb } from './verb.ts';
import { left, reportEnd, watchJob } from './watch-job.ts';
import { whoAmI } from './who.ts';
import { checkWorkFile, createLineParser, readWorkFile } from './work-file.ts';

export const run: Verb = {
  name: 'run',
  arguments: '[work]',
  summary: 'do the work of a file (WORK.ndjson), of stdin (-), or one command (-- CMD ARG…)',
  notes: `
A line of work: {"handler":"shell","input":{"command":"convert","args":["a.png","a.jpg"]},"id":"a"}
The same command again goes on with a run that was cut short, and begins the next run of one that ended.
A controller at work is given the lines: commands then run where its agents are, and an interrupt leaves the job to it.`,
  settings: [
    'agents',
    'slots',
    'on-unknown',
    'retries',
    'task-timeout',
    ...spoolSettings,
    ...reachSettings,
  ],
  // Trouble with agents is told in words.
  fallbacks: { 'log-level': 'error' },
  options: [
    ['--job <NAME>', 'name of the job (default run- and the first 8 digits of its hash)'],
    ...limitOptions,
  ],
  takesCommand: true,
  async run(call) {
    const source = sourceOf(call);
    const name = typeof call.options['job'] === 'string' ? call.options['job'] : undefined;
    if (name !== undefined) parseId(name, 'job name');
    if (source.kind === 'file') return runWork(call, { ...source, name });
    const directory = workDirectory(call);
    const path = join(directory, `${process.pid}.ndjson`);
    try {
      if (source.kind === 'stdin') await spool(call, path);
      else writeCommand(path, source.command);
      return await runWork(call, { ...source, path, name });
    } finally {
      rmSync(call.values.url === undefined ? path : directory, { recursive: true, force: true });
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

/** What is not in a file of its own becomes one: in the data directory, or beside one that is not ours. */
function workDirectory({ values }: Call): string {
  if (values.url !== undefined) return mkdtempSync(join(tmpdir(), 'lifeline-work-'));
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

/** Work in a file, by whatever way it came. */
interface Work {
  readonly kind: Source['kind'];
  readonly path: string;
  /** Its name in sentences. */
  readonly shown: string;
  /** Of the job, when the user gave one. */
  readonly name: string | undefined;
}

const runWork = (call: Call, work: Work): Promise<number> =>
  withController(
    call,
    (api) => runThere(call, api, work),
    () => runHere(call, work),
  );

const reportOf = ({ kind }: Work) => (kind === 'command' ? reportCommand : reportWork);
const nameOf = ({ name }: Work, hash: string) => name ?? `run-${hash.slice(0, 8)}`;

/** Hands it over to the controller at work. */
async function runThere(call: Call, api: Api, work: Work): Promise<number> {
  const own = await createHandlers(call.clock);
  const agents = await everyAgent(api);
  // What only agents know is checked by them.
  const others = new Set(agents.flatMap(({ handlers }) => handlers));
  for (const { name } of own) others.delete(name);
  const known = [
    ...own,
    ...[...others].map((name) => ({ name, input: undefined, result: undefined })),
  ];
  const parse = createLineParser(work.shown, known);
  const { hash } = await checkWorkFile(work.path, work.shown, parse);
  const source = { kind: 'items', id: `sha256:${hash}` };
  const begun = await api.post<BegunRun>('/api/v1/jobs', {
    name: nameOf(work, hash),
    source,
    ...rulesOf(call),
  });
  if (begun.resumed) call.screen.line(resumedLine(begun));
  const patience = createPatience(call, api);
  try {
    const lines = readWorkFile(work.path, work.shown, parse);
    const feeding = feedRun(api, patience, begun, lines, policyWish(call));
    const failing = feeding.then(() => new Promise<never>(() => {}));
    const ended = await Promise.race([watchJob(call, api, patience, begun), failing]);
    if (ended !== undefined) return await reportEnd(call, api, ended, reportOf(work));
    throw (await feeding) ? left(begun.name) : interruptedHere(begun.name);
  } finally {
    patience.giveUp();
  }
}

async function runHere(call: Call, work: Work): Promise<number> {
  const handlers = (await createHandlers(call.clock)).map((handler) => withPolicy(handler, call));
  const parse = createLineParser(work.shown, handlers);
  const { hash } = await checkWorkFile(work.path, work.shown, parse);
  const byName = new Map(handlers.map((handler) => [handler.name, handler]));
  const embedded = await openEmbedded(call, handlers, call.values.agents);
  try {
    const job = await embedded.controller.startJob({
      name: nameOf(work, hash),
      source: `sha256:${hash}`,
      items: itemsOf(readWorkFile(work.path, work.shown, parse), byName),
      rules: rulesOf(call),
      by: whoAmI(),
    });
    const ended = await followJob(call, embedded, job);
    if (ended === undefined) throw interruptedHere(job.name);
    return await askingOwn(call, embedded, (api) => reportOf(work)(call, api, ended));
  } finally {
    await embedded.close();
  }
}

async function* itemsOf(
  lines: ReturnType<typeof readWorkFile>,
  handlers: ReadonlyMap<string, HandlerInfo>,
) {
  for await (const { handler, input, id } of lines) {
    yield { handler: handlers.get(handler)!, input, ...(id === undefined ? {} : { id }) };
  }
}

/** The handler with what the user wants otherwise. */
function withPolicy(handler: Handler, call: Call): Handler & HandlerInfo {
  const wish = policyWish(call);
  const policy: Policy = { ...handler.policy, ...wish };
  return { ...handler, policy, wish };
}
