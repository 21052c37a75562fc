/**
 * `lifeline watch JOB`: follows a job until it ends, whoever began it, and ends with its exit code. Of one
 * that has ended it tells how.
 */
import type { JobView } from '../actors/views.ts';
import { parseId } from '../transport/ids.ts';
import type { Api } from './api-client.ts';
import { CommandFailed, exitCodes } from './failure.ts';
import { jsonLine } from './json.ts';
import { jobExitCode } from './outcome.ts';
import { createPatience } from './patience.ts';
import { asking } from './reach.ts';
import { reportWatched } from './report.ts';
import { reachSettings } from './settings.ts';
import type { Call, Verb } from './verb.ts';
import { isOver, left, reportEnd, watchJob } from './watch-job.ts';

export const watch: Verb = {
  name: 'watch',
  arguments: '<job>',
  summary: 'follow a job until it ends; with --json its counts at each change, one object a line',
  notes: `
It ends with the exit code of the job; a periodic one is watched until it is stopped. A controller that does not answer is asked until it does; an interrupt ends the watching and leaves the job alone.`,
  settings: reachSettings,
  fallbacks: { 'log-level': 'error' },
  options: [],
  async run(call) {
    const name = parseId(call.args[0]!, 'job name');
    return asking(call, async (api) => {
      const run = await api.get<JobView>(`/api/v1/jobs/${name}`);
      if (!isOver(run) && !api.isLive) throw nobodyAtWork(api, run);
      return watchRun(call, api, run);
    });
  },
};

async function watchRun(call: Call, api: Api, run: JobView): Promise<number> {
  const see = call.values.json ? printChanges(call) : undefined;
  const ended = await watchJob(call, api, createPatience(call, api), run, see);
  if (ended === undefined) throw left(run.name);
  return call.values.json ? jobExitCode(ended) : reportEnd(call, api, ended, reportWatched);
}

/** Time alone is no change. */
function printChanges({ print }: Call): (view: JobView) => void {
  let printed: string | undefined;
  return (view) => {
    const counts = jsonLine({ ...view, elapsedMs: null });
    if (counts !== printed) print(jsonLine(view));
    printed = counts;
  };
}

const nobodyAtWork = ({ where }: Api, { name, state }: JobView) =>
  new CommandFailed(
    exitCodes.noController,
    `The job "${name}" is ${state}, but no controller is at work ${where}: start one with \`lifeline up\`, or give the command again that began it.`,
  );
