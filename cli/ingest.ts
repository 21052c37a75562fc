/**
 * `lifeline ingest SRC… DST` (alias `start`): copies trees under supervision. What is in place already is
 * left alone, so the second time nothing is copied.
 *
 *   a controller at work ─▶ is asked for it, and walks the tree itself ─▶ watched ──┐
 *   none ─▶ one of this process, with agents ─▶ followed ───────────────────────────┴▶ summary, exit code
 */
import type { JobView } from '../actors/views.ts';
import { parseId } from '../transport/ids.ts';
import { ProblemAnswered, type Api } from './api-client.ts';
import { createHandlers, openEmbedded } from './embedded.ts';
import { CommandFailed, exitCodes } from './failure.ts';
import type { BegunRun } from './feed.ts';
import { followJob, interruptedHere, resumedLine } from './follow-job.ts';
import { ingestSource } from './ingest-job.ts';
import { specOf, specOptions } from './ingest-options.ts';
import { limitOptions, rulesOf, scheduleOptions, shownTicks } from './job-rules.ts';
import { jsonDocument } from './json.ts';
import { createPatience } from './patience.ts';
import { askingOwn } from './local-api.ts';
import { checkPerFile } from './per-file.ts';
import { withController } from './reach.ts';
import { reportIngest } from './report.ts';
import { reachSettings, spoolSettings } from './settings.ts';
import type { Call, Verb } from './verb.ts';
import { watchToEnd } from './watch-job.ts';
import { whoAmI } from './who.ts';

export const ingestVerb: Verb = {
  name: 'ingest',
  alias: 'start',
  arguments: '<source> <target...>',
  summary: 'copy a tree under supervision; what is in place already is left alone',
  notes: `
Of more than two paths the last is the target, and each of the others becomes a directory of its name there.
A controller at work is asked to do it: the paths are then those of its machine, and an interrupt leaves the job to it. With --every or --cron it runs again and again; a time that falls into a run is skipped and counted.`,
  settings: [
    'agents', 'slots', 'mode', 'files-per-task', 'checksum', ...spoolSettings, ...reachSettings,
  ], // prettier-ignore
  // Trouble with agents is told in words.
  fallbacks: { 'log-level': 'error' },
  options: [
    ['--job <NAME>', 'name of the job (default ingest- and 8 digits of the paths)'],
    ...specOptions,
    ...scheduleOptions,
    ...limitOptions,
    ['--per-file <FILE>', 'a line of JSON for each entry and what became of it; - is stdout'],
  ],
  run(call) {
    const { job } = call.options;
    const name = typeof job === 'string' ? parseId(job, 'job name') : undefined;
    checkPerFile(call);
    return withController(
      call,
      (api) => ingestThere(call, api, name),
      () => ingestHere(call, name),
    );
  },
};

/** Has it done by the controller at work. */
async function ingestThere(call: Call, api: Api, name: string | undefined): Promise<number> {
  const rules = rulesOf(call);
  const asked = { ...(name === undefined ? {} : { name }), source: specOf(call), ...rules };
  const begun = await api.post<BegunRun>('/api/v1/jobs', asked).catch((error: unknown) => {
    throw elsewhere(call, api, error);
  });
  if (begun.resumed) call.screen.line(resumedLine(begun));
  if (rules.ticks) return tellBegun(call, api, begun.name);
  return watchToEnd(call, api, createPatience(call, api), begun, reportIngest);
}

/** Of a job that runs again nobody waits for the end. */
async function tellBegun(call: Call, { get }: Api, name: string): Promise<number> {
  const view = await get<JobView>(`/api/v1/jobs/${name}`);
  const when = shownTicks(view.ticks);
  call.print(
    call.values.json
      ? jsonDocument(view)
      : `"${name}" runs now and again (${when}), next at ${view.nextAt ?? '-'}; \`lifeline watch ${name}\` follows it, \`lifeline stop ${name}\` ends it.`,
  );
  return exitCodes.done;
}

/** What is wrong with a path, of a controller that may be on another machine. */
function elsewhere({ values }: Call, { where }: Api, error: unknown): unknown {
  if (values.url === undefined || !(error instanceof ProblemAnswered)) return error;
  if (error.code !== 'unusableTrees') return error;
  const message = `${error.message.replace(/\.$/, '')}: paths are those of the machine of the controller ${where}.`;
  return new CommandFailed(error.exitCode, message, { cause: error });
}

async function ingestHere(call: Call, name: string | undefined): Promise<number> {
  const { values } = call;
  const rules = rulesOf(call);
  const named = { by: whoAmI(), ...(name === undefined ? {} : { name }) };
  const wanted = await ingestSource(values.data)(specOf(call), named);
  const embedded = await openEmbedded(call, await createHandlers(call.clock), values.agents);
  try {
    const job = await embedded.controller.startJob({ ...wanted, rules });
    if (rules.ticks) {
      await embedded.join();
      return await askingOwn(call, embedded, (api) =>
        watchToEnd(call, api, createPatience(call, api), job, reportIngest),
      );
    }
    const ended = await followJob(call, embedded, job);
    if (ended === undefined) throw interruptedHere(job.name);
    return await askingOwn(call, embedded, (api) => reportIngest(call, api, ended));
  } finally {
    await embedded.close();
  }
}
