/**
 * `lifeline cleanup JOB`: takes a job that is over out of the lists, with its runs and their sub-transactions. The
 * history tells of it as before.
 */
import { parseId } from '../transport/ids.ts';
import { exitCodes } from './failure.ts';
import { jsonDocument } from './json.ts';
import { asking } from './reach.ts';
import { reachSettings } from './settings.ts';
import type { Verb } from './verb.ts';

export const cleanup: Verb = {
  name: 'cleanup',
  arguments: '<job>',
  summary: 'take a job that is over out of the lists, with all it did; its history stays',
  settings: reachSettings,
  options: [],
  async run(call) {
    const name = parseId(call.args[0]!, 'job name');
    return asking(
      call,
      async ({ post }) => {
        await post(`/api/v1/jobs/${name}/cleanup`);
        call.print(call.values.json ? jsonDocument({ name }) : `"${name}" is cleaned up.`);
        return exitCodes.done;
      },
      { decides: true },
    );
  },
};
