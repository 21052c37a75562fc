/**
 * What is told of a run that has ended, by whoever began or watched it, and the exit code.
 *
 *   work      run-1a2b: 998 of 1,000 tasks done, 2 failed …    the first that failed
 *   command   what the command has written; nothing else goes to stdout
 *   tree      also what was copied
 */
import type { JobDetail } from '../actors/queries.ts';
import type { JobView } from '../actors/views.ts';
import type { IngestSummary } from '../dashboard/server/ingest-summary.ts';
import type { Api } from './api-client.ts';
import { summaryLines } from './ingest-summary.ts';
import { jsonDocument } from './json.ts';
import { eachRecord, writeBoth } from './log-verb.ts';
import { writePerFile } from './per-file.ts';
import { firstUnwell, jobExitCode, jobLine, unwellLines } from './outcome.ts';
import { subTransactions } from './sub-transactions.ts';
import type { Call } from './verb.ts';

/** What is left of a log is on its way from its agent; one that does not come is not waited for. */
const LOG_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** Prints how a run has ended. @returns the exit code */
export type Report = (call: Call, api: Api, job: JobView) => Promise<number>;

/** Prints how work ended. */
export const reportWork: Report = async (call, api, job) => {
  const unwell = await firstUnwell(api, job);
  if (call.values.json) call.print(jsonDocument({ ...job, unwell }));
  else for (const line of [jobLine(job), ...unwellLines(job, unwell)]) call.print(line);
  return jobExitCode(job);
};

/** Prints what a command has written, and on stderr how it ended if it did not end well. */
export const reportCommand: Report = async (call, api, job) => {
  if (call.values.json) return reportWork(call, api, job);
  const { name, generation } = job;
  for await (const { id, attempt } of subTransactions(api, { job: name, generation })) {
    if (attempt > 0) await printLog(call, api, id);
  }
  // stdout is the command's own.
  for (const line of unwellLines(job, await firstUnwell(api, job))) call.screen.line(line);
  return jobExitCode(job);
};

/** Prints how an ingest ended, and what it has copied. */
export const reportIngest: Report = async (call, api, job) => {
  const isStdoutTaken = await writePerFile(call, api, job);
  const told = (line: string) => (isStdoutTaken ? call.screen.line(line) : call.print(line));
  const summary = await summaryOf(api, job);
  const unwell = await firstUnwell(api, job);
  if (call.values.json) call.print(jsonDocument({ ...job, summary, unwell }));
  else for (const line of ingestLines(job, summary, unwell)) told(line);
  return jobExitCode(job);
};

/** Prints how a job ended that was watched, whatever it is. */
export const reportWatched: Report = async (call, api, job) => {
  const lines = ingestLines(job, await summaryOf(api, job), await firstUnwell(api, job));
  for (const line of lines) call.print(line);
  return jobExitCode(job);
};

function ingestLines(
  job: JobView,
  summary: IngestSummary | null,
  unwell: Parameters<typeof unwellLines>[1],
): readonly string[] {
  const copied = summary === null ? [] : summaryLines(summary);
  return [jobLine(job), ...copied, ...unwellLines(job, unwell)];
}

/** What a run has copied; null when it is no ingest, or the next run has begun. */
async function summaryOf({ get }: Api, { name, generation }: JobView) {
  const detail = await get<JobDetail & { readonly summary: IngestSummary | null }>(
    `/api/v1/jobs/${name}`,
    { summary: true },
  );
  return detail.generation === generation ? detail.summary : null;
}

async function printLog(call: Call, api: Api, id: string): Promise<void> {
  const { clock } = call;
  const until = clock.elapsed() + LOG_WITHIN_MS;
  const path = `/api/v1/sub-transactions/${id}/log`;
  for (;;) {
    const { complete, expected } = await api.get<{
      readonly complete: boolean;
      readonly expected: number | null;
    }>(path);
    if (complete || expected === null || clock.elapsed() >= until) break;
    await new Promise<void>((resolve) => clock.after(LOOK_EVERY_MS, resolve));
  }
  await eachRecord(api, id, undefined, (record) => writeBoth(record, call));
}
