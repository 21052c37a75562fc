/** `lifeline show NAME`: all there is to know of a job, a sub-transaction or an agent. */
import { show as showNamed } from '../actors/queries.ts';
import { parseId } from '../transport/ids.ts';
import { openIdle } from './embedded.ts';
import { exitCodes } from './failure.ts';
import { jsonDocument } from './json.ts';
import { showLines } from './show-lines.ts';
import type { Verb } from './verb.ts';

export const show: Verb = {
  name: 'show',
  arguments: '<name>',
  summary: 'a job, a sub-transaction or an agent, and what happened to it',
  settings: [],
  options: [],
  async run({ args, values, clock, print }) {
    const name = parseId(args[0]!, 'name');
    const store = await openIdle(values.data);
    try {
      const found = showNamed(store, name, clock.now());
      if (values.json) print(jsonDocument(found));
      else for (const line of showLines(store, found)) print(line);
      return exitCodes.done;
    } finally {
      await store.close();
    }
  },
};
