/** `lifeline show NAME`: all there is to know of a job, a sub-transaction or an agent. */
import type { Shown } from '../actors/queries.ts';
import { parseId } from '../transport/ids.ts';
import { exitCodes } from './failure.ts';
import { jsonDocument } from './json.ts';
import { asking } from './reach.ts';
import { reachSettings } from './settings.ts';
import { showLines } from './show-lines.ts';
import type { Verb } from './verb.ts';

export const show: Verb = {
  name: 'show',
  arguments: '<name>',
  summary: 'a job, a sub-transaction or an agent, and what happened to it',
  settings: reachSettings,
  options: [],
  async run(call) {
    const name = parseId(call.args[0]!, 'name');
    return asking(call, async (api) => {
      const found = await api.get<Shown>(`/api/v1/named/${name}`);
      if (call.values.json) call.print(jsonDocument(found));
      else for (const line of await showLines(api, found)) call.print(line);
      return exitCodes.done;
    });
  },
};
