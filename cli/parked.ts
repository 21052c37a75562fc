/** `lifeline parked`: what waits for a person, of all jobs: since when, why, and what can be answered. */
import type { SubTransactionView } from '../actors/views.ts';
import { parseId } from '../transport/ids.ts';
import type { Api } from './api-client.ts';
import { exitCodes } from './failure.ts';
import { jsonDocument } from './json.ts';
import { asking } from './reach.ts';
import { harmless } from './screen.ts';
import { reachSettings } from './settings.ts';
import { shownCount } from './shown.ts';
import { subTransactions, type Wanted } from './sub-transactions.ts';
import type { Verb } from './verb.ts';

export const parked: Verb = {
  name: 'parked',
  arguments: '',
  summary: 'what waits for a decision of a person, and the commands that decide it',
  settings: reachSettings,
  options: [['--job <NAME>', 'of this job only']],
  run(call) {
    const { job } = call.options as Readonly<Record<string, string | undefined>>;
    const wanted = {
      state: 'parked',
      ...(job !== undefined && { job: parseId(job, 'job name') }),
    };
    return asking(call, async (api) => {
      const items = await parkedOnes(api, wanted);
      if (call.values.json) call.print(jsonDocument({ items, next: null }));
      else for (const line of parkedLines(items)) call.print(line);
      return exitCodes.done;
    });
  },
};

async function parkedOnes(api: Pick<Api, 'get'>, wanted: Wanted) {
  const found: SubTransactionView[] = [];
  for await (const { id, birth } of subTransactions(api, wanted)) {
    const one = await api.get<SubTransactionView>(`/api/v1/sub-transactions/${id}`);
    // It may have been decided meanwhile, and its id given to other work.
    if (one.birth === birth && one.decision !== null) found.push(one);
  }
  return found;
}

type Asked = Pick<SubTransactionView, 'id' | 'job' | 'generation' | 'decision'>;

export function parkedLines(items: readonly Asked[]): readonly string[] {
  if (items.length === 0) return ['Nothing waits for a decision.'];
  return items.flatMap(({ id, job, generation, decision }) => [
    `${id}${job === null ? '' : ` (job ${job}, run ${generation})`}: ${harmless(decision!.question)}`,
    ...decision!.answers.map(({ command, effect }) => `  ${command}  ${effect}`),
  ]);
}

/** How many wait, as the last line of an overview; none when nothing does. */
export const parkedHint = (count: number): readonly string[] =>
  count === 0
    ? []
    : [
        '',
        `${shownCount(count)} ${count === 1 ? 'waits' : 'wait'} for a decision; \`lifeline parked\` tells which.`,
      ];
