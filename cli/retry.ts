/**
 * `lifeline retry ID`: gives a parked sub-transaction out again; of one that has ended it makes a new one
 * with the same work. `lifeline retry --job JOB` does so for all that failed in the last run of a job, each
 * once. On an idle directory it is decided and written down, and done by the next run.
 */
import { parseId } from '../transport/ids.ts';
import { exitCodes, usage } from './failure.ts';
import { jsonDocument } from './json.ts';
import { asking } from './reach.ts';
import { counted } from './shown.ts';
import { NEXT_RUN, steeringVerb, type Decided } from './steer.ts';
import type { Call, Verb } from './verb.ts';

const one = steeringVerb(
  'retry',
  'give a parked sub-transaction out again, or do one that has ended once more',
  ({ id, state, asked, isLive }: Decided) => {
    const next = isLive ? '' : `${id === asked ? ';' : ', and'} ${NEXT_RUN} takes it up`;
    return id === asked
      ? `"${id}" is ${state}${next}.`
      : `"${asked}" had ended; its work is ${state} anew as "${id}"${next}.`;
  },
);

export const retry: Verb = {
  ...one,
  arguments: '[id]',
  options: [['--job <NAME>', 'do all again that failed in the last run of this job, each once']],
  run(call) {
    const { job } = call.options;
    if ((typeof job === 'string') === (call.args[0] !== undefined)) {
      throw usage(
        'Say what to retry: the id of a sub-transaction, or --job NAME for all that failed.',
      );
    }
    return typeof job === 'string' ? retryFailed(call, parseId(job, 'job name')) : one.run(call);
  },
};

const retryFailed = (call: Call, job: string): Promise<number> =>
  asking(
    call,
    async ({ post, isLive }) => {
      const told = await post<{ readonly retried: number }>(`/api/v1/jobs/${job}/retry`);
      const next = isLive || told.retried === 0 ? '' : `, and ${NEXT_RUN} takes them up`;
      const line =
        told.retried === 0
          ? `Nothing of "${job}" has failed that was not done again.`
          : `${counted(told.retried, 'task')} of "${job}" had failed and are done again${next}.`;
      call.print(call.values.json ? jsonDocument(told) : line);
      return exitCodes.done;
    },
    { decides: true },
  );
