/**
 * `lifeline accept ID` and `lifeline give-up ID`: a person decides what a parked sub-transaction counts as,
 * since nobody knows how it ended. `lifeline decide ID --done | --redo`: what a step of it counts as.
 */
import type { SubTransactionSummary } from '../actors/views.ts';
import { parseId } from '../transport/ids.ts';
import { exitCodes, usage } from './failure.ts';
import { jsonDocument } from './json.ts';
import { asking } from './reach.ts';
import { reachSettings } from './settings.ts';
import { NEXT_RUN, steeringVerb } from './steer.ts';
import type { Verb } from './verb.ts';

export const accept = steeringVerb(
  'accept',
  'count a parked sub-transaction as done',
  ({ id }) => `"${id}" counts as done.`,
);

export const giveUp = steeringVerb(
  'give-up',
  'count a parked sub-transaction as failed',
  ({ id }) => `"${id}" counts as failed.`,
);

export const decide: Verb = {
  name: 'decide',
  arguments: '<id>',
  summary: 'say whether a step (task.once) of a parked sub-transaction was done; then it goes on',
  settings: reachSettings,
  options: [
    ['--done', 'it was done: no attempt does it again'],
    ['--redo', 'it was not, or may be done again'],
    ['--key <KEY>', 'which step, where there are several'],
  ],
  async run(call) {
    const id = parseId(call.args[0]!, 'id');
    const { done, redo, key } = call.options;
    if ((done === true) === (redo === true)) throw usage('Say how to decide: --done or --redo.');
    const body = { as: done === true ? 'done' : 'redo', ...(key === undefined ? {} : { key }) };
    return asking(
      call,
      async ({ post, isLive }) => {
        const path = `/api/v1/sub-transactions/${id}/decide`;
        const summary = await post<SubTransactionSummary>(path, body);
        const next = isLive ? '' : `; ${NEXT_RUN} takes it up`;
        call.print(
          call.values.json ? jsonDocument(summary) : `"${id}" is ${summary.state}${next}.`,
        );
        return exitCodes.done;
      },
      { decides: true },
    );
  },
};
