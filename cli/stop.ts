/** `lifeline stop JOB`: what is queued is cancelled, what runs is killed; the job ends as stopped. */
import type { JobView } from '../actors/views.ts';
import { parseId } from '../transport/ids.ts';
import { exitCodes } from './failure.ts';
import { jsonDocument } from './json.ts';
import { asking } from './reach.ts';
import { reachSettings } from './settings.ts';
import { counted } from './shown.ts';
import { NEXT_RUN } from './steer.ts';
import type { Verb } from './verb.ts';

export const stop: Verb = {
  name: 'stop',
  arguments: '<job>',
  summary: 'stop a job: what is queued is cancelled, what runs is killed',
  settings: reachSettings,
  options: [],
  async run(call) {
    const name = parseId(call.args[0]!, 'job name');
    return asking(
      call,
      async ({ post, isLive }) => {
        const job = await post<JobView>(`/api/v1/jobs/${name}/stop`);
        call.print(call.values.json ? jsonDocument(job) : stopLine(job, isLive));
        return exitCodes.done;
      },
      { decides: true },
    );
  },
};

/** @param isLive a controller is at work on it */
export function stopLine({ name, state, remaining }: JobView, isLive: boolean): string {
  if (state === 'stopped') return `"${name}" is stopped.`;
  const still = counted(remaining ?? 0, 'task');
  const when = isLive ? '' : `, which happens with ${NEXT_RUN}`;
  return `"${name}" is being stopped: ${still} still to be cancelled or killed${when}.`;
}
