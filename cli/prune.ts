/** `lifeline prune`: deletes now what has ended and need not be kept any more, instead of within the hour. */
import type { Pass } from '../actors/retention.ts';
import { exitCodes, usage } from './failure.ts';
import { jsonDocument } from './json.ts';
import { asking } from './reach.ts';
import { reachSettings } from './settings.ts';
import { counted } from './shown.ts';
import type { Verb } from './verb.ts';

export const prune: Verb = {
  name: 'prune',
  arguments: '',
  summary: 'delete what has ended and is older than --keep, or more than --keep-count',
  notes: `
A controller does so every hour, with the --keep and --keep-count that it was started with. What has not ended, is parked, or may still run somewhere is never deleted.`,
  settings: reachSettings,
  options: [],
  run: (call) =>
    asking(
      call,
      async ({ post, isLive }) => {
        const own = (['keep', 'keep-count'] as const).find((name) => call.typed.has(name));
        if (isLive && own !== undefined)
          throw usage(
            `The controller at work deletes by the --${own} that it was started with: leave the flag out, or start it anew with another.`,
          );
        const sum = { subTransactions: 0, runs: 0, facts: 0 };
        for (let isMore = true; isMore;) {
          const pass = await post<Pass>('/api/v1/prune');
          for (const what of ['subTransactions', 'runs', 'facts'] as const) sum[what] += pass[what];
          isMore = pass.isMore;
        }
        if (call.values.json) call.print(jsonDocument(sum));
        else call.print(`Deleted: ${inWords(sum)}.`);
        return exitCodes.done;
      },
      { decides: true },
    ),
};

const inWords = ({ subTransactions, runs, facts }: Omit<Pass, 'isMore'>): string =>
  `${counted(subTransactions, 'task')} with what they left, ${counted(runs, 'run')} of jobs, ${counted(facts, 'fact')}`;
