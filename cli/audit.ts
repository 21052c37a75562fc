/**
 * `lifeline audit JOB`: all that was ever recorded of a job and its sub-transactions, in order, a JSON object a
 * line. Page by page, so it takes no more memory for ten million facts than for ten.
 */
import type { AuditPage } from '../actors/audit.ts';
import { parseId } from '../transport/ids.ts';
import { exitCodes } from './failure.ts';
import { jsonLine } from './json.ts';
import { asking } from './reach.ts';
import { reachSettings } from './settings.ts';
import type { Verb } from './verb.ts';

const PER_PAGE = 1_000;

export const audit: Verb = {
  name: 'audit',
  arguments: '<job>',
  summary: 'the audit trail of a job: each fact about it and its tasks as a line of JSON',
  notes: `
Each line has its number in the journal, the instant, the job and its run, the task, attempt and agent, what happened, the state after it, why, and who asked for it.`,
  settings: reachSettings,
  options: [],
  run(call) {
    const job = parseId(call.args[0]!, 'job name');
    return asking(call, async ({ get }) => {
      for (let after: number | null = 0; after !== null;) {
        const page: AuditPage = await get(`/api/v1/jobs/${job}/audit`, { after, limit: PER_PAGE });
        for (const line of page.items) call.print(jsonLine(line));
        after = page.next;
      }
      return exitCodes.done;
    });
  },
};
